import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentKinds } from '../../../src/agent/acts.ts';
import { kubeletState, makePlace, until } from '../support/harness.ts';
import { endOf, errorIn, passed, withoutRun } from '../support/said.ts';
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
  const { context, kubeconfig, server, named, node } = cluster;
  const toConfirm = `kubectl ${named} get namespace kube-system --output jsonpath={.metadata.uid}   (for --cluster-uid)`;
  const inTheWay = `TARGETS_REFUSED  ${context}: expected a cluster in which a fault may be made, found`;
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [
      [short, ...cluster.on()],
      64,
      `NODES_MISSING  --nodes: expected which nodes may be hit, by label or by name, found none.
Try: --nodes LABEL=VALUE or --nodes NAME; to only watch:  npm run skipbeat -- watch ${named}`,
    ],
    [
      [short, '--context', 'nobody', '--kubeconfig', kubeconfig, '--nodes', allowed],
      64,
      `CONTEXT_UNKNOWN  --context: expected one of ${context} (${kubeconfig}), received "nobody".
Try: KUBECONFIG=${kubeconfig} kubectl config get-contexts`,
    ],
    [
      [short, ...cluster.on('--nodes', allowed)],
      64,
      `CLUSTER_NOT_CONFIRMED  ${context} (${server}): expected --cluster-uid, or the cluster's name typed on a terminal, found neither.
Try: ${toConfirm}`,
    ],
    [
      [short, ...cluster.on('--nodes', allowed, '--cluster-uid', 'another')],
      64,
      `CLUSTER_NOT_CONFIRMED  --cluster-uid: expected the UID of kube-system in ${context} (${server}), received "another".
Try: ${toConfirm}`,
    ],
    [
      [short, ...sure(`kubernetes.io/hostname=${node('worker2')}`)],
      75,
      `${inTheWay} 2 things in the way:
  - expected 1 node that may be hit, found 0 of 1 with those labels
  - ${node('worker2')} is not named, and does not bear ${allowed}
Try: kubectl ${named} label node ${node('worker2')} ${allowed}   (where its owner agrees)`,
    ],
    [
      [short, ...sure(node('control-plane'))],
      75,
      `${inTheWay} this in the way:
  - ${node('control-plane')} is of the control plane: it bears node-role.kubernetes.io/control-plane
Try: kubectl ${named} get nodes --label-columns skipbeat.dev/faults`,
    ],
    [
      [short, ...sure(allowed), '--max-duration', '10s'],
      64,
      `SCENARIO_NOT_FOR_CONTEXT  kubelet-pause-15 cannot be run on a cluster of --context: kubelet-pause-1 stands for 15s, and --max-duration is 10s.
Try: run it on a cluster of its own: npm run scenario -- ${short} --backend kind`,
    ],
    [
      ['dead-node', ...sure(allowed)],
      64,
      `FAULT_NOT_FOR_CONTEXT  node-stop: expected one of ${agentKinds.join(', ')} on a cluster of --context, received node-stop, which takes the node's power, which takes the container engine or the machine under the node.
Try: run it on a cluster of its own: npm run scenario -- SCENARIO --backend kind`,
    ],
    [
      [short, '--nodes', allowed],
      64,
      'CONTEXT_OPTION_INVALID  --nodes: expected --context, too, found none.\nTry: --context NAME   (kubectl config get-contexts)',
    ],
  ];
  for (const [args, exitCode, said] of cases) {
    const ended = await cluster.start('run', ...args).child;
    expect([args.slice(1), ended.exitCode, errorIn(ended)]).toEqual([args.slice(1), exitCode, said]);
  }
  expect(await cluster.everything()).toEqual(before);
});

test('a run pauses one kubelet, proves it, and leaves nothing; another one that comes meanwhile is refused', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 15);
  const out = join(place.folder, 'paused');
  const run = cluster.start('run', scenario, ...cluster.on(...cluster.allowed), '--out', out);
  await run.shown('armed on worker');
  const second = await cluster.start('run', scenario, ...cluster.on(...cluster.allowed)).child;
  expect([second.exitCode, withoutRun(errorIn(second))]).toEqual([
    75,
    `TARGETS_REFUSED  ${cluster.context}: expected a cluster in which a fault may be made, found 2 things in the way:
  - expected no other run, found RUN, process ${run.child.pid} on ${hostname()}, which holds the cluster
  - expected nothing left to undo, found what RUN left
Try: wait until the run that holds the cluster has ended`,
  ]);
  const ended = await run.child;
  expect(endOf(ended), ended.all).toEqual(passed);
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
  // Its agent undoes it or its timer, whichever comes first.
  const said = withoutRun(cleaned.all).replace("its node's own timer had undone it", 'it stood no more');
  expect([cleaned.exitCode, said.replace(/act-[0-9a-f]{6}-/, 'act-…-')]).toEqual([
    0,
    `done    fault kubelet-pause on ${cluster.node('worker')} of RUN: it stood no more, verified on its node
done    agent act-…-kubelet-pause-1: deleted from ${cluster.node('worker')}
done    namespace skipbeat-agents: gone, and the hold with it`,
  ]);
  expect(await cluster.everything()).toEqual(before);
  expect(readFileSync(join(out, 'events.ndjson'), 'utf8')).toContain('fault.injecting');
});
