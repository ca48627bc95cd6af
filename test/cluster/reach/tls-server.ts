// A server of our own that says by whom it is asked, where an API server would know and not tell: certificates and headers.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { execa } from 'execa';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly as: string | null;
  /** The common name of the certificate; null: none. */
  readonly certificate: string | null;
};

export type TlsServer = {
  readonly port: number;
  readonly url: string;
  /** Where its own files lie, each in PEM: ca.crt, NAME.crt, NAME.key. */
  readonly folder: string;
  readonly pem: (file: string) => string;
  readonly asked: Asked[];
  /** What the next ones are answered; 200 where it says nothing. */
  answer: (asked: Asked) => number;
  readonly close: () => void;
};

const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const askedOf = (request: IncomingMessage): Asked => {
  const { authorization, 'impersonate-user': as } = request.headers;
  const subject = (request.socket as TLSSocket).getPeerCertificate().subject as { CN?: string } | undefined;
  return {
    ...{ method: request.method ?? '', path: request.url ?? '' },
    authorization: authorization ?? null,
    as: as === undefined ? null : String(as),
    certificate: subject?.CN ?? null,
  };
};

/** @param clients names, each of a certificate of the same authority */
export const startTlsServer = async (folder: string, clients: readonly string[]): Promise<TlsServer> => {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const openssl = (...argv: string[]) => execa('openssl', argv);
  await openssl(
    ...['req', '-x509', ...ec, '-keyout', file('ca.key'), '-out', file('ca.crt'), '-days', '2', '-subj', '/CN=ca'],
  );
  const sign = async (name: string, extension: string): Promise<void> => {
    const request = file(`${name}.csr`);
    await openssl('req', ...ec, '-keyout', file(`${name}.key`), '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `${extension}\n`);
    const authority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-set_serial', String(sign.serial++)];
    await openssl(
      ...['x509', '-req', '-in', request, ...authority, '-out', file(`${name}.crt`), '-days', '2'],
      ...['-extfile', file(`${name}.ext`)],
    );
  };
  sign.serial = 2;
  await sign('server', 'subjectAltName=IP:127.0.0.1,DNS:api.staging');
  for (const name of clients) await sign(name, 'extendedKeyUsage=clientAuth');
  const pem = (name: string): string => readFileSync(file(name), 'utf8');
  const asked: Asked[] = [];
  const server = createServer(
    {
      key: pem('server.key'),
      cert: pem('server.crt'),
      ca: pem('ca.crt'),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const one = askedOf(request);
      asked.push(one);
      response.statusCode = made.answer(one);
      response.setHeader('Content-Type', 'application/json');
      response.end('{}');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const made: TlsServer = {
    ...{ port, url: `https://127.0.0.1:${port}`, folder, pem, asked, answer: () => 200 },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return made;
};
