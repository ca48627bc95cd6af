// Files that are none: a pipe is read where a kubeconfig may come from one, and nowhere ends anybody's waiting for it.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';
import { readToEnd } from '../../../src/cluster/reach/file.ts';
import { tokenFileSource } from '../../../src/cluster/reach/source.ts';
import { clusterOf, kubeconfigOf } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-file-'));
const [kubeconfig, pipe] = [join(folder, 'kubeconfig'), join(folder, 'pipe')];
let server: TlsServer;

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), []);
  await execa('mkfifo', [pipe]);
});
beforeEach(() => {
  server.asked.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (file: string) => {
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig: file, env: {} });
  return createAsk(access)('/version', { timeoutMs: 100_000, signal: new AbortController().signal });
};

test('a kubeconfig that comes by a pipe is read to its end', async () => {
  // More than a pipe holds at once.
  const made = `${stringify(kubeconfigOf(clusterOf(server), { token: 'mine' }))}${'# filling\n'.repeat(20_000)}`;
  writeFileSync(kubeconfig, made);
  const writing = execa('sh', ['-c', `sleep 0.3; cat '${kubeconfig}' > '${pipe}'`]);
  expect((await ask(pipe)).status).toBe(200);
  await writing;
  expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer mine']);
});

test('a kubeconfig that came by a pipe is not waited for anew when its id-token has run out', async () => {
  const claims = Buffer.from(JSON.stringify({ exp: 1 })).toString('base64url');
  const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': `a.${claims}.c` } } };
  writeFileSync(kubeconfig, stringify(kubeconfigOf(clusterOf(server), user)));
  const writing = execa('sh', ['-c', `cat '${kubeconfig}' > '${pipe}'`]);
  await expect(ask(pipe)).rejects.toThrow('found an id-token that has run out');
  await writing;
  expect(server.asked).toEqual([]);
});

test('a pipe to which nobody writes, or that nobody ends, is not waited for without an end', async () => {
  expect(() => readToEnd(pipe, 200)).toThrow('a pipe to whose end nobody came within 0.2 s');
  const writing = execa('sh', ['-c', `{ echo a; exec sleep 100; } > '${pipe}'`]);
  try {
    expect(() => readToEnd(pipe, 1000)).toThrow('a pipe to whose end nobody came within 1 s');
  } finally {
    writing.kill();
    await writing.catch((thrown: unknown) => expect(thrown).toMatchObject({ isTerminated: true }));
  }
});

test.each([
  ['tokenFile', { tokenFile: pipe }, {}],
  ['client-certificate', { 'client-certificate': pipe, 'client-key': pipe }, {}],
  [
    'certificate-authority',
    { token: 'mine' },
    { 'certificate-authority': pipe, 'certificate-authority-data': undefined },
  ],
])('a %s that is a pipe is refused', async (_, user, cluster) => {
  writeFileSync(kubeconfig, stringify(kubeconfigOf(clusterOf(server, cluster), user)));
  await expect(ask(kubeconfig)).rejects.toThrow('it is no file');
  expect(server.asked).toEqual([]);
});

test('a tokenFile in whose place a pipe comes leaves the last token in use', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'mine');
  let nowMs = 0;
  const source = tokenFileSource('staging', { file, token: '' }, () => nowMs);
  const first = await source.current();
  rmSync(file);
  symlinkSync(pipe, file);
  nowMs = 100_000;
  expect([await source.current(), await source.renew(first)]).toEqual([first, false]);
});

test('a path through a link leads where the system leads it, and not where its text does', async () => {
  // As kubectl v1.32: of `link/../token` the text would lead to the token beside the link.
  const elsewhere = mkdtempSync(join(tmpdir(), 'skipbeat-elsewhere-'));
  try {
    writeFileSync(join(elsewhere, 'token'), 'there');
    rmSync(join(folder, 'token'), { force: true });
    writeFileSync(join(folder, 'token'), 'here');
    await execa('mkdir', [join(elsewhere, 'inner')]);
    symlinkSync(join(elsewhere, 'inner'), join(folder, 'link'));
    writeFileSync(
      kubeconfig,
      stringify(kubeconfigOf(clusterOf(server), { tokenFile: `${folder}/link/../token`, token: 'older' })),
    );
    expect((await ask(kubeconfig)).status).toBe(200);
    expect(server.asked.map(({ authorization }) => authorization)).toEqual(['Bearer there']);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});
