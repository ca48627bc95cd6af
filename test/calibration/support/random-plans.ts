import { assumedVersion } from '../../../src/common/kubernetes/version-range.ts';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { exactVersion, findProfile, type Profile, profileNames } from '../../../src/profile/index.ts';
import {
  type FaultKind,
  type FaultOptions,
  faultTraits,
  loadScenario,
  type Scenario,
  type ScenarioFault,
} from '../../../src/scenario/index.ts';
import { drawsOf, type Random } from './draws.ts';

const delays = [0, 200, 3000, 9000, 15_000, 60_000];
const losses = [0, 1, 30, 60, 100];
const ways = ['to', 'from', 'both'] as const;

/** Options of every kind of fault, from harmless to total. */
const options: { readonly [K in FaultKind]: (random: Random) => FaultOptions[K] } = {
  'kubelet-pause': () => ({}),
  'kubelet-stop': () => ({}),
  'node-pause': () => ({}),
  'node-stop': () => ({}),
  netem: ({ among }) => ({
    delay: { delayMs: among(delays), jitterMs: 0, correlationPercent: 0, distribution: null, reorder: null },
    loss: { percent: among(losses), correlationPercent: 0 },
    duplicate: null,
    corrupt: null,
    rateBitsPerSecond: null,
    slot: null,
    direction: among(ways),
    peer: among(['all', 'api-server']),
    rampSteps: among([1, 4]),
  }),
  latency: ({ among }) => ({
    delayMs: among(delays),
    jitterMs: among([0, 100]),
    rampSteps: among([1, 4]),
    lossPercent: among(losses),
    direction: among(ways),
  }),
  partition: ({ among }) => ({
    direction: among(ways),
    by: among(['drop', 'reject']),
    traffic: among(['control', 'all']),
  }),
  'apiserver-pause': () => ({}),
  'etcd-pause': () => ({}),
  'controller-manager-pause': () => ({}),
  'controller-manager-kill': () => ({}),
  'apiserver-latency': ({ among }) => ({ delayMs: among(delays), jitterMs: 0, rampSteps: among([1, 3]) }),
  'etcd-latency': ({ among }) => ({ delayMs: among(delays), jitterMs: 0, rampSteps: among([1, 3]) }),
  'etcd-disk-latency': ({ among }) => ({ delayMs: among([100, 2000]) }),
  'cpu-pressure': ({ among }) => ({ loops: among([null, 256]) }),
  'taints-removed': () => ({}),
  'out-of-service': () => ({}),
  'controller-manager-watch-lost': () => ({}),
  'clock-jump': ({ among }) => ({ byMs: among([1000, 15_000, 40_000, 100_000]), way: among(['back', 'forward']) }),
  'node-shutdown': () => ({}),
};

export const everyKind = Object.keys(options) as readonly FaultKind[];

const onlyControlPlanes: ReadonlySet<FaultKind> = new Set(
  everyKind.filter((kind) => /^(apiserver|etcd|controller-manager|cpu)-/.test(kind)),
);

const onlyWorkers: ReadonlySet<FaultKind> = new Set(
  everyKind.filter((kind) => faultTraits(kind).workersAlone !== null),
);

const graceMs = ({ nodeMonitorGracePeriodMs }: Profile): number => nodeMonitorGracePeriodMs ?? 40_000;

const profileOf = ({ among, integer }: Random): Profile => {
  const named = findProfile(among(profileNames));
  // A profile of one's own half of the time; slow as it is would take the simulation minutes of virtual time for nothing new.
  if (named !== null && named.name !== 'slow' && among([true, false])) return named;
  const periodMs = among([1000, 2000, 5000, 10_000]);
  return {
    name: 'own',
    nodeStatusUpdateFrequencyMs: among([null, 2000, 4000, 10_000]),
    nodeMonitorPeriodMs: periodMs,
    nodeMonitorGracePeriodMs: integer(2, 14) * 4000,
    evictionAfterMs: among([null, 0, 1000, 5000, 30_000]),
    evictionBy: null,
  };
};

