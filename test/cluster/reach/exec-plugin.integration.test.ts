// Kubeconfigs of managed clusters name a program that brings the credentials: the client runs it, and so do we.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { causeOf, createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';
import { checkCredentials } from '../../../src/cluster/reach/credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-exec-'));
const [program, calls] = [join(folder, 'get-token'), join(folder, 'calls')];
const authorizations: (string | undefined)[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param printed by the program, in place of credentials; null: it gives a token, a new one each time */
const openBy = async (printed: string | null, expiresInSeconds = 3600, before = '') => {
  writeFileSync(calls, '');
  const expires = `date -u -d '+${expiresInSeconds} seconds' +%Y-%m-%dT%H:%M:%SZ`;
  const credential = `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s-%s","expirationTimestamp":"%s"}}' "$1" "$(wc -l < '${calls}')" "$(${expires})"`;
  const script = `#!/bin/sh\necho "$1 $WORD" >> '${calls}'\n${before}${printed === null ? credential : `${printed}`}\n`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  const kubeconfig = join(folder, 'kubeconfig');
  const exec = {
    ...{ apiVersion: 'client.authentication.k8s.io/v1', command: program, args: ['staging'] },
    ...{ env: [{ name: 'WORD', value: 'said' }], interactiveMode: 'Never' },
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    stringify({
      ...{ apiVersion: 'v1', kind: 'Config' },
      clusters: [{ name: 'one', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { exec } }],
      contexts: [{ name: 'staging', context: { cluster: 'one', user: 'me' } }],
    }),
  );
  return openContext(await loadClient(), { context: 'staging', kubeconfig, env: {} });
};

const accessBy = async (printed: string | null, expiresInSeconds?: number) => {
  const ask = createAsk(await openBy(printed, expiresInSeconds));
  return () => ask('/version', { timeoutMs: 5000, signal: new AbortController().signal });
};

const called = (): readonly string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);

test('the program is run with its arguments and variables, once for as long as its token holds', async () => {
  authorizations.length = 0;
  const ask = await accessBy(null);
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  expect(authorizations).toEqual(['Bearer staging-1', 'Bearer staging-1']);
  expect(called()).toEqual(['staging said']);
});

test('a token that has run out is brought anew', async () => {
  authorizations.length = 0;
  const ask = await accessBy(null, -60);
  await ask();
  await ask();
  expect(authorizations).toEqual(['Bearer staging-1', 'Bearer staging-2']);
});

test('a certificate that is brought anew is that of the next socket, too', async () => {
  const printed = `printf '{"status":{"clientCertificateData":"%s","clientKeyData":"k","expirationTimestamp":"2020-01-01T00:00:00Z"}}' "$(wc -l < '${calls}')"`;
  const { config } = await openBy(printed);
  for (const cert of ['1', '2']) {
    const options: { agent?: { options: object }; rejectUnauthorized?: boolean } = {};
    await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
    expect(options.agent?.options).toMatchObject({ cert });
  }
});

test('a program that fails fails the request with what it said, and nothing is asked without credentials', async () => {
  authorizations.length = 0;
  const ask = await accessBy("echo 'no such profile' >&2; exit 3");
  await expect(ask()).rejects.toThrow(/no such profile/);
  expect(authorizations).toEqual([]);
});

test.each([
  [
    'a token with a line feed in it',
    `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"LONG\\\\nSECRET"}}'`,
  ],
  ['a token in what is no JSON', `printf '{"status":{"token":"LONG" SECRET'`],
  ['a token in no JSON at all', 'echo SECRET'],
  ['credentials of another form', `printf '{"SECRET":1}'`],
  ['nothing at all', 'echo null'],
  ['a word in place of an object', `echo '"SECRET"'`],
  ['a status that is nothing', `printf '{"status":null}'`],
  ['an empty status', `printf '{"status":{}}'`],
  ['an empty token', `printf '{"status":{"token":""}}'`],
  ['a certificate without its key', `printf '{"status":{"clientCertificateData":"SECRET"}}'`],
  ['a token and a key without its certificate', `printf '{"status":{"token":"LONG","clientKeyData":"SECRET"}}'`],
])('%s is not sent, and not shown', async (_, printed) => {
  authorizations.length = 0;
  const ask = await accessBy(printed);
  const thrown = await ask().catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'CREDENTIALS_INVALID', exitCode: 75 });
  expect(inspect(thrown)).not.toMatch(/LONG|SECRET/);
  expect(authorizations).toEqual([]);
});

