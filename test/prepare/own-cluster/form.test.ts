import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ServicePlace } from '../../../src/guard/index.ts';
import { onService } from '../../../src/prepare/own-cluster/cluster.ts';
import { type FormOption, formText } from '../../../src/prepare/own-cluster/form.ts';
import { readOwnClusterOptions } from '../../../src/prepare/own-cluster/options.ts';
import { loadScenario } from '../../../src/scenario/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-form-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const body = join(folder, 'body.json');
writeFileSync(body, '{"a":1}');
const ca = new URL('../../fixtures/another-ca.pem', import.meta.url).pathname;

const read = (option: FormOption) =>
  readOwnClusterOptions({ context: 'staging', loadFrom: 'pod', service: 'shop/web', ...option }).load?.form;

test('a plain GET has no form', () => {
  expect(read({})).toEqual({});
  expect(read({ serviceMethod: 'GET' })).toEqual({});
  expect(formText({})).toBe('');
});

test('method, headers, body and TLS are what each request is', () => {
  const form = read({
    ...{ serviceMethod: 'POST', serviceBody: body, serviceCa: ca },
    serviceHeader: ['Authorization: Bearer abc', 'X-Team:shop'],
  });
  expect(form).toEqual({
    method: 'POST',
    headers: [
      ['Authorization', 'Bearer abc'],
      ['X-Team', 'shop'],
    ],
    body: '{"a":1}',
    tls: { serverName: 'web.shop.svc', ca: expect.stringContaining('BEGIN CERTIFICATE') },
  });
  expect(read({ serviceInsecure: true, serviceHost: 'shop.example' })).toEqual({
    tls: { serverName: 'shop.example', ca: null },
  });
  // What a header says stands nowhere.
  expect(formText(form ?? {})).toBe(
    '; over TLS as web.shop.svc, verified by --service-ca; with Authorization, X-Team; with a body of 7 bytes',
  );
  const { scenario } = loadScenario('kubelet-pause-one');
  const place: ServicePlace = {
    ...{ namespace: 'shop', name: 'web', uid: 'u', host: '10.96.0.7', port: 443, portName: '', addressType: 'IPv4' },
    ...{ ready: 3, nodes: [] },
  };
  const choice = { namespace: 'shop', name: 'web', port: null, path: '/x' };
  expect(onService(scenario, place, choice, form).workload.existingService).toEqual({
    ...{ namespace: 'shop', name: 'web', port: 443, path: '/x', method: 'POST', tls: 'verified', bodyBytes: 7 },
    headers: ['Authorization', 'X-Team'],
  });
  const named = read({ serviceInsecure: true, serviceHost: 'shop.example', serviceHeader: ['host: shop.test'] });
  expect(onService(scenario, place, choice, named).workload.existingService).toEqual({
    ...{ namespace: 'shop', name: 'web', port: 443, path: '/x', tls: 'insecure' },
    ...{ headers: ['host'], host: 'shop.test', serverName: 'shop.example' },
  });
});

test.each<[FormOption, string]>([
  [
    { serviceMethod: 'HEAD' },
    '--service-method: expected one of GET, POST, PUT, PATCH, DELETE, OPTIONS, received "HEAD".',
  ],
  [{ serviceHeader: ['X-Team'] }, '--service-header: expected NAME: VALUE, received one without a colon.'],
  [
    { serviceHeader: ['X Team: a'] },
    '--service-header: expected a header\'s name, received "one of 6 characters that is none".',
  ],
  [
    { serviceHeader: ['Content-Length: 5'] },
    '--service-header: expected none of the load\'s own, received "Content-Length".',
  ],
  [{ serviceHeader: ['A: 1', 'a: 2'] }, '--service-header: expected each once, received "a".'],
  [
    { serviceHeader: [`A: ${'x'.repeat(5000)}`] },
    '--service-header: expected a value of at most 4096 visible characters, received "one of 5000 characters".',
  ],
  [
    { serviceHeader: ['A: b\r\nX: c'] },
    '--service-header: expected a value of at most 4096 visible characters, received "one of 7 characters".',
  ],
  [
    { serviceHeader: Array.from({ length: 21 }, (_, index) => `A${index}: b`) },
    '--service-header: expected at most 20, received 21.',
  ],
  [{ serviceBody: body }, '--service-body: expected another method than GET, received "GET".'],
  [{ serviceCa: ca, serviceInsecure: true }, '--service-insecure: expected no --service-ca beside it, received both.'],
  [{ serviceHost: 'a.b' }, '--service-host: expected --service-ca or --service-insecure beside it, received "a.b".'],
  [{ serviceInsecure: true, serviceHost: 'a b' }, '--service-host: expected the name of a host, received "a b".'],
])('what cannot be sent is refused: %j', (option, message) => {
  expect(() => read(option)).toThrow(
    expect.objectContaining({ code: 'CONTEXT_OPTION_INVALID', exitCode: 64, message }),
  );
});

