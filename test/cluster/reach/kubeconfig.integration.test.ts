// What kubectl makes of a kubeconfig is what is made of it here: who asks, and what is refused.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { causeOf, createAsk, createSend, loadClient, openContext, withinLimit } from '../../../src/cluster/index.ts';
import { cases, clusterOf, kubeconfigOf, pathsOf, programEntry } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-kubeconfig-'));
let server: TlsServer;
let count = 0;

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), ['alice', 'bob']);
});
beforeEach(() => {
  server.asked.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own with these files. */
const withFiles = (files: Readonly<Record<string, string>>): string => {
  const own = join(folder, String(count++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true });
    writeFileSync(join(own, name), text);
  }
  return own;
};

/** Nobody is at a terminal, wherever the tests run. */
const terminal = { isInput: false, isOutput: false, write: () => undefined };

/** A machine that others use, too, takes its time. */
const limits = { firstMs: 300_000, againMs: 300_000 };

const askBy = async (paths: readonly string[]) => {
  const env = { KUBECONFIG: paths.join(delimiter) };
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig: null, env, terminal, limits });
  return createAsk(access)('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
};

test.each(cases)('$name', async (one) => {
  const own = withFiles(one.files(server));
  const answer = await askBy(pathsOf(one, own)).catch((thrown: unknown) => thrown);
  if (one.asked === null) {
    expect(answer).toBeInstanceOf(Error);
    expect(server.asked).toEqual([]);
    return;
  }
  expect(answer).toMatchObject({ status: 200 });
  expect(server.asked).toEqual([{ method: 'GET', path: '/version', ...one.asked }]);
});

const refusedOf = async (made: unknown) => {
  const own = withFiles({ config: typeof made === 'string' ? made : stringify(made) });
  const thrown = await askBy([join(own, 'config')]).catch((error: unknown) => error);
  expect(server.asked).toEqual([]);
  return { thrown, file: join(own, 'config') };
};

test.each<[string, (server: TlsServer) => unknown, string]>([
  [
    'a field of another type',
    (to) => kubeconfigOf(clusterOf(to), { token: 1234567 }),
    'one with users.0.user.token (expected string, received number)',
  ],
  [
    'two entries of one name',
    (to) => kubeconfigOf(clusterOf(to), {}, { users: [{ name: 'me' }, { name: 'me' }] }),
    'two users with one name, "me"',
  ],
  [
    'an auth-provider that kubectl has removed',
    (to) => kubeconfigOf(clusterOf(to), { 'auth-provider': { name: 'gcp', config: { 'access-token': '1234567' } } }),
    'a user of the context "staging" with auth-provider "gcp", which kubectl does not take either: its place has gke-gcloud-auth-plugin, by exec',
  ],
  [
    'nobody',
    (to) => kubeconfigOf(clusterOf(to), {}),
    'a user of the context "staging" with nothing that says who asks',
  ],
  [
    'two authorities',
    (to) => kubeconfigOf(clusterOf(to, { 'certificate-authority': '/1234567' }), { token: 'mine' }),
    'a cluster of the context "staging" with both certificate-authority and certificate-authority-data',
  ],
  [
    'a program of another version',
    (to) => kubeconfigOf(clusterOf(to), { exec: programEntry({ apiVersion: 'v1' }) }),
    'a user of the context "staging" with exec with an apiVersion that is none of client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1',
  ],
  [
    'data that is no base64',
    (to) => kubeconfigOf(clusterOf(to), { 'client-key-data': '1234567' }),
    'one with users.0.user.client-key-data (expected base64)',
  ],
])('%s is refused by name, and nothing of it is shown', async (_, made, found) => {
  const { thrown, file } = await refusedOf(made(server));
  expect(thrown).toMatchObject({
    ...{ code: 'KUBECONFIG_UNREADABLE', exitCode: 64 },
    message: `${file}: expected a kubeconfig, found ${found}.`,
  });
  expect(inspect(thrown, { depth: 10 })).not.toContain("1234567'");
});

