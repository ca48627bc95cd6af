import { expect, test } from 'vitest';
import { countsSlice, readServiceChoice } from '../../src/guard/index.ts';

test.each([
  ['shop/web', { namespace: 'shop', name: 'web', port: null }],
  ['shop/web:80', { namespace: 'shop', name: 'web', port: 80 }],
  ['shop/web:65535', { namespace: 'shop', name: 'web', port: 65_535 }],
  ['a-1/b-2:http-2', { namespace: 'a-1', name: 'b-2', port: 'http-2' }],
] as const)('%s is a Service', (text, choice) => {
  expect(readServiceChoice(text, null)).toEqual({ ...choice, path: null });
  expect(readServiceChoice(text, '/healthz?a=1').path).toBe('/healthz?a=1');
});

test.each([
  ...['', 'web', '/web', 'shop/', 'shop/web/', 'Shop/web', 'shop/we b', 'shop/../x', 'http://shop/web'].map((text) => ({
    text,
    expected: 'NAMESPACE/NAME or NAMESPACE/NAME:PORT',
  })),
  { text: '10.0.0.1:80', expected: 'NAMESPACE/NAME or NAMESPACE/NAME:PORT' },
  ...['', '0', '65536', '80:81', '-1', '8o_'].map((port) => ({
    text: `shop/web:${port}`,
    expected: 'a port of the Service, from 1 to 65535 or by its name',
  })),
  ...['kube-system/kube-dns', 'kube-public/a', 'kube-node-lease/a', 'skipbeat/beat', 'skipbeat-agents/a'].map(
    (text) => ({
      text,
      expected:
        'a namespace that neither the cluster (kube-system, kube-public, kube-node-lease) nor skipbeat itself lives on',
    }),
  ),
])('$text is none', ({ text, expected }) => {
  expect(() => readServiceChoice(text, null)).toThrow(
    expect.objectContaining({
      ...{ code: 'CONTEXT_OPTION_INVALID', exitCode: 64 },
      message: `--service: expected ${expected}, received ${JSON.stringify(text)}.`,
    }),
  );
});

test.each(['', 'healthz', '/a b', '/a\nb', '/#a', 'http://x/', `/${'a'.repeat(1024)}`])('%j is no path', (path) => {
  expect(() => readServiceChoice('shop/web', path)).toThrow(
    expect.objectContaining({
      code: 'CONTEXT_OPTION_INVALID',
      message: `--service-path: expected a path that starts with / and has no blanks, received ${JSON.stringify(path)}.`,
    }),
  );
});

test.each([
  [{ addressType: 'IPv4', ports: [{ name: 'http' }, { name: 'admin' }] }, true],
  [{ addressType: 'IPv6', ports: [{ name: 'http' }] }, false],
  [{ addressType: 'FQDN', ports: [{ name: 'http' }] }, false],
  [{ addressType: 'IPv4', ports: [{ name: 'admin' }] }, false],
  [{ addressType: 'IPv4', ports: [] }, false],
  [{ addressType: 'IPv4', ports: null }, false],
  [{ addressType: 'IPv4' }, false],
] as const)('of a port by name %j counts: %s', (slice, counts) => {
  expect(countsSlice({ addressType: 'IPv4', portName: 'http' })(slice)).toBe(counts);
});

test('a port without a name is that of slices without one', () => {
  const counts = countsSlice({ addressType: 'IPv4', portName: '' });
  expect([{}, { name: '' }, { name: null }].map((port) => counts({ addressType: 'IPv4', ports: [port] }))).toEqual([
    ...[true, true, true],
  ]);
});