/** A grace no longer than a heartbeat's interval may be, which whole periods alone make long enough, and nodes full of pods. */
const briefOf = ({ among, integer }: Random): Pick<Scenario, 'profile' | 'reading'> & { podsPerNode: number } => ({
  profile: {
    name: 'brief',
    nodeStatusUpdateFrequencyMs: among([null, 10_000, 15_000, 20_000]),
    nodeMonitorPeriodMs: integer(2, 9) * 1000,
    nodeMonitorGracePeriodMs: integer(6, 20) * 1000,
    evictionAfterMs: among([null, 0, 30_000]),
    evictionBy: null,
  },
  reading: among(['literal', 'equivalent']),
  podsPerNode: among([0, 30, 60]),
});

const roleOf = ({ among }: Random, kind: FaultKind, { workers }: Scenario['cluster']): 'worker' | 'control-plane' => {
  if (onlyControlPlanes.has(kind) || workers === 0) return 'control-plane';
  return onlyWorkers.has(kind) ? 'worker' : among(['worker', 'worker', 'control-plane']);
};

const faultOf = (random: Random, asked: FaultKind, phaseMs: number, scenario: Scenario['cluster']): ScenarioFault => {
  const { among, integer } = random;
  const kind = onlyWorkers.has(asked) && scenario.workers === 0 ? 'kubelet-pause' : asked;
  const role = roleOf(random, kind, scenario);
  const max = role === 'worker' ? scenario.workers : scenario.controlPlanes;
  const whenever = among([true, false, false]);
  const afterMs = whenever ? integer(0, Math.floor(phaseMs / 3)) : 0;
  const drawnMs = whenever ? integer(1, phaseMs - afterMs) : null;
  // What has no length is over when its undo has seen to it, for which the model does not wait.
  const lastsMs = faultTraits(kind).lasts ? drawnMs : null;
  return {
    kind,
    ...options[kind](random),
    target: { role, count: integer(1, max) },
    timing: { afterMs, lastsMs, everyMs: null, times: 1 },
  } as ScenarioFault;
};

/** The same with such a profile; to v1.15 not every one can be read as its equivalent. */
const withBrief = (random: Random, scenario: Scenario): Scenario => {
  const { podsPerNode, profile, reading } = briefOf(random);
  const { kubernetes } = scenario.cluster;
  const isOld = exactVersion(kubernetes).minor < 16;
  return {
    ...scenario,
    ...{ profile, reading: isOld ? 'literal' : reading },
    cluster: { ...scenario.cluster, podsPerNode },
  };
};

const minors = [11, 13, 14, 16, 19, 20, 22, 25, 27, 29, 30, 31, 33, 34, 35, 36, 37];

/** What a kubelet does of a shutdown counts where there is one, from v1.21 on. */
const withShutdown = ({ among }: Random, scenario: Scenario): Scenario => {
  const isAsked = scenario.phases.some(
    (phase) => phase.kind === 'fault' && phase.inject.some(({ kind }) => kind === 'node-shutdown'),
  );
  if (!isAsked || exactVersion(scenario.cluster.kubernetes).minor < 21) return scenario;
  const shutdown = among([
    null,
    { gracePeriodMs: 30_000, criticalPodsMs: 10_000 },
    { gracePeriodMs: 5000, criticalPodsMs: 0 },
    { gracePeriodMs: 1000, criticalPodsMs: 1000 },
  ]);
  return shutdown === null ? scenario : { ...scenario, profile: { ...scenario.profile, shutdown } };
};

/** Kinds after which kubelets start anew. */
export const startingKinds: readonly FaultKind[] = everyKind.filter(
  (kind) => faultTraits(kind).kubeletEnds === 'start',
);

/**
 * The same with one fault alone that makes kubelets start anew, shorter than the grace: then all that follows is what those say
 * of their own nodes, to v1.30, however long they take to start.
 */