test('where none of the files is there, that is said of the first', async () => {
  const nowhere = join(folder, 'nowhere');
  await expect(askBy([nowhere, `${nowhere}-either`])).rejects.toMatchObject({
    code: 'KUBECONFIG_UNREADABLE',
    message: `${nowhere}: expected a kubeconfig, found nothing there.`,
  });
});

test('without TLS nobody says who asks', async () => {
  const heads: unknown[] = [];
  const plain = createServer((request, response) => {
    heads.push([request.headers.authorization, request.headers['impersonate-user']]);
    response.end('{}');
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const own = withFiles({ config: stringify(kubeconfigOf({ server: url }, { token: 'mine', as: 'her' })) });
    expect(await askBy([join(own, 'config')])).toMatchObject({ status: 200 });
    expect(heads).toEqual([[undefined, 'her']]);
  } finally {
    plain.closeAllConnections();
    plain.close();
  }
});

/** A JWT as its holder reads it: nobody asks here who signed it. */
const idToken = (exp: number): string =>
  ['{"alg":"none"}', JSON.stringify({ exp }), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** Of a kubeconfig with these bytes. */
const byBytes = (bytes: Buffer) => {
  const file = join(withFiles({ config: '' }), 'config');
  writeFileSync(file, bytes);
  return { file, ask: () => askBy([file]) };
};

// As kubectl v1.32 takes them.
test('a kubeconfig in UTF-16 is read, and one that is no UTF-8 is not', async () => {
  const made = stringify(kubeconfigOf(clusterOf(server), { token: 'mine' }));
  const little = Buffer.from(`\ufeff${made}`, 'utf16le');
  expect(await byBytes(little).ask()).toMatchObject({ status: 200 });
  expect(await byBytes(Buffer.from(little).swap16()).ask()).toMatchObject({ status: 200 });
  expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer mine', 'Bearer mine']);
  const { file, ask } = byBytes(Buffer.from(`${made}# é\n`, 'latin1'));
  await expect(ask()).rejects.toMatchObject({
    code: 'KUBECONFIG_UNREADABLE',
    message: `${file}: expected a kubeconfig, found no text in UTF-8.`,
  });
});

test('no variable of the environment has a server trusted that the kubeconfig does not', async () => {
  const own = withFiles({ config: stringify(kubeconfigOf({ server: server.url }, { token: 'mine' })) });
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  try {
    await expect(askBy([join(own, 'config')])).rejects.toThrow('fetch failed');
  } finally {
    vi.unstubAllEnvs();
  }
  expect(server.asked).toEqual([]);
});

/** In a process of its own, for each reads once whom the machine trusts. */
test('without an authority those of the machine are trusted', async () => {
  const own = withFiles({ config: stringify(kubeconfigOf({ server: server.url }, { token: 'mine' })) });
  const index = join(import.meta.dirname, '../../../src/cluster/index.ts');
  const script = `
    import { createAsk, loadClient, openContext } from ${JSON.stringify(index)};
    const access = openContext(await loadClient(), { context: 'staging', kubeconfig: ${JSON.stringify(join(own, 'config'))}, env: {} });
    const options = { timeoutMs: 100_000, signal: new AbortController().signal };
    console.log((await createAsk(access)('/version', options)).status);
    process.exit();`;
  const env = { SSL_CERT_FILE: join(server.folder, 'ca.crt') };
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', script], { env });
  expect(stdout).toBe('200');
  expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer mine']);
});

test('an answer that leads elsewhere is followed by no request, and where it leads is not shown', async () => {
  const front = createTlsServer({ key: server.pem('server.key'), cert: server.pem('server.crt') }, (_, response) => {
    response.writeHead(302, { Location: `${server.url}/login?SECRET` });
    response.end();
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  try {
    const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const own = withFiles({ config: stringify(kubeconfigOf(clusterOf(server, { server: url }), { token: 'mine' })) });
    const kubeconfig = join(own, 'config');
    const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {}, terminal, limits });
    const { signal } = new AbortController();
    const send = createSend(access);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const body = method === 'GET' ? {} : { body: {} };
      const thrown = await send({ method, path: '/x', ...body }, { timeoutMs: 100_000, signal }).catch(
        (e: unknown) => e,
      );
      expect(causeOf(thrown)).toBe('HTTP 302, which leads to another address');
      expect(inspect(thrown, { depth: 10 })).not.toContain('SECRET');
    }
    const api = access.config.makeApiClient(access.client.CoreV1Api);
    const deleted = withinLimit({ client: access.client, signal, timeoutMs: 100_000 }, (options) =>
      api.deleteNamespace({ name: 'x' }, options),
    );
    await expect(deleted).rejects.toThrow('HTTP 302, which leads to another address');
    expect(server.asked).toEqual([]);
  } finally {
    front.closeAllConnections();
    front.close();
  }
});

test('a certificate that is refused is read again from its file for the next request', async () => {
  const pair = (name: string) => ({ 'me.crt': server.pem(`${name}.crt`), 'me.key': server.pem(`${name}.key`) });
  const entry = { 'client-certificate': 'me.crt', 'client-key': 'me.key' };
  const own = withFiles({ config: stringify(kubeconfigOf(clusterOf(server), entry)), ...pair('alice') });
  const kubeconfig = join(own, 'config');
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {}, terminal, limits });
  const ask = createAsk(access);
  const status = async () =>
    (await ask('/version', { timeoutMs: 100_000, signal: new AbortController().signal })).status;
  server.answer = ({ certificate }) => (certificate === 'alice' ? 401 : 200);
  try {
    expect(await status()).toBe(401);
    for (const [name, made] of Object.entries(pair('bob'))) writeFileSync(join(own, name), made);
    expect(await status()).toBe(200);
  } finally {
    server.answer = () => 200;
  }
});

