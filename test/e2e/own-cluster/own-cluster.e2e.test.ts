import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeletState, makePlace, until } from '../support/harness.ts';
import { documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;
let before: readonly string[];

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'own');
  before = await cluster.everything();
});
afterAll(async () => {
  await cluster?.remove();
  place.remove();
});

/** With --nodes and proof of the cluster. */
const sure = (...nodes: readonly string[]): readonly string[] =>
  cluster.on('--cluster-uid', cluster.uid, '--nodes', ...nodes);

const allowed = 'skipbeat.dev/faults=allowed';

test('what is not to be done is refused before anything is written', async () => {
  const short = oneFault(place, 'kubelet-pause', 15);
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [[short, ...cluster.on()], 64, 'NODES_MISSING'],
    [[short, '--context', 'nobody', '--kubeconfig', cluster.kubeconfig, '--nodes', allowed], 64, 'CONTEXT_UNKNOWN'],
    [[short, ...cluster.on('--nodes', allowed)], 64, 'CLUSTER_NOT_CONFIRMED'],
    [[short, ...cluster.on('--nodes', allowed, '--cluster-uid', 'another')], 64, 'CLUSTER_NOT_CONFIRMED'],
    [[short, ...sure(`kubernetes.io/hostname=${cluster.node('worker2')}`)], 75, 'TARGETS_REFUSED'],
    [[short, ...sure(cluster.node('control-plane'))], 75, 'TARGETS_REFUSED'],
    [[short, ...sure(allowed), '--max-duration', '10s'], 64, 'SCENARIO_NOT_FOR_CONTEXT'],
    [['dead-node', ...sure(allowed)], 64, 'FAULT_NOT_FOR_CONTEXT'],
    [[short, '--nodes', allowed], 64, 'CONTEXT_OPTION_INVALID'],
  ];
  for (const [args, exitCode, code] of cases) {
    const ended = await cluster.start('run', ...args).child;
    expect([args.slice(1), ended.exitCode, ended.stderr]).toEqual([
      args.slice(1),
      exitCode,
      expect.stringContaining(code),
    ]);
  }
  expect(await cluster.everything()).toEqual(before);
});

test('a run pauses one kubelet, proves it, and leaves nothing; another one that comes meanwhile is refused', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 15);
  const out = join(place.folder, 'paused');
  const run = cluster.start('run', scenario, ...cluster.on(...cluster.allowed), '--out', out);
  await run.shown('armed on worker');
  const second = await cluster.start('run', scenario, ...cluster.on(...cluster.allowed)).child;
  expect([second.exitCode, second.stderr]).toEqual([75, expect.stringMatching(/kubelet-pause-15/)]);
  const { exitCode, all } = await run.child;
  expect([exitCode, all]).toEqual([0, expect.stringContaining('PASS')]);
  const document = documentOf(out);
  expect(document).toMatchObject({
    backend: 'cluster',
    verdict: 'pass',
    settings: { attested: true, differences: [] },
    faults: [{ kind: 'kubelet-pause', targets: ['worker'], attested: true, undone: true, askedMs: 15_000 }],
    nodes: { notReadyTransitions: 0 },
    requests: { offered: 0, ok: null, refused: null },
    pods: { evicted: null },
    conditions: { cluster: { nodes: 3, kubeProxyMode: 'iptables', networkReadOn: ['worker'], unknown: [] } },
  });
  expect(Math.abs(document.faults[0].heldMs.worker - 15_000)).toBeLessThanOrEqual(500);
  expect(await cluster.everything()).toEqual(before);
});

test('where the harness is killed in the fault, the node undoes by itself, and cleanup leaves nothing', async () => {
  const out = join(place.folder, 'killed');
  const run = cluster.start(
    'run',
    oneFault(place, 'kubelet-pause', 20),
    ...cluster.on(...cluster.allowed),
    '--out',
    out,
  );
  await run.shown('armed on worker');
  await until(
    'the kubelet to stand still',
    async () => (await kubeletState(cluster.node('worker'))).startsWith('T'),
    30_000,
  );
  run.child.kill('SIGKILL');
  await run.child;
  await until(
    'the kubelet to go on',
    async () => !(await kubeletState(cluster.node('worker'))).startsWith('T'),
    60_000,
  );
  const cleaned = await cluster.start('cleanup', ...cluster.on(), ...cluster.agent).child;
  expect([cleaned.exitCode, cleaned.all]).toEqual([0, expect.stringContaining('verified on its node')]);
  expect(await cluster.everything()).toEqual(before);
  expect(readFileSync(join(out, 'events.ndjson'), 'utf8')).toContain('fault.injecting');
});
