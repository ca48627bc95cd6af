import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterAccess } from '../../src/cluster/index.ts';
import { createApi } from '../../src/guard/api/request.ts';
import { findSelf } from '../../src/guard/survey/self.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
let folder: string;
const { signal } = new AbortController();

const certificate = (body: string, end = '\n'): string =>
  ['-----BEGIN CERTIFICATE-----', body, '-----END CERTIFICATE-----', ''].join(end);
const ca = certificate('T1VSUw==');
const another = certificate('T1RIRVI=');

beforeEach(async () => {
  server = await startStandIn();
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-self-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** As the kubeconfig of a cluster with that certificate authority. */
const withCa = (text: string): ClusterAccess => {
  const { client, config } = server.access;
  const own = new client.KubeConfig();
  own.loadFromOptions({
    clusters: config.getClusters().map((each) => ({ ...each, caData: Buffer.from(text).toString('base64') })),
    users: config.getUsers(),
    contexts: config.getContexts(),
    currentContext: config.getCurrentContext(),
  });
  return { client, config: own };
};

const nodes = [
  { name: 'w01', uid: 'uid-w01' },
  { name: 'w02', uid: 'uid-w02' },
];
const self = (access: ClusterAccess, account: string | null) =>
  findSelf(access, createApi(server.access), nodes, signal, account);

type Claims = { readonly pod?: object; readonly node?: object };

/** As a pod has it. @param claims of its token; null: it has none */
const mount = (claims: Claims | null = null): void => {
  writeFileSync(join(folder, 'ca.crt'), ca);
  writeFileSync(join(folder, 'namespace'), 'ci\n');
  if (claims === null) return;
  const payload = { 'kubernetes.io': { namespace: 'ci', pod: { name: 'runner', uid: 'uid-runner' }, ...claims } };
  const coded = [{ alg: 'RS256' }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  writeFileSync(join(folder, 'token'), [...coded, 'signature'].join('.'));
};

const putPod = (uid: string, name = 'runner'): void => {
  const path = `/api/v1/namespaces/ci/pods/${name}`;
  server.objects.set(path, {
    kind: 'Pod',
    metadata: { name, uid, resourceVersion: '1' },
    spec: { nodeName: 'w02' },
  });
};

/** Of a kubeconfig that has no authority of its own: that of the system, or none at all. */
const withoutCa = (): ClusterAccess => server.access;

test('outside of pods this process is known by its host and addresses', async () => {
  expect(await self(server.access, null)).toMatchObject({ host: hostname(), node: null, unknown: null });
});

test.each([
  ['as it is', ca],
  ['with other line ends', certificate('T1VSUw==', '\r\n')],
  ['in other lines', certificate('T1VS\nUw==')],
  ['beside another', `${another}${ca}`],
])('a pod whose own authority the kubeconfig has %s is on the node that its pod says', async (_, bundle) => {
  mount();
  putPod('any', hostname());
  expect(await self(withCa(bundle), folder)).toMatchObject({ node: 'w02', unknown: null });
});

test.each([
  ['another', () => withCa(another)],
  ['none', withoutCa],
] as const)('a pod is found by its own UID though the authority of the kubeconfig is %s', async (_, access) => {
  mount({});
  putPod('uid-runner');
  expect(await self(access(), folder)).toMatchObject({ node: 'w02', unknown: null });
});

test('a pod is on the node whose UID its token has, though no pod may be read', async () => {
  mount({ node: { name: 'w01', uid: 'uid-w01' } });
  server.deny('get pods in ci');
  expect(await self(withCa(another), folder)).toMatchObject({ node: 'w01', unknown: null });
});

test('a pod on a node that the cluster does not have is on none of it, though no pod may be read', async () => {
  mount({ node: { name: 'ci-7', uid: 'uid-ci-7' } });
  server.deny('get pods in ci');
  expect(await self(withCa(another), folder)).toMatchObject({ node: null, unknown: null });
});

test('a pod that the cluster does not have, or under its name another one, is on no node of it', async () => {
  mount({ node: { name: 'w01', uid: 'uid-elsewhere' } });
  expect(await self(withCa(another), folder)).toMatchObject({ node: null, unknown: null });
  putPod('uid-of-another');
  expect(await self(withCa(another), folder)).toMatchObject({ node: null, unknown: null });
});

test.each([
  [
    'may not be read',
    () => {
      mount({});
      server.deny('get pods in ci');
      return withCa(another);
    },
    'this process is a pod, and whether one of this cluster is not known without the right to get pods in ci',
  ],
  [
    'has this cluster’s authority and is not in it',
    () => {
      mount({});
      return withCa(ca);
    },
    'this process is a pod of this cluster, and no pod is named runner in ci',
  ],
  [
    'has a token that does not say which it is, and another authority',
    () => {
      mount();
      return withoutCa();
    },
    `this process is a pod, and its token does not say which: ${hostname()} in ci may be another`,
  ],
] as const)('it is not known where a pod runs that %s', async (_, access, why) => {
  expect(await self(access(), folder)).toMatchObject({ node: null, unknown: why });
});

test('a pod without a service account does not know of which cluster it is', async () => {
  expect(await self(server.access, folder)).toMatchObject({
    unknown: `this process is a pod, and ${folder} does not say of which cluster`,
  });
});
