// What a kubeconfig says of a user, and the client library does not read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-users-'));
const tokenFile = join(folder, 'token');
const authorizations: (string | undefined)[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  authorizations.length = 0;
  writeFileSync(tokenFile, 'of-the-file\n');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const openAs = async (user: unknown) => {
  const kubeconfig = join(folder, 'kubeconfig');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    stringify({
      clusters: [{ name: 'one', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
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
  createAsk(await openAs(user))('/version', { timeoutMs: 5000, signal: new AbortController().signal });

test.each([
  ['a tokenFile', { tokenFile }],
  ['one beside the kubeconfig', { tokenFile: 'token' }],
  ['one and a token', { tokenFile, token: 'older' }],
])('%s brings the token', async (_, user) => {
  expect((await askAs(user)).status).toBe(200);
  expect(authorizations).toEqual(['Bearer of-the-file']);
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
  expect(authorizations).toEqual([]);
});

test.each([
  ['as-groups', { 'as-groups': ['chaos'] }],
  ['as-uid', { 'as-uid': '7' }],
  ['as-user-extra', { 'as-user-extra': { why: ['chaos'] } }],
])('a user with %s is refused, for another one would be asked as', async (field, more) => {
  await expect(askAs({ token: 'mine', as: 'me', ...more })).rejects.toMatchObject({
    code: 'KUBECONFIG_UNREADABLE',
    exitCode: 64,
    message: expect.stringContaining(`with ${field}, which is not sent here`),
  });
  expect(authorizations).toEqual([]);
});
