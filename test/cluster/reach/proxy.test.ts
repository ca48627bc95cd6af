import { expect, test } from 'vitest';
import { proxyFor } from '../../../src/cluster/reach/proxy.ts';

const proxy = 'http://proxy.example:3128';
const api = 'https://api.staging.example:6443';

// As golang.org/x/net/http/httpproxy has it, which kubectl uses.
test.each<[string, Readonly<Record<string, string>>, string, string]>([
  ['of the server', { HTTPS_PROXY: proxy }, api, proxy],
  ['in small letters', { https_proxy: proxy }, api, proxy],
  ['in capital letters first', { HTTPS_PROXY: proxy, https_proxy: 'http://other' }, api, proxy],
  ['without its scheme', { HTTPS_PROXY: 'proxy.example:3128' }, api, proxy],
  ['of the other scheme', { HTTP_PROXY: proxy }, api, ''],
  ['without TLS', { HTTP_PROXY: proxy }, 'http://api.staging.example', proxy],
  ['that is empty', { HTTPS_PROXY: '' }, api, ''],
  ['to this machine by name', { HTTPS_PROXY: proxy }, 'https://localhost:6443', ''],
  ['to this machine', { HTTPS_PROXY: proxy }, 'https://127.0.0.9:6443', ''],
  ['to this machine by IPv6', { HTTPS_PROXY: proxy }, 'https://[::1]:6443', ''],
  ['but not to that domain', { HTTPS_PROXY: proxy, NO_PROXY: 'other, Staging.example' }, api, ''],
  ['but not below it', { HTTPS_PROXY: proxy, no_proxy: '.staging.example' }, api, ''],
  ['but not to any below it', { HTTPS_PROXY: proxy, NO_PROXY: '*.staging.example' }, api, ''],
  ['though a domain has that end', { HTTPS_PROXY: proxy, NO_PROXY: 'ging.example' }, api, proxy],
  ['though the domain itself is below none', { HTTPS_PROXY: proxy, NO_PROXY: '.api.staging.example' }, api, proxy],
  ['but not to that port', { HTTPS_PROXY: proxy, NO_PROXY: 'api.staging.example:6443' }, api, ''],
  ['though to another port', { HTTPS_PROXY: proxy, NO_PROXY: 'api.staging.example:443' }, api, proxy],
  ['but to nothing', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, api, ''],
  ['but not to that network', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, 'https://10.1.2.3:6443', ''],
  ['though to another network', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, 'https://11.1.2.3:6443', proxy],
  ['but not to that address', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }, 'https://10.1.2.3:6443', ''],
  ['but not to that IPv6 address', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::1]:6443' }, 'https://[fd00::1]:6443', ''],
  ['but not to that IPv6 network', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, 'https://[fd00::1]:6443', ''],
])('a proxy %s', (_, env, server, found) => {
  expect(proxyFor(server, env)).toBe(found);
});

test('one that is none is refused, and not shown', () => {
  expect(() => proxyFor(api, { HTTPS_PROXY: 'ftp://user:SECRET@proxy.example' })).toThrow(
    expect.objectContaining({
      ...{ code: 'PROXY_INVALID', exitCode: 64 },
      message: 'HTTPS_PROXY: expected the address of a proxy, found another one.',
    }),
  );
});
