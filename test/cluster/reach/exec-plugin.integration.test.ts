// Kubeconfigs of managed clusters name a program that brings the credentials: the client runs it, and so do we.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { causeOf, createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';
import { clusterOf, kubeconfigOf } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-exec-'));
const [program, calls] = [join(folder, 'get-token'), join(folder, 'calls')];
let server: TlsServer;

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), ['alice', 'bob']);
});
beforeEach(() => {
  server.asked.length = 0;
  written = '';
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const authorizations = (): readonly (string | null)[] => server.asked.map(({ authorization }) => authorization);

/** What a program's error output came to be. */
let written = '';
/** As where nobody is at a terminal, wherever the tests run. */
const terminal = {
  ...{ isInput: false, isOutput: false },
  write: (text: string) => {
    written += text;
  },
};

/** A machine that others use, too, takes its time. */
const patient = { firstMs: 300_000, againMs: 300_000 };

/** Of its first token that it has run out. */
const firstOver = -1;

/** @param printed by the program, in place of credentials; null: it gives a token, a new one each time */
const openBy = async (printed: string | null, expiresInSeconds = 3600, before = '', limits = patient) => {
  writeFileSync(calls, '');
  const seconds =
    expiresInSeconds === firstOver ? `$([ "$(wc -l < '${calls}')" = 1 ] && echo -60 || echo 3600)` : expiresInSeconds;
  const expires = `date -u -d "+${seconds} seconds" +%Y-%m-%dT%H:%M:%SZ`;
  const credential = `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s-%s","expirationTimestamp":"%s"}}' "$1" "$(wc -l < '${calls}')" "$(${expires})"`;
  const script = `#!/bin/sh\necho "$1 $WORD" >> '${calls}'\n${before}${printed === null ? credential : `${printed}`}\n`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  const kubeconfig = join(folder, 'kubeconfig');
  const exec = {
    ...{ apiVersion: 'client.authentication.k8s.io/v1', command: program, args: ['staging'] },
    ...{ env: [{ name: 'WORD', value: 'said' }], interactiveMode: 'Never' },
  };
  writeFileSync(kubeconfig, stringify(kubeconfigOf(clusterOf(server), { exec })));
  return openContext(await loadClient(), {
    ...{ context: 'staging', kubeconfig, env: {}, terminal, limits },
  });
};

const accessBy = async (printed: string | null, expiresInSeconds?: number) => {
  const ask = createAsk(await openBy(printed, expiresInSeconds));
  return () => ask('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
};

const called = (): readonly string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);

test('the program is run with its arguments and variables, once for as long as its token holds', async () => {
  const ask = await accessBy(null);
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  expect(authorizations()).toEqual(['Bearer staging-1', 'Bearer staging-1']);
  expect(called()).toEqual(['staging said']);
});

test('a token that has run out is brought anew', async () => {
  const ask = await accessBy(null, -60);
  await ask();
  await ask();
  expect(authorizations()).toEqual(['Bearer staging-1', 'Bearer staging-2']);
});

/** The certificates of alice, which have run out, and then those of bob. */
const twoCertificates = (): string => {
  const status = (name: string) => ({
    ...{ clientCertificateData: server.pem(`${name}.crt`), clientKeyData: server.pem(`${name}.key`) },
    expirationTimestamp: name === 'alice' ? '2020-01-01T00:00:00Z' : '2120-01-01T00:00:00Z',
  });
  for (const name of ['alice', 'bob']) {
    const made = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: status(name) };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(made));
  }
  return `if [ "$(wc -l < '${calls}')" = 1 ]; then cat '${folder}/alice.json'; else cat '${folder}/bob.json'; fi`;
};

test('a certificate that is brought anew is that of the next socket, too', async () => {
  const { config } = await openBy(twoCertificates());
  for (const name of ['alice', 'bob']) {
    const options: { agent?: { options: object }; rejectUnauthorized?: boolean } = {};
    await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
    expect(options.agent?.options).toMatchObject({ cert: server.pem(`${name}.crt`), key: server.pem(`${name}.key`) });
  }
});

test('and that of the next request, which goes over another connection', async () => {
  const ask = await accessBy(twoCertificates());
  for (let time = 0; time < 3; time += 1) await ask();
  expect(server.asked.map(({ certificate }) => certificate)).toEqual(['alice', 'bob', 'bob']);
});