test.each(['echo null', `printf '{"status":{}}'`, `printf '{"SECRET":1}'`])(
  'after an answer without credentials, %s, the program is run again',
  async (printed) => {
    authorizations.length = 0;
    const access = await openBy(
      null,
      3600,
      `if [ ! -s '${calls}.bad' ]; then echo 1 > '${calls}.bad'; ${printed}; exit; fi\n`,
    );
    const ask = createAsk(access);
    const asked = () => ask('/version', { timeoutMs: 5000, signal: new AbortController().signal });
    try {
      await expect(asked()).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
      expect((await asked()).status).toBe(200);
      expect(authorizations).toEqual(['Bearer staging-2']);
    } finally {
      rmSync(`${calls}.bad`, { force: true });
    }
  },
);

test('a way that sends no request is refused without credentials, too', async () => {
  const { config } = await openBy('echo null');
  await expect(config.applyToHTTPSOptions({})).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
});

test.each(['user:SECRET@proxy.example:3128', 'http://user:SECRET@pro xy', 'ftp://user:SECRET@proxy.example'])(
  'a proxy that is none, %s, is refused as such, and not shown',
  async (proxy) => {
    const kubeconfig = join(folder, 'with-proxy');
    const text = withServer('https://staging.example').replace(
      'server:',
      `proxy-url: ${JSON.stringify(proxy)}\n      server:`,
    );
    const open = await openWith('with-proxy', text);
    let thrown: unknown = null;
    try {
      open();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      ...{ code: 'KUBECONFIG_UNREADABLE', exitCode: 64 },
      message: `${kubeconfig}: expected a kubeconfig, found a proxy-url of the context "staging" that is no address of a proxy.`,
    });
    expect(inspect(thrown)).not.toContain('SECRET');
  },
);

/** A program that gives its token once a file is there, as one that waits until somebody has logged in. */
const waitingFor = (file: string, expiresInSeconds?: number) =>
  openBy(null, expiresInSeconds, `while [ -d '${folder}' ] && [ ! -e '${file}' ]; do sleep 0.02; done\n`);

test('a program that waits for somebody ends no wait of its caller', async () => {
  const login = join(folder, 'login-1');
  const ask = createAsk(await waitingFor(login));
  const ending = new AbortController();
  const asked = ask('/version', { timeoutMs: 5000, signal: ending.signal });
  ending.abort(new Error('interrupted'));
  await expect(asked).rejects.toThrow('interrupted');
  writeFileSync(login, '');
});

test('one that waits when its token has run out is run once, whoever asks, and each gets an error within its time', async () => {
  const login = join(folder, 'login-2');
  const access = await waitingFor(login);
  const { config } = access;
  checkCredentials(config, { firstMs: 60_000, againMs: 200 });
  writeFileSync(login, '');
  const ask = createAsk(access);
  const asked = () => ask('/version', { timeoutMs: 5000, signal: new AbortController().signal });
  await asked();
  // Its token has run out.
  const [exec] = (config as unknown as { authenticators: { tokenCache?: object }[] }).authenticators.filter(
    (each) => each.tokenCache !== undefined,
  );
  Object.assign(exec ?? {}, { tokenCache: {} });
  rmSync(login);
  const late = /^no credentials within 0.2 s, for what brings them does not come to an end$/;
  for (const each of [asked(), asked(), config.applyToHTTPSOptions({}), asked()]) {
    await expect(each).rejects.toThrow(late);
  }
  await expect(asked()).rejects.toThrow(late);
  writeFileSync(login, '');
  await expect.poll(() => asked().then(({ status }) => status, String), { timeout: 10_000 }).toBe(200);
  expect(called()).toHaveLength(2);
});

