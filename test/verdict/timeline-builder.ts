import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import type { EventBody, RequestOutcome, RequestRecord, TimelineEvent } from '../../src/timeline/index.ts';
import type { EventOf } from '../../src/timeline/of-type.ts';

/** A run as data: what a plan asked for, and what a cluster under it would have shown. */
export type Run = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly requests: readonly RequestRecord[];
};

/** The plan of a scenario of that name, but with whole seconds in its fault, by which every run here was timed. */
const planOf = (name: string): Plan => {
  const text = readFileSync(join(import.meta.dirname, '../../scenarios', `${name}.yaml`), 'utf8');
  const { scenario } = checkScenario(text.replace('fault: 24.3s', 'fault: 25s'), `${name}.yaml`);
  return makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
};

export const tightPlan = planOf('tight-grace');

export const defaultPlan = planOf('default');

/** Instants of every run built here; ms since its start. */
export const at = {
  cluster: 100,
  workload: 19_900,
  steady: 24_500,
  fault: 54_500,
  injected: 54_700,
  undoing: 79_300,
  recover: 79_500,
  loadEnded: 91_890,
  undo: 91_900,
  ended: 92_200,
} as const;

const nodes = ['control-plane', 'worker', 'worker2'] as const;
const started = Date.parse('2026-11-24T08:03:11.000Z');
export const stamp = (atMs: number): string => new Date(started + atMs).toISOString();

/** One event; its place in the array says nothing, its time does. */
export const event = (atMs: number, body: EventBody): TimelineEvent => ({ atMs, ...body });

export const ready = (atMs: number, node: string, status: 'True' | 'False' | 'Unknown'): TimelineEvent =>
  event(atMs, {
    type: 'node.ready',
    node,
    status,
    reason: status === 'True' ? 'KubeletReady' : 'NodeStatusUnknown',
    lastTransitionTime: stamp(atMs),
    resourceVersion: String(Math.round(atMs)),
  });

/** Steps end 1 ms before the next one starts; nothing is due in between. */
const steps = (): TimelineEvent[] => {
  const step = (
    name: 'cluster' | 'workload' | 'steady' | 'fault' | 'recover' | 'undo',
    from: number,
    to: number,
    budgetMs: number,
    detail: string,
  ) => [
    event(from, { type: 'step.started', name, kind: name, budgetMs }),
    event(to - 1, { type: 'step.ended', name, kind: name, outcome: 'done', detail }),
  ];
  return [
    ...step('cluster', at.cluster, at.workload, 300_000, 'settings read back as configured (7 of 7)'),
    ...step('workload', at.workload, at.steady, 120_000, '2 endpoints, answering through every node'),
    ...step('steady', at.steady, at.fault, 30_000, ''),
    ...step('fault', at.fault, at.recover, 25_000, 'kubelet-pause on worker and worker2, proved'),
    ...step('recover', at.recover, at.undo, 90_000, 'all Ready'),
    ...step('undo', at.undo, at.ended, 60_000, 'nothing left behind'),
  ];
};

const frame = (plan: Plan): TimelineEvent[] => [
  event(0, {
    type: 'run.started',
    scenario: plan.scenario,
    backend: 'kind',
    predicted: false,
    startedAt: stamp(0),
  }),
  event(at.workload - 0.5, {
    type: 'run.place',
    target: 'kind v0.30.0, Kubernetes v1.34.4, 1 control plane + 2 workers',
    versions: { kind: 'v0.30.0', kubernetes: 'v1.34.4', docker: '28.5.1' },
  }),
  event(at.steady - 0.5, { type: 'load.started', target: 'control-plane 172.18.0.4:30080', ratePerSecond: 50 }),
  event(at.loadEnded, { type: 'load.ended', offered: 3370 }),
  event(at.ended, { type: 'run.ended', outcome: 'completed', reason: null }),
];

const settings = (plan: Plan): TimelineEvent[] =>
  plan.profile.expectedSettings.flatMap((setting, index) =>
    (setting.component === 'kubelet' ? nodes : ['control-plane']).map((node) =>
      event(19_700 + index, { type: 'setting.read', node, ...setting, observed: setting.expected, same: true }),
    ),
  );

/** What started at `startedMs` of the run's clock; the nodes' own began a million ms before it. */
export const processRead = (
  moment: 'start' | 'end',
  node: string,
  component: EventOf<'process.read'>['component'],
  { pid = 600, startedMs = -5000 }: { readonly pid?: number; readonly startedMs?: number } = {},
): TimelineEvent => {
  const atMs = moment === 'start' ? at.workload + 100 : at.loadEnded + 2;
  const bootMs = 1_000_000;
  const times = { startedMs: startedMs + bootMs, clockMs: atMs + bootMs };
  return event(atMs, { type: 'process.read', component, node, pid, ...times, boot: 'b', moment });
};

export const leads = (
  atMs: number,
  component: EventOf<'leader'>['component'],
  transitions: number,
  moment?: 'start' | 'end',
): TimelineEvent =>
  event(atMs, {
    type: 'leader',
    component,
    holder: `skipbeat-x-control-plane_${transitions}`,
    node: 'control-plane',
    transitions,
    ...(moment === undefined ? {} : { moment }),
  });