test('a file of no certificates, and one that is not there, are refused by name', () => {
  expect(() => read({ serviceCa: body })).toThrow(/^--service-ca: expected certificates in PEM, received /);
  expect(() => read({ serviceCa: join(folder, 'none') })).toThrow(
    /^--service-ca: expected a file that can be read, received .*ENOENT/,
  );
});

test('a body that is not text would be sent as another one, and is refused', () => {
  const binary = join(folder, 'body.bin');
  writeFileSync(binary, Buffer.from([0x7b, 0xff, 0x7d]));
  expect(() => read({ serviceMethod: 'POST', serviceBody: binary })).toThrow(
    `--service-body: expected text in UTF-8, received ${JSON.stringify(binary)}, which is not.`,
  );
  writeFileSync(binary, '\uFEFF{"ü":1}');
  expect(read({ serviceMethod: 'POST', serviceBody: binary })?.body).toBe('\uFEFF{"ü":1}');
});

test('of a file of certificates only these are sent along, and each of them is one', () => {
  const bundle = join(folder, 'bundle.pem');
  const own = readFileSync(ca, 'utf8').trim();
  const key = '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----';
  writeFileSync(bundle, `${own}\n${key}\n# another\n${own}\n`);
  expect(read({ serviceCa: bundle })?.tls?.ca).toBe(`${own}\n${own}\n`);
  writeFileSync(bundle, `${own}\n-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n`);
  expect(() => read({ serviceCa: bundle })).toThrow(/^--service-ca: expected certificates in PEM, received /);
});

test('headers are read from a file, one a line, beside those that are typed, and in their order', () => {
  const file = join(folder, 'headers');
  writeFileSync(file, 'Authorization: Bearer s3cret\r\n\n X-Team : shop\n');
  const form = read({ serviceHeader: ['A: 1', `@${file}`, 'B: 2'] });
  expect(form).toEqual({
    headers: [
      ['A', '1'],
      ['Authorization', 'Bearer s3cret'],
      ['X-Team', 'shop'],
      ['B', '2'],
    ],
  });
  expect(formText(form ?? {})).toBe('; with A, Authorization, X-Team, B');
});

test.each([
  ['that is not there', null, /^--service-header: expected a file that can be read, received "[^"]*headers": ENOENT/],
  [
    'without a header',
    '\n \n',
    /^--service-header: expected a header a line, received "[^"]*headers", which has none\.$/,
  ],
  [
    'with a line that is none, which is not shown',
    'A: 1\ns3cret\n',
    /^--service-header: expected NAME: VALUE, received one without a colon on line 2 of "[^"]*headers"\.$/,
  ],
  ['that names one twice', 'A: 1\na: 2', /^--service-header: expected each once, received "a"\.$/],
  [
    'of more than are sent',
    Array.from({ length: 21 }, (_, index) => `A${index}: s3cret`).join('\n'),
    /^--service-header: expected at most 20, received 21\.$/,
  ],
  [
    'that is no text',
    Buffer.from([0x41, 0x3a, 0xff]),
    /^--service-header: expected text in UTF-8, received "[^"]*headers", which is not\.$/,
  ],
])('a file of headers %s is refused by name', (_, text, message) => {
  const file = join(folder, 'headers');
  rmSync(file, { force: true });
  if (text !== null) writeFileSync(file, text);
  expect(() => read({ serviceHeader: [`@${file}`] })).toThrow(message);
});

test('what a header says is in no error', () => {
  const serviceHeader = ['Authorization: Bearer s3cret'];
  expect(() => readOwnClusterOptions({ context: 'staging', serviceHeader })).toThrow(
    '--service-header: expected --load-from pod beside it, received "a header".',
  );
  expect(() => readOwnClusterOptions({ context: 'staging', loadFrom: 'pod', serviceHeader })).toThrow(
    '--service-header: expected --service beside it, received "a header".',
  );
  expect(() => read({ serviceHeader: ['Basic s3cret:s3cret'] })).toThrow(
    '--service-header: expected a header\'s name, received "one of 12 characters that is none".',
  );
});

test('none of it means anything without a Service that stands there', () => {
  expect(() => readOwnClusterOptions({ context: 'staging', loadFrom: 'pod', serviceMethod: 'POST' })).toThrow(
    '--service-method: expected --service beside it, received "POST".',
  );
  expect(() => readOwnClusterOptions({ context: 'staging', serviceInsecure: true })).toThrow(
    '--service-insecure: expected --load-from pod beside it, received "true".',
  );
});
