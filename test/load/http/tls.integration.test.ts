import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ending } from '../../../src/load/http/outcome.ts';
import { createRequestSender } from '../../../src/load/http/request.ts';
import { record } from '../support/recording.ts';
import { startServer } from '../support/servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-tls-'));
const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const heads: { readonly method: string; readonly host: string; readonly team: string; readonly body: string }[] = [];
let server: Server;
let port = 0;
let ca = '';

beforeAll(async () => {
  const subject = ['-subj', '/CN=web.shop.svc', '-addext', 'subjectAltName=DNS:web.shop.svc'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  await execa('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', ...subject]);
  ca = readFileSync(certFile, 'utf8');
  server = createServer({ key: readFileSync(keyFile), cert: ca }, (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const { host = '', 'x-team': team = '' } = request.headers;
      heads.push({ method: request.method ?? '', host, team: String(team), body });
      response.end('answered');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const sent = (
  target: Omit<Parameters<typeof createRequestSender>[0], 'host' | 'port' | 'path'>,
  to: number,
  timeoutMs = 5000,
): Promise<Ending> => {
  const sender = createRequestSender({ host: '127.0.0.1', port: to, path: '/', ...target }, timeoutMs);
  return new Promise<Ending>((resolve) => sender.send('fresh', resolve)).finally(() => sender.close());
};

const ok = { outcome: 'ok', status: 200, code: null };

describe('a request over TLS', () => {
  test('is answered where the certificate is signed by the CA and of that name', async () => {
    expect(await sent({ tls: { serverName: 'web.shop.svc', ca } }, port)).toEqual(ok);
  });

  test('is answered by whoever is there where nobody is to verify', async () => {
    expect(await sent({ tls: { serverName: 'another.name', ca: null } }, port)).toEqual(ok);
  });

  test('fails by what is wrong with the certificate', async () => {
    const failed = (code: string) => ({ outcome: 'otherError', status: null, code });
    expect(await sent({ tls: { serverName: 'another.name', ca } }, port)).toEqual(
      failed('ERR_TLS_CERT_ALTNAME_INVALID'),
    );
    const stranger = readFileSync(new URL('../../fixtures/another-ca.pem', import.meta.url), 'utf8');
    expect(await sent({ tls: { serverName: 'web.shop.svc', ca: stranger } }, port)).toEqual(
      failed('DEPTH_ZERO_SELF_SIGNED_CERT'),
    );
  });

  test('fails by the system’s word for what speaks no TLS, and by a code of its own for what says nothing', async () => {
    const [plain, silent] = [await startServer(() => 'garbage'), await startServer(() => 'hang')];
    const tls = { serverName: 'web.shop.svc', ca };
    expect(await sent({ tls }, silent.port, 300)).toEqual({ outcome: 'timeout', status: null, code: 'TIMEOUT_TLS' });
    expect((await sent({ tls }, plain.port, 300)).outcome).not.toBe('ok');
  });

  test('has the method, the headers and the body that are asked for', async () => {
    heads.length = 0;
    const asked = {
      method: 'POST',
      headers: [
        ['X-Team', 'shop'],
        ['Host', 'shop.example'],
      ],
      body: 'ein Töpfchen',
    } as const;
    expect(await sent({ ...asked, tls: { serverName: 'web.shop.svc', ca } }, port)).toEqual(ok);
    expect(heads).toEqual([{ method: 'POST', host: 'shop.example', team: 'shop', body: 'ein Töpfchen' }]);
  });
});

test.each(['fresh', 'keep-alive'] as const)(
  'a load of %s connections over TLS is answered as a whole, and keep-alive ones are used again',
  async (connection) => {
    let secured = 0;
    const count = (): void => {
      secured += 1;
    };
    server.on('secureConnection', count);
    const { load, records, until } = await record(port, {
      targets: [{ host: '127.0.0.1', port, path: '/', tls: { serverName: 'web.shop.svc', ca } }],
      connection,
      ratePerSecond: 50,
    });
    await until((so) => so.length >= 40);
    const summary = await load.stop();
    server.off('secureConnection', count);
    expect(records.map(({ outcome }) => outcome)).toEqual(records.map(() => 'ok'));
    expect(records.length).toBe(summary.offered);
    if (connection === 'fresh') expect(secured).toBe(summary.offered);
    // How many connections a pool comes to is the machine's matter: some are used again.
    else expect(secured).toBeLessThan(summary.offered);
  },
);