test('a program that fails fails the request; what it said is shown, and in no error', async () => {
  const ask = await accessBy("echo 'no such \\033[1mprofile' >&2; exit 3");
  const thrown = await ask().catch((error: unknown) => error);
  expect(thrown).toMatchObject({ message: `that ${program}, which brings the credentials, failed with exit code 3` });
  expect(inspect(thrown)).not.toContain('profile');
  expect(written).toBe('no such profile\n');
  expect(authorizations()).toEqual([]);
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
  const ask = await accessBy(printed);
  const thrown = await ask().catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'CREDENTIALS_INVALID', exitCode: 75 });
  expect(inspect(thrown)).not.toMatch(/LONG|SECRET/);
  expect(authorizations()).toEqual([]);
});

test.each(['echo null', `printf '{"status":{}}'`, `printf '{"SECRET":1}'`])(
  'after an answer without credentials, %s, the program is run again',
  async (printed) => {
    const access = await openBy(
      null,
      3600,
      `if [ ! -s '${calls}.bad' ]; then echo 1 > '${calls}.bad'; ${printed}; exit; fi\n`,
    );
    const ask = createAsk(access);
    const asked = () => ask('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
    try {
      await expect(asked()).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
      expect((await asked()).status).toBe(200);
      expect(authorizations()).toEqual(['Bearer staging-2']);
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
const waitingFor = (file: string, expiresInSeconds?: number, limits = patient) =>
  openBy(null, expiresInSeconds, `while [ -d '${folder}' ] && [ ! -e '${file}' ]; do sleep 0.02; done\n`, limits);

test('a program that waits for somebody ends no wait of its caller', async () => {
  const login = join(folder, 'login-1');
  const ask = createAsk(await waitingFor(login));
  const ending = new AbortController();
  const asked = ask('/version', { timeoutMs: 100_000, signal: ending.signal });
  // Else the program might begin within the next test, and be counted there.
  await expect.poll(called, { timeout: 10_000 }).toEqual(['staging said']);
  ending.abort(new Error('interrupted'));
  await expect(asked).rejects.toThrow('interrupted');
  writeFileSync(login, '');
});

test('one that waits when its token has run out is run once, whoever asks, and each gets an error within its time', async () => {
  const login = join(folder, 'login-2');
  const access = await waitingFor(login, firstOver, { firstMs: 60_000, againMs: 200 });
  const { config } = access;
  writeFileSync(login, '');
  const ask = createAsk(access);
  const asked = () => ask('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
  await asked();
  // Its token has run out.
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
    `that ${program}, which brings the credentials, failed with exit code 3`,
  );
  expect(written).toBe('');
});

const openWith = async (name: string, text: string) => {
  const kubeconfig = join(folder, name);
  writeFileSync(kubeconfig, text);
  const client = await loadClient();
  return () => openContext(client, { context: 'staging', kubeconfig, env: {} });
};

const withServer = (server: string): string =>
  stringify({
    ...{ apiVersion: 'v1', kind: 'Config', users: [{ name: 'me', user: { token: 'mine' } }] },
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

test.each([
  ['https://staging.example/k8s/clusters/a@b'],
  ['https://[::1]:6443'],
  ['https://[0:0::1]:6443'],
  ['https://Staging.Example:443'],
  ['https://bücher.example'],
  ['HTTPS://staging.example//k8s//c-1//', 'https://staging.example/k8s/c-1'],
])('the address %s is taken', async (server, base = server) => {
  expect((await openWith('taken', withServer(server)))().config.getCurrentCluster()?.server).toBe(base);
});

test.each([
  ['staging.example:6443', 'a server that is no address with https:// or http://'],
  ['https:/staging.example', 'a server that is no address with https:// or http://'],
  ['https:\\\\staging.example', 'a server that is no address with https:// or http://'],
  ['https://010.0.0.1:6443', 'a server whose host "010.0.0.1" could be taken for 8.0.0.1'],
  ['https://167772161', 'a server whose host "167772161" could be taken for 10.0.0.1'],
  ['https://１０.0.0.1', 'a server whose host "１０.0.0.1" could be taken for 10.0.0.1'],
  ['https://staging.exa\tmple', 'a server whose address has a space or a control character in it'],
])('the address %s, which others read otherwise, is refused', async (server, found) => {
  expect(await openWith('refused', withServer(server))).toThrow(
    expect.objectContaining({
      ...{ code: 'KUBECONFIG_UNREADABLE', exitCode: 64 },
      message: `${join(folder, 'refused')}: expected a kubeconfig, found a cluster of the context "staging" with ${found}.`,
    }),
  );
});

test.each([
  ['a token that is read as an alias', 'token: *SECRET', 'an alias that leads nowhere'],
  ['a token that is read as a tag', 'token: !SECRET x', 'what is no YAML (5:12)'],
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
