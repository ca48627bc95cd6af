// As Go's Certificate.VerifyHostname has it, which kubectl asks. @see Go's crypto/x509, verify.go
import type { PeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';
import { identityCheck, saidName } from '../../../src/cluster/reach/server-name.ts';

const isOf = (name: string, subjectaltname: string | undefined): boolean => {
  const subject = { CN: name };
  const certificate = { subject, ...(subjectaltname === undefined ? {} : { subjectaltname }) };
  return identityCheck(name)('somebody.else', certificate as PeerCertificate) === undefined;
};

test.each([
  ['api.staging', 'DNS:api.staging'],
  ['API.staging', 'DNS:other, DNS:Api.Staging, IP Address:10.0.0.1'],
  ['api.staging.', 'DNS:api.staging'],
  ['a_b.staging', 'DNS:a_b.staging'],
  ['api.eu.staging', 'DNS:*.eu.staging'],
  // Node takes no star there, and kubectl does.
  ['api.lan', 'DNS:*.lan'],
  ['10.0.0.1', 'DNS:api.staging, IP Address:10.0.0.1'],
  ['fd00::1', 'IP Address:FD00:0:0:0:0:0:0:1'],
])('%s is of a certificate with %s', (name, names) => {
  expect(isOf(name, names)).toBe(true);
});

test.each([
  ['api.staging', undefined],
  ['api.staging', 'DNS:staging'],
  ['api.staging', 'IP Address:10.0.0.1'],
  // Node takes a star for a part of a name's part, and kubectl does not.
  ['api1.eu.staging', 'DNS:api*.eu.staging'],
  ['1api.eu.staging', 'DNS:*api.eu.staging'],
  ['api.eu.staging', 'DNS:*.staging'],
  ['api.eu.staging', 'DNS:api.*.staging'],
  ['eu.staging', 'DNS:*.eu.staging'],
  ['-api.staging', 'DNS:*.staging'],
  ['api.staging', 'DNS:api.staging.'],
  ['api.staging', 'DNS:*'],
  ['api', 'DNS:'],
  ['', 'DNS:'],
  ['10.0.0.1', 'DNS:10.0.0.1'],
  ['10.0.0.1', 'DNS:*.0.0.1'],
  ['api.staging', 'URI:"https://a, DNS:api.staging"'],
  ['api.staging', 'DNS:"a, DNS:api.staging"'],
  ['api.staging', 'DNS:"api.staging\\u0000.eu"'],
  ['api.staging', 'DNS:"api.staging'],
  // Of that Node's own check throws.
  ['10.0.0.1', 'IP Address:10.0.0.1, DNS:"api'],
])('%j is not of a certificate with %j', (name, names) => {
  expect(isOf(name, names)).toBe(false);
});

test('a dot at the end of a name is not said', () => {
  expect([saidName('api.staging.'), saidName('api.staging'), saidName('10.0.0.1'), saidName('')]).toEqual([
    ...['api.staging', 'api.staging'],
    ...[null, null],
  ]);
});