const withBriefStart = (seed: number, kind: FaultKind, scenario: Scenario): Scenario => {
  const { among, integer } = drawsOf(seed * 31 + 7);
  const workers = Math.max(1, scenario.cluster.workers);
  const kubernetes = assumedVersion(`v1.${among(minors.filter((minor) => minor <= 30))}`);
  const durationMs = integer(1000, 30_000);
  return {
    ...scenario,
    profile: {
      name: 'longer-than-the-fault',
      nodeStatusUpdateFrequencyMs: among([null, 2000, 4000, 10_000]),
      nodeMonitorPeriodMs: among([1000, 2000, 5000, 10_000]),
      nodeMonitorGracePeriodMs: durationMs + integer(15, 150) * 1000,
      evictionAfterMs: among([null, 0, 1000, 5000]),
      evictionBy: null,
    },
    reading: 'literal',
    cluster: { ...scenario.cluster, kubernetes, workers },
    phases: [
      { kind: 'steady', durationMs: integer(0, 30_000) },
      {
        kind: 'fault',
        durationMs,
        inject: [
          {
            kind,
            target: { role: 'worker', count: integer(1, workers) },
            timing: { afterMs: among([0, 0, Math.floor(durationMs / 3)]), lastsMs: null, everyMs: null, times: 1 },
          } as ScenarioFault,
        ],
      },
      { kind: 'recover', withinMs: 90_000 },
    ],
  };
};

const scenarioOf = (seed: number, kind: FaultKind): Scenario => {
  const random = drawsOf(seed);
  const { among, integer } = random;
  const profile = profileOf(random);
  const kubernetes = assumedVersion(`v1.${among(minors)}`);
  const base = loadScenario('default').scenario;
  const single = among([true, true, false]);
  const cluster: Scenario['cluster'] = {
    ...base.cluster,
    topology: single ? 'single' : 'ha',
    kubernetes,
    controlPlanes: single ? 1 : 3,
    workers: integer(single ? 1 : 0, 3),
  };
  const maxMs = Math.min(150_000, 2 * graceMs(profile) + 20_000);
  const faultPhase = (first: FaultKind): Scenario['phases'][number] => {
    const durationMs = integer(1000, among([maxMs, maxMs / 4]));
    const kinds = among([true, true, true, false]) ? [first] : [first, among(everyKind)];
    return { kind: 'fault', durationMs, inject: kinds.map((one) => faultOf(random, one, durationMs, cluster)) };
  };
  const recover: Scenario['phases'][number] = { kind: 'recover', withinMs: 90_000 };
  const again = among([true, false, false, false, false]) ? [faultPhase(among(everyKind)), recover] : [];
  const drawn: Scenario = {
    ...base,
    name: `random-${seed}`,
    profile,
    reading: 'literal',
    cluster,
    workload: { replicas: integer(1, 4) },
    load: { ratePerSecond: 5, connection: among(['fresh', 'fresh', 'keep-alive']), timeoutMs: 1000 },
    phases: [
      { kind: 'steady', durationMs: integer(0, 30_000) },
      faultPhase(kind),
      ...(among([true, true, false]) ? [recover] : []),
      ...again,
    ],
    expect: [],
    seed,
  };
  return withShutdown(random, among([true, false, false]) ? withBrief(random, drawn) : drawn);
};

const planOf = (scenario: Scenario): Plan => makePlan(scenario, { kubernetesVersion: scenario.cluster.kubernetes });

/**
 * A plan drawn at random: any version, profile, size, load and length, one or two phases of one or two faults. The first
 * fault is of the kind that is asked for.
 * @param seed the same seed gives the same plan
 */
export const randomPlan = (seed: number, kind: FaultKind): Plan => planOf(scenarioOf(seed, kind));

/** One with a single fault of one of `startingKinds`, shorter than its grace, to v1.30. @param seed as of `randomPlan` */
export const briefStartPlan = (seed: number, kind: FaultKind): Plan =>
  planOf(withBriefStart(seed, kind, scenarioOf(seed, kind)));
