// To whom credentials go: to a server whose certificate lists the name that is meant, by whichever way, as with kubectl v1.32.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { causeOf, createAsk, loadClient, openContext } from '../../../src/cluster/index.ts';
import { base64, clusterOf, kubeconfigOf } from './cases.ts';
import { startTlsServer, type TlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-server-name-'));
const kubeconfig = join(folder, 'kubeconfig');
let server: TlsServer;
let socks: Server;
const wanted: string[] = [];

const listening = async (made: { listen: Server['listen']; address: Server['address'] }): Promise<number> => {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', () => resolve()));
  return (made.address() as AddressInfo).port;
};

beforeAll(async () => {
  server = await startTlsServer(join(folder, 'pki'), []);
  // SOCKS 5 without a password, and whatever is asked for is the server. @see RFC 1928
  socks = createServer((from) => {
    from.once('data', () => {
      from.write(Buffer.from([5, 0]));
      from.once('data', (asked) => {
        // 3: a name, and no address.
        wanted.push(asked[3] === 3 ? asked.subarray(5, -2).toString() : asked.subarray(4, -2).join('.'));
        const to = connect(server.port, '127.0.0.1', () => {
          from.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          from.pipe(to).pipe(from);
        });
        to.on('error', () => from.destroy());
        from.on('error', () => to.destroy());
      });
    });
  });
});
beforeEach(() => {
  server.asked.length = 0;
  wanted.length = 0;
});
afterAll(() => {
  server.close();
  socks.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns who was asked by a request, and by a socket, which the server does not open; else why nobody was */
const askBy = async (cluster: Readonly<Record<string, unknown>>) => {
  writeFileSync(kubeconfig, stringify(kubeconfigOf(clusterOf(server, cluster), { token: 'mine' })));
  const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {} });
  const options = { timeoutMs: 100_000, signal: new AbortController().signal };
  const asked = await createAsk(access)('/version', options).then(({ status }) => status, causeOf);
  const exec = new access.client.Exec(access.config).exec('n', 'p', 'c', ['true'], null, null, null, false);
  const opened = await exec.then(
    () => 'opened',
    ({ message }: { readonly message: string }) => message,
  );
  return { asked, opened };
};

const both = { asked: 200, opened: 'Unexpected server response: 200' };
const none = {
  asked: expect.stringContaining("does not match certificate's altnames"),
  opened: expect.stringContaining("does not match certificate's altnames"),
};

test.each([
  ['an address', '127.0.0.1', {}, both, '127.0.0.1'],
  ['an address by another name', '127.0.0.2', { 'tls-server-name': 'api.staging' }, both, '127.0.0.2'],
  ['an address that the certificate does not have', '127.0.0.2', {}, none, '127.0.0.2'],
  ['another tls-server-name', '127.0.0.1', { 'tls-server-name': 'other.staging' }, none, '127.0.0.1'],
  ['a name that the proxy looks up', 'api.staging', {}, both, 'api.staging'],
  [
    'a name, and another one of tls-server-name',
    'api.staging',
    { 'tls-server-name': 'other.staging' },
    none,
    'api.staging',
  ],
])('behind SOCKS %s', async (_, host, more, found, asked) => {
  const port = (socks.address() as AddressInfo | null)?.port ?? (await listening(socks));
  const at = { server: `https://${host}:${server.port}`, 'proxy-url': `socks5://127.0.0.1:${port}` };
  expect(await askBy({ ...at, ...more })).toEqual(found);
  expect([...new Set(wanted)]).toEqual([asked]);
  expect(server.asked.map(({ authorization }) => authorization)).toEqual(
    found === both ? ['Bearer mine', 'Bearer mine'] : [],
  );
});

test('a certificate that has its name in its subject alone is of nobody', async () => {
  const file = (name: string): string => join(folder, 'pki', name);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await execa('openssl', ['req', ...ec, '-keyout', file('cn.key'), '-out', file('cn.csr'), '-subj', '/CN=localhost']);
  const authority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-set_serial', '99', '-days', '2'];
  await execa('openssl', ['x509', '-req', '-in', file('cn.csr'), ...authority, '-out', file('cn.crt')]);
  const asked: unknown[] = [];
  const options = { key: readFileSync(file('cn.key')), cert: readFileSync(file('cn.crt')) };
  const other = createTlsServer(options, (request, response) => {
    asked.push(request.headers.authorization);
    response.end('{}');
  });
  const port = await listening(other);
  try {
    const found = await askBy({ server: `https://localhost:${port}` });
    expect([asked, found.asked, found.opened]).toEqual([
      [],
      expect.stringContaining('does not contain a DNS name'),
      expect.stringContaining('does not contain a DNS name'),
    ]);
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

test('whoever is named as the authority is one, though another has signed his certificate', async () => {
  expect(await askBy({ 'certificate-authority-data': base64(server.pem('server.crt')) })).toEqual(both);
});
