import { afterEach, beforeEach, expect, test } from 'vitest';
import { bringLoad, type LoadEnds } from '../../../src/backend/cluster/load/workload.ts';
import { workloadNamespace } from '../../../src/cluster/index.ts';
import {
  admissionPod,
  agentNamespace,
  entryName,
  holdCluster,
  openClusterJournal,
  ownLabels,
  runLabel,
} from '../../../src/guard/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { type StandIn, startStandIn } from '../../guard/api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const place = `/api/v1/namespaces/${workloadNamespace}`;
const entryPath = `/api/v1/namespaces/${agentNamespace}/configmaps/${entryName('run-1', 'workload')}`;
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases/skipbeat`;

beforeEach(async () => {
  server = await startStandIn();
});
afterEach(() => server.close());

/** A run whose first object is refused, so that it has an entry and a namespace, and is about to take them away. */
const brought = async (): Promise<LoadEnds> => {
  const hold = await holdCluster(server.access, { run: 'run-1', pod: admissionPod('agent'), signal });
  const plan = makePlan(loadScenario('kubelet-pause-one').scenario, { kubernetesVersion: 'v1.34.4' });
  const load = {
    image: 'node:24',
    workloadImage: 'agnhost:2',
    generators: [{ pod: 'load', node: 'w01', entrance: 'worker2' }],
    workloadNodes: ['w01'],
    service: null,
    form: {},
  };
  const options = { access: server.access, run: 'run-1', nodeOf: new Map(), load };
  const run = { plan, options, hold, signal, journal: openClusterJournal(server.access, 'run-1') };
  let ends: LoadEnds | null = null;
  server.intercept((method, path) =>
    method === 'POST' && path === `${place}/pods` ? [403, { message: 'refused' }] : null,
  );
  const bringing = bringLoad(run as never, {} as never, load, (each) => {
    ends = each;
  });
  await expect(bringing).rejects.toMatchObject({ code: 'WORKLOAD_NOT_ADMITTED' });
  if (ends === null) throw new Error('nothing takes it away');
  return ends;
};

test('a run that holds the cluster takes its workload away, then its entry', async () => {
  const { remove } = await brought();
  server.put(`${place}/pods/load`, { metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } } });
  expect(server.objects.has(entryPath)).toBe(true);
  expect(await remove()).toBeNull();
  expect([place, `${place}/pods/load`, entryPath].filter((path) => server.objects.has(path))).toEqual([]);
});

test('a run whose cluster somebody took over deletes nothing, and says so', async () => {
  const { remove } = await brought();
  server.put(`${place}/pods/load`, { metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } } });
  server.put(leasePath, { spec: { holderIdentity: 'run-2' } });
  const before = server.written.length;
  await expect(remove()).rejects.toMatchObject({ code: 'HOLD_LOST', exitCode: 75 });
  expect(server.written.slice(before)).toEqual([]);
});

test('the entry stays while an object is there whose label somebody took away', async () => {
  const { remove } = await brought();
  server.put(`${place}/pods/load`, { metadata: { labels: { [runLabel]: 'run-1' } } });
  expect(await remove()).toBe(
    'Pod load in skipbeat stays: somebody has taken the label app.kubernetes.io/managed-by=skipbeat away',
  );
  expect(server.objects.has(entryPath)).toBe(true);
});