/** Every process and leader as it was before the load began, and still was when it had ended. */
const processes = (): TimelineEvent[] =>
  (['start', 'end'] as const).flatMap((moment) => [
    ...nodes.flatMap((node) =>
      [
        ...(node === 'control-plane'
          ? (['kube-apiserver', 'etcd', 'kube-controller-manager', 'kube-scheduler'] as const)
          : []),
        ...(['kubelet', 'containerd', 'kube-proxy'] as const),
      ].map((component) => processRead(moment, node, component)),
    ),
    ...(['kube-controller-manager', 'kube-scheduler'] as const).map((component) =>
      leads(moment === 'start' ? at.workload + 100 : at.loadEnded + 2, component, 0, moment),
    ),
  ]);

const bringUp = (): TimelineEvent[] => [
  ...nodes.map((node, index) => ready(9000 + index * 100, node, 'False')),
  ...nodes.map((node, index) => ready(17_000 + index * 500, node, 'True')),
  event(20_000, { type: 'endpoints', ready: 0, notReady: 2, terminating: 0 }),
  event(24_000, { type: 'endpoints', ready: 2, notReady: 0, terminating: 0 }),
  ...['web-1', 'web-2'].map((pod, index) =>
    event(20_100 + index, {
      type: 'pod',
      pod,
      uid: `uid-${index}`,
      node: index === 0 ? 'worker' : 'worker2',
      change: 'seen',
      evicted: false,
      deletionTimestamp: null,
    }),
  ),
];

const paused = (node: string, atMs: number): boolean =>
  node !== 'control-plane' && atMs > at.injected && atMs < at.undoing;

const heartbeats = (): TimelineEvent[] =>
  nodes.flatMap((node, index) =>
    Array.from({ length: 8 }, (_, beat) => 16_300 + index * 900 + beat * 10_200)
      .filter((atMs) => !paused(node, atMs))
      .map((atMs) => event(atMs, { type: 'lease.renewed', node, renewTime: stamp(atMs - 5) })),
  );

const fault = (): TimelineEvent[] => {
  const id = 'kubelet-pause-1';
  const proof = (moment: 'start' | 'end', atMs: number) =>
    ['worker', 'worker2'].map((node) =>
      event(atMs, {
        type: 'fault.attested',
        fault: id,
        node,
        moment,
        state: 'present',
        evidence: 'kubelet 271 state T',
      }),
    );
  return [
    event(at.fault, { type: 'fault.injecting', fault: id, kind: 'kubelet-pause', targets: ['worker', 'worker2'] }),
    event(at.injected, { type: 'fault.injected', fault: id }),
    ...proof('start', at.injected + 60),
    ...proof('end', at.undoing - 60),
    event(at.undoing, { type: 'fault.undoing', fault: id }),
    event(at.undoing + 150, { type: 'fault.undone', fault: id, undone: true, evidence: 'kubelet 271 state S' }),
  ];
};

const harm = (): TimelineEvent[] => [
  ready(at.fault + 2700, 'worker', 'Unknown'),
  ready(at.fault + 7700, 'worker2', 'Unknown'),
  event(at.fault + 7740, { type: 'endpoints', ready: 0, notReady: 2, terminating: 0 }),
  event(at.fault + 12_800, {
    type: 'pod',
    pod: 'web-1',
    uid: 'uid-0',
    node: 'worker',
    change: 'deleting',
    evicted: true,
    deletionTimestamp: stamp(at.fault + 12_800),
  }),
  event(at.fault + 36_100, { type: 'endpoints', ready: 2, notReady: 0, terminating: 0 }),
  ready(at.fault + 35_000, 'worker', 'True'),
  ready(at.fault + 36_200, 'worker2', 'True'),
];

/** 50 a second from `at.steady` on; refused while `refusedWhile` says so. Answers take 1 to 2.4 ms. */
export const load = (refusedWhile: (dueMs: number) => boolean = () => false): RequestRecord[] =>
  Array.from({ length: 3370 }, (_, seq) => {
    const dueMs = at.steady + seq * 20;
    const outcome: RequestOutcome = refusedWhile(dueMs) ? 'refused' : 'ok';
    return {
      seq,
      connection: 'fresh',
      dueMs,
      sentMs: dueMs + 0.1,
      endedMs: dueMs + 1 + (seq % 15) / 10,
      outcome,
      status: outcome === 'ok' ? 200 : null,
      code: outcome === 'ok' ? null : 'ECONNREFUSED',
    };
  });

/** Puts events where their time says, as a recorder would have written them. */
export const inOrder = (events: readonly TimelineEvent[]): TimelineEvent[] =>
  events.toSorted((a, b) => a.atMs - b.atMs);

/** Both workers are paused for 25 s: both go NotReady, the Service loses its endpoints, a pod is evicted, all recovers. */
export const tightRun = (extra: readonly TimelineEvent[] = []): Run => ({
  plan: tightPlan,
  events: inOrder([
    ...frame(tightPlan),
    ...steps(),
    ...settings(tightPlan),
    ...processes(),
    ...bringUp(),
    ...heartbeats(),
    ...fault(),
    ...harm(),
    ...extra,
  ]),
  requests: load((dueMs) => dueMs >= at.fault + 8000 && dueMs < at.fault + 37_400),
});

/** The same pause under a grace of 50 s: nobody notices. */
export const defaultRun = (extra: readonly TimelineEvent[] = []): Run => ({
  plan: defaultPlan,
  events: inOrder([
    ...frame(defaultPlan),
    ...steps(),
    ...settings(defaultPlan),
    ...processes(),
    ...bringUp(),
    ...heartbeats(),
    ...fault(),
    ...extra,
  ]),
  requests: load(),
});

/** The same run with some events changed (or, for null, left out). */
export const changed = (run: Run, change: (event: TimelineEvent) => TimelineEvent | null): Run => ({
  ...run,
  events: run.events.map(change).filter((kept) => kept !== null),
});
