import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertRights, assertSameService, readService, readServiceChoice } from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const version = 'v1.34.4';
const servicePath = '/api/v1/namespaces/shop/services/web';
const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';

const spec = {
  ...{ type: 'ClusterIP', clusterIP: '10.96.0.7', selector: { app: 'web' }, sessionAffinity: 'None' },
  ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
};

const endpoint = (nodeName: string, conditions: object = { ready: true }, more: object = {}) => ({
  ...{ addresses: ['10.244.0.1'], conditions, nodeName },
  ...more,
});

const slice = (name: string, endpoints: readonly object[], more: object = {}) =>
  server.put(`${slicesPath}/${name}`, {
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    ...{ addressType: 'IPv4', ports: [{ name: '', port: 8080 }], endpoints },
    ...more,
  });

beforeEach(async () => {
  server = await startStandIn();
  server.put('/api/v1/namespaces/shop', {});
  server.put(servicePath, { spec });
  slice('web-1', [endpoint('w02'), endpoint('w01')]);
});
afterEach(() => server.close());

const read = (asked = 'shop/web') => readService(server.access, readServiceChoice(asked, null), version, signal);

const problemsOf = async (asked?: string): Promise<readonly string[]> => {
  const thrown = await read(asked).then(
    () => null,
    (refusal: unknown) => refusal as { code: string; exitCode: number; message: string },
  );
  expect([thrown?.code, thrown?.exitCode]).toEqual(['SERVICE_REFUSED', 75]);
  return (thrown?.message ?? '').split('\n  - ').slice(1);
};

test('a Service is known by its address, its port, and its ready endpoints with their nodes; nothing is written', async () => {
  expect(await read()).toEqual({
    ...{ namespace: 'shop', name: 'web', uid: server.objects.get(servicePath)?.metadata.uid, host: '10.96.0.7' },
    ...{ port: 80, portName: '', addressType: 'IPv4', ready: 2, nodes: ['w01', 'w02'] },
  });
  expect(server.written).toEqual([]);
});

describe('endpoints that count', () => {
  const two = [
    { name: 'http', port: 80 },
    { name: 'admin', port: 9090 },
  ];

  test('are those of the port that is asked, by number or name, whose pods may have it at several numbers', async () => {
    server.put(servicePath, { spec: { ...spec, ports: two } });
    const ports = [{ name: 'http' }, { name: 'admin' }];
    slice('web-1', [endpoint('w01')], { ports });
    slice('web-2', [endpoint('w02')], { ports });
    slice('web-3', [endpoint('w03')], { ports: [{ name: 'admin' }] });
    expect([await read('shop/web:http'), await read('shop/web:9090')]).toMatchObject([
      { port: 80, portName: 'http', ready: 2 },
      { port: 9090, portName: 'admin', ready: 3 },
    ]);
    expect(await problemsOf()).toEqual(['it has several ports, and none is named: http 80, admin 9090']);
    expect(await problemsOf('shop/web:8080')).toEqual(['it has no port 8080; its ports: http 80, admin 9090']);
    expect(await problemsOf('shop/web:grpc')).toEqual(['it has no port grpc; its ports: http 80, admin 9090']);
  });

  test('are those of the family of its address: a Service of two families has each pod twice', async () => {
    slice('web-6', [endpoint('w01'), endpoint('w02')], { addressType: 'IPv6' });
    expect((await read()).ready).toBe(2);
    server.put(servicePath, { spec: { ...spec, clusterIP: 'fd00::7' } });
    expect(await read()).toMatchObject({ host: 'fd00::7', addressType: 'IPv6', ready: 2 });
  });
});

