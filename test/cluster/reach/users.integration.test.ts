// What a kubeconfig says of a user, and the client library does not read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';
import { clusterOf } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-users-'));
const tokenFile = join(folder, 'token');
let server: TlsServer;

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), []);
});
beforeEach(() => {
  server.asked.length = 0;
  server.answer = () => 200;
  writeFileSync(tokenFile, 'of-the-file\n');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const authorizations = (): readonly (string | null)[] => server.asked.map(({ authorization }) => authorization);

const openAs = async (user: unknown) => {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    stringify({
      clusters: [{ name: 'one', cluster: clusterOf(server) }],
      users: [
        { name: 'me', user },
        { name: 'other', user: { token: 'of-another', as: 'her', 'as-groups': ['hers'] } },
      ],
      contexts: [{ name: 'staging', context: { cluster: 'one', user: 'me' } }],
    }),
  );
  return openContext(await loadClient(), { context: 'staging', kubeconfig, env: {} });
};

const askAs = async (user: unknown) =>
  createAsk(await openAs(user))('/version', { timeoutMs: 100_000, signal: new AbortController().signal });

test.each([
  ['a tokenFile', { tokenFile }],
  ['one beside the kubeconfig', { tokenFile: 'token' }],
  ['one and a token', { tokenFile, token: 'older' }],
])('%s brings the token', async (_, user) => {
  expect((await askAs(user)).status).toBe(200);
  expect(authorizations()).toEqual(['Bearer of-the-file']);
});

test('the token of a file goes into the handshake of a socket without its line feed', async () => {
  const { config } = await openAs({ tokenFile });
  const options: { headers?: Record<string, string>; rejectUnauthorized?: boolean } = {};
  await config.applyToHTTPSOptions(options);
  expect(options.headers).toEqual({ Authorization: 'Bearer of-the-file' });
});

test.each(['', '\n', ' '])('of a tokenFile with %j in it nothing is asked in nobody’s name', async (text) => {
  writeFileSync(tokenFile, text);
  await expect(askAs({ tokenFile })).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID', exitCode: 75 });
  expect(authorizations()).toEqual([]);
});

test.each([
  ['as-groups', { 'as-groups': ['chaos'] }],
  ['as-uid', { 'as-uid': '7' }],
  ['as-user-extra', { 'as-user-extra': { why: ['chaos'] } }],
])('a user with %s is refused, for another one would be asked as', async (field, more) => {
  await expect(askAs({ token: 'mine', as: 'me', ...more })).rejects.toMatchObject({
    code: 'KUBECONFIG_UNREADABLE',
    exitCode: 64,
    message: `${join(folder, 'kubeconfig')}: expected a kubeconfig, found a user of the context "staging" with ${field}, which is not sent here.`,
  });
  expect(authorizations()).toEqual([]);
});

test('a token that is refused is read again from its file, and what only reads is asked once more with it', async () => {
  server.answer = ({ authorization }) => {
    // Whoever keeps it fresh has written the next one meanwhile.
    writeFileSync(tokenFile, 'fresh');
    return authorization === 'Bearer fresh' ? 200 : 401;
  };
  expect((await askAs({ tokenFile })).status).toBe(200);
  expect(authorizations()).toEqual(['Bearer of-the-file', 'Bearer fresh']);
});

test('one that is refused and is the same in its file is sent once', async () => {
  server.answer = () => 401;
  expect((await askAs({ tokenFile })).status).toBe(401);
  expect(authorizations()).toEqual(['Bearer of-the-file']);
});

test('a token of the kubeconfig that is refused is sent once', async () => {
  server.answer = () => 401;
  expect((await askAs({ token: 'mine' })).status).toBe(401);
  expect(authorizations()).toEqual(['Bearer mine']);
});