test.each<[string, (entry: unknown, of: TlsServer) => unknown]>([
  ['cluster', (entry, of) => kubeconfigOf(clusterOf(of, { server: 'https://prod.example' }), entry)],
  [
    'user',
    (entry, of) =>
      kubeconfigOf(clusterOf(of), entry, {
        users: [{ name: 'other', user: entry }],
        contexts: [{ name: 'staging', context: { cluster: 'one', user: 'other' } }],
      }),
  ],
])('an id-token is sent to nobody where the kubeconfig has another %s for its context by now', async (_, changed) => {
  const nowS = Math.floor(Date.now() / 1000);
  const entryOf = (exp: number) => ({ 'auth-provider': { name: 'oidc', config: { 'id-token': idToken(exp) } } });
  const own = withFiles({ config: stringify(kubeconfigOf(clusterOf(server), entryOf(nowS - 60))) });
  const kubeconfig = join(own, 'config');
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {}, terminal, limits });
  writeFileSync(kubeconfig, stringify(changed(entryOf(nowS + 3600), server)));
  const asked = createAsk(access)('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
  await expect(asked).rejects.toMatchObject({
    ...{ code: 'CREDENTIALS_INVALID', exitCode: 75 },
    message:
      'Expected credentials of the context "staging" that can be sent, found that the kubeconfig has another cluster or user for this context than it had when this was started. Nothing was sent.',
    next: 'start it anew, where that cluster is meant',
  });
  expect(server.asked).toEqual([]);
});

test('the id-token of auth-provider oidc is used while it holds, and read again when it has run out', async () => {
  const nowS = Math.floor(Date.now() / 1000);
  const [old, fresh] = [idToken(nowS - 60), idToken(nowS + 3600)];
  const withToken = (token: string) =>
    stringify(kubeconfigOf(clusterOf(server), { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } }));
  const own = withFiles({ config: withToken(old) });
  const kubeconfig = join(own, 'config');
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {}, terminal, limits });
  const ask = () => createAsk(access)('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
  await expect(ask()).rejects.toMatchObject({
    code: 'CREDENTIALS_INVALID',
    message:
      'Expected credentials of the context "staging" that can be sent, found an id-token that has run out. Nothing was sent.',
    next: `kubectl --context staging --kubeconfig ${kubeconfig} get nodes   (renews it, in the kubeconfig)`,
  });
  expect(server.asked).toEqual([]);
  writeFileSync(kubeconfig, withToken(fresh));
  expect(await ask()).toMatchObject({ status: 200 });
  expect(server.asked.map(({ authorization }) => authorization)).toEqual([`Bearer ${fresh}`]);
});