test('what is no JSON is not shown by a way that sends no request, either', async () => {
  const { config } = await openBy('echo SECRET');
  const thrown = await config.applyToHTTPSOptions({}).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'CREDENTIALS_INVALID', exitCode: 75 });
  expect(inspect(thrown)).not.toContain('SECRET');
});

test('of a program that fails without a word it is said that it failed', async () => {
  await expect((await accessBy('exit 3'))()).rejects.toThrow(
    /^that the program which brings the credentials failed, without a word$/,
  );
});

const openWith = async (name: string, text: string) => {
  const kubeconfig = join(folder, name);
  writeFileSync(kubeconfig, text);
  const client = await loadClient();
  return () => openContext(client, { context: 'staging', kubeconfig, env: {} });
};

const withServer = (server: string): string =>
  stringify({
    ...{ apiVersion: 'v1', kind: 'Config', users: [{ name: 'me', user: {} }] },
    clusters: [{ name: 'one', cluster: { server } }],
    contexts: [{ name: 'staging', context: { cluster: 'one', user: 'me' } }],
  });

test.each([
  ['https://user:SEC/RET@p@staging.example:6443', 'https://staging.example:6443'],
  ['https://user:SEC"RET@staging.example:6443', 'https://staging.example:6443'],
  ["https://user:SEC'RET@staging.example:6443/k8s/a@b", 'https://b'],
  ['https://user:SEC RET@staging.example:6443', 'https://staging.example:6443'],
  ['https://SECRET@staging.example', 'https://staging.example'],
  ['user:SECRET@staging.example:6443', 'staging.example:6443'],
])('a password in the address of a server, %s, is refused, and not shown', async (server, shown) => {
  const kubeconfig = join(folder, 'with-password');
  expect(await openWith('with-password', withServer(server))).toThrow(
    expect.objectContaining({
      ...{ code: 'KUBECONFIG_UNREADABLE', exitCode: 64 },
      message: `${kubeconfig}: expected a kubeconfig, found a user's name or password in the address of ${shown}; they belong to users.`,
    }),
  );
});

test.each(['https://staging.example/k8s/clusters/a@b', 'https://[::1]:6443', 'staging.example:6443'])(
  'the address %s has no user in it',
  async (server) => {
    expect((await openWith('without-user', withServer(server)))().config.getCurrentCluster()?.server).toBe(server);
  },
);

test.each([
  ['a token that is read as an alias', 'token: *SECRET', 'what is no YAML (5:13)'],
  ['a token that is read as a tag', 'token: !SECRET x', 'what is no YAML (5:12)'],
  ['a key that stands there twice', 'token: SECRET\n    token: SECRET', 'duplicated mapping key (6:5)'],
])('a kubeconfig with %s is refused, and nothing of it is shown', async (_, line, found) => {
  const open = await openWith('no-yaml', `apiVersion: v1\nusers:\n- name: me\n  user:\n    ${line}\n`);
  let thrown: unknown = null;
  try {
    open();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    ...{ code: 'KUBECONFIG_UNREADABLE', exitCode: 64 },
    message: `${join(folder, 'no-yaml')}: expected a kubeconfig, found ${found}.`,
  });
  expect(inspect(thrown)).not.toContain('SECRET');
});

test('what to type where a context is unknown is for a shell, and of all files', async () => {
  const [one, other] = ['a b', 'c'].map((name) => join(folder, name));
  writeFileSync(one ?? '', withServer('https://staging.example'));
  writeFileSync(other ?? '', stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }));
  const client = await loadClient();
  const env = { KUBECONFIG: `${one}:${other}` };
  expect(() => openContext(client, { context: 'other', kubeconfig: null, env })).toThrow(
    expect.objectContaining({
      code: 'CONTEXT_UNKNOWN',
      next: `KUBECONFIG='${one}:${other}' kubectl config get-contexts`,
    }),
  );
});

test('an address in an error of the connection is shown without its user', () => {
  const cause = new Error('no URL: "https://user:SECRET@a:1/version" (proxy http://u:p@b)');
  expect(causeOf(new TypeError('fetch failed', { cause }))).toBe('no URL: "https://a:1/version" (proxy http://b)');
});
