import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterAccess } from '../../src/cluster/index.ts';
import { createApi } from '../../src/guard/api/request.ts';
import { findSelf } from '../../src/guard/survey/read.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
let folder: string;
const { signal } = new AbortController();
const ca = '-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n';

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

const self = (access: ClusterAccess, account: string | null) =>
  findSelf(access, createApi(server.access), signal, account);

const mount = (): void => {
  writeFileSync(join(folder, 'ca.crt'), ca);
  writeFileSync(join(folder, 'namespace'), 'ci\n');
};

test('outside of pods this process is known by its host and addresses', async () => {
  expect(await self(server.access, null)).toMatchObject({ host: hostname(), node: null, unknown: null });
});

test('a pod of another cluster is on no node of this one', async () => {
  mount();
  expect(await self(withCa('another'), folder)).toMatchObject({ node: null, unknown: null });
});

test('a pod of this cluster is on the node that its pod says', async () => {
  mount();
  server.put(`/api/v1/namespaces/ci/pods/${hostname()}`, { spec: { nodeName: 'w01' } });
  expect(await self(withCa(ca), folder)).toMatchObject({ node: 'w01', unknown: null });
});

test('a pod of this cluster that cannot be found does not know where it runs', async () => {
  mount();
  expect(await self(withCa(ca), folder)).toMatchObject({
    ...{ node: null, unknown: `this process is a pod of this cluster, and no pod is named ${hostname()} in ci` },
  });
});

test('a pod without a service account does not know of which cluster it is', async () => {
  expect(await self(server.access, folder)).toMatchObject({
    unknown: `this process is a pod, and ${folder} does not say of which cluster`,
  });
});