describe('a Service is refused by name', () => {
  const noPods = 'it selects no pods: its endpoints were written by somebody, and may be anywhere';

  test('where it is not there, whether or not its namespace is', async () => {
    expect(await problemsOf('shop/api')).toEqual(['it is not there']);
    expect(await problemsOf('nowhere/api')).toEqual(['it is not there']);
  });

  test.each([
    [
      { type: 'ExternalName', externalName: 'example.org', clusterIP: '' },
      'it is of type ExternalName: what is behind it is not in this cluster',
    ],
    [{ clusterIP: 'None' }, 'it has no address of its own (headless)'],
    [{ selector: null }, noPods],
    [{ selector: {} }, noPods],
    [
      { sessionAffinity: 'ClientIP' },
      'its sessionAffinity is ClientIP: all requests of one generator go to one pod, and tell of no other',
    ],
    [
      { internalTrafficPolicy: 'Local' },
      "its internalTrafficPolicy is Local: requests stay on the generator's node, which no fault hits",
    ],
    [
      { publishNotReadyAddresses: true },
      'it publishes addresses that are not ready: its endpoints say nothing of its pods',
    ],
    [{ ports: [] }, 'it has no port'],
    [{ ports: [{ port: 53, protocol: 'UDP' }] }, 'port 53/UDP is not of TCP, and requests are HTTP'],
  ] as const)('of such a kind: %j', async (changes, problem) => {
    server.put(servicePath, { spec: { ...spec, ...changes } });
    expect(await problemsOf()).toEqual([problem]);
  });

  test('with all that is in the way at once', async () => {
    server.put(servicePath, { spec: { ...spec, clusterIP: 'None', selector: {}, ports: [] } });
    expect(await problemsOf()).toEqual(['it has no address of its own (headless)', noPods, 'it has no port']);
  });

  test.each([
    ['none', [], ['it has no ready endpoint']],
    ['null', null, ['it has no ready endpoint']],
    [
      'one that is not ready',
      [endpoint('w01'), endpoint('w02', { ready: false })],
      ['1 of its endpoints is not ready: what it loses would not be the fault’s'],
    ],
    [
      'two that go',
      [endpoint('w01', { ready: false, terminating: true }), endpoint('w02', { ready: true, terminating: true })],
      ['it has no ready endpoint', '2 of its endpoints are not ready: what it loses would not be the fault’s'],
    ],
    [
      'some that nodes keep to',
      [endpoint('w01', {}, { hints: { forZones: [{ name: 'a' }] } })],
      ['its endpoints bear hints: a node keeps to some of them (trafficDistribution), and requests tell of no other'],
    ],
  ] as const)('for its endpoints: %s', async (_, endpoints, problems) => {
    slice('web-1', endpoints as never);
    expect((await problemsOf()).map((text) => text.replace("'", '’'))).toEqual(problems);
  });

  test('whoever may not read it learns which right lacks', async () => {
    server.deny('get services in shop');
    await expect(read()).rejects.toMatchObject({
      ...{ code: 'RIGHT_MISSING', exitCode: 75 },
      message: 'expected the right to get services/web in shop, found: no right to get services in shop.',
    });
  });
});

test('one that was made anew, or has other endpoints, since it was surveyed is refused before anything is brought', async () => {
  const before = await read();
  const again = () => assertSameService(server.access, before, version, signal);
  const refusalFor = (problem: string) =>
    `${server.url}: expected a Service shop/web that may get a load, found:\n  - ${problem}`;
  await expect(again()).resolves.toBeUndefined();
  slice('web-1', [endpoint('w01')]);
  await expect(again()).rejects.toMatchObject({
    code: 'SERVICE_REFUSED',
    message: refusalFor('ready endpoints: 1, and 2 when it was surveyed'),
  });
  slice('web-1', [endpoint('w01'), endpoint('w02')]);
  server.objects.delete(servicePath);
  server.put(servicePath, { spec });
  await expect(again()).rejects.toMatchObject({ message: refusalFor('it was made anew since it was surveyed') });
});

test('a run with it asks for the rights to see it, and for none to make a workload', async () => {
  const load = { service: { namespace: 'shop', name: 'web' } };
  for (const right of ['create deployments in skipbeat', 'create services in skipbeat']) server.deny(right);
  await expect(assertRights(server.access, signal, { load })).resolves.toEqual([]);
  for (const right of ['get services in shop', 'watch endpointslices in shop']) server.deny(right);
  await expect(assertRights(server.access, signal, { load })).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75 },
    message: `${server.url}: expected the rights of a run, found that 2 lack:
  - get services/web in shop, to know the address of the Service that gets the load
  - watch endpointslices.discovery.k8s.io in shop, to see the Service's endpoints`,
    next: 'npm run skipbeat -- rbac --load --service shop/web | kubectl --context staging apply -f -   (by somebody who may grant them)',
  });
});
