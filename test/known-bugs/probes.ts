import { type ControllerManager, createNodeHealth } from '../../src/backend/model/controllers/controller-manager.ts';
import { judgeNode } from '../../src/backend/model/controllers/health.ts';
import { createRateLimitedClient } from '../../src/backend/model/controllers/rate-limited-client.ts';
import { createProcess } from '../../src/backend/model/engine/process.ts';
import type { Tolerations } from '../../src/backend/model/engine/state.ts';
import { start } from '../../src/backend/model/engine/task.ts';
import { behaviourOf } from '../../src/backend/model/engine/versions.ts';
import {
  type AskedSettings,
  type ModelConfig,
  type ModelFault,
  type ModelVersion,
  settingsFor,
} from '../../src/backend/model/index.ts';
import { effectiveOfUserConfig, userConfigFindings } from '../../src/profile/index.ts';
import { cluster, fault, pauseOf, steady, us } from '../backend/model/support/clusters.ts';
import { createSimulation, type TraceNode } from '../backend/model/support/quiet-simulation.ts';
import { replay } from '../backend/model/support/replay.ts';
import {
  evictions,
  faultStart,
  firstNotReady,
  firstTaint,
  ofType,
  type Recorded,
  record,
} from '../backend/model/support/runs.ts';
import type { TraceEvent, TraceStep } from '../backend/model/support/traces.ts';
import type { Probe } from './probe.ts';
import { shutdownProbes } from './shutdown-probes.ts';
import { alive, happened, says } from './steps.ts';

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

const run = (
  version: ModelVersion,
  asked: AskedSettings,
  phases: ModelConfig['phases'],
  changes: Partial<ModelConfig> = {},
): Recorded => record(cluster(version, asked, { replicas: 2, phases, ...changes }));

const byTaints = (version: ModelVersion): boolean => behaviourOf(version).noExecuteTaints;

/** A short grace with a heartbeat that fits it, so that little virtual time is needed. */
const short: AskedSettings = { graceSeconds: 20, monitorPeriodSeconds: 5 };

const stop: ModelFault = { id: 'stop', kind: 'kubelet-stop', targets: ['worker'] };

const stopped = (version: ModelVersion, afterSeconds: number): Recorded =>
  run(version, {}, [steady(30), fault(5, stop), steady(afterSeconds)]);

const after = (seconds: number, recorded: Recorded) => {
  const fromMs = faultStart(recorded) + seconds * 1000;
  return <E extends { readonly atMs: number }>({ atMs }: E): boolean => atMs >= fromMs;
};

const podsNotReady = (recorded: Recorded): number =>
  ofType(recorded, 'pod')
    .filter(after(0, recorded))
    .filter(({ change, node }) => change === 'notReady' && node === 'worker').length;

/** One node that speaks as the steps say, and another that is well, under a grace of 10 s and passes every 5 s. */
const traced = (
  version: ModelVersion,
  events: readonly TraceStep[],
  {
    pod = null,
    well = 'node-1',
    endSeconds,
  }: { readonly pod?: Tolerations | null; readonly well?: string; readonly endSeconds: number },
): readonly TraceEvent[] => {
  const settings = settingsFor(version, { monitorPeriodSeconds: 5, graceSeconds: 10 });
  const node = (name: string): TraceNode => ({
    name,
    zone: '0',
    heartbeatUs: -us(1),
    transitionUs: -us(1),
    renewUs: -us(1),
    pods: pod === null ? [] : [{ name: `pod-of-${name}`, tolerations: pod }],
  });
  return replay(
    { version, settings, seed: 1 },
    {
      startUs: us(1),
      restarts: [],
      endUs: us(endSeconds),
      periodUs: settings.monitorPeriodUs,
      graceUs: settings.graceUs,
      passUs: 0,
      writeUs: 0,
      readUs: 0,
      answerUs: 0,
      watchUs: 0,
      jitterUs: 0,
      jitterSeed: 0,
      nodes: [node('node-0'), node(well)],
      events: [...alive(version, well, 0, endSeconds, 0), ...events],
    },
  );
};

/** Workers of a fresh cluster were NotReady together; then one falls silent. */
const lostTaint: Probe = (version) =>
  seeds(12).some((seed) => {
    const recorded = run(version, short, [steady(30), fault(60, pauseOf('worker'))], { seed, age: 'fresh' });
    return byTaints(version) && firstTaint(recorded, 'worker') === null;
  });

const stuckPods: Probe = (version) =>
  seeds(40).some((seed) => {
    const partition: ModelFault = { id: 'cut', kind: 'partition', targets: ['worker'], direction: 'both' };
    const recorded = run(version, {}, [steady(30), fault(70, partition), steady(120)], { seed });
    const last = ofType(recorded, 'pod').findLast(({ node }) => node === 'worker');
    const isReady = ofType(recorded, 'node.ready').findLast(({ node }) => node === 'worker')?.status === 'True';
    return isReady && last?.change === 'notReady';
  });

const lateTaint: Probe = (version) =>
  seeds(4).every((seed) => {
    const recorded = run(version, short, [steady(30), fault(60, pauseOf('worker'))], { seed });
    return (firstTaint(recorded, 'worker') ?? 0) - (firstNotReady(recorded, 'worker') ?? 0) > 4000;
  });

const idleTimeout: Probe = (version) => {
  const config = {
    controllerManagerArgs: { 'pod-eviction-timeout': '30s' },
    apiServerArgs: {},
    kubeletConfiguration: {},
    kubeletArgs: {},
  };
  const text = `v1.${version.minor}.${version.patch}`;
  if (userConfigFindings(config, text).some(({ weight }) => weight === 'fatal')) return false;
  const { eviction } = effectiveOfUserConfig(config, version);
  const asked: AskedSettings['eviction'] =
    eviction.kind === 'tolerations' ? eviction : { kind: eviction.kind, timeoutUs: eviction.timeoutMs * 1000 };
  const recorded = run(version, { ...short, eviction: asked }, [steady(30), fault(120, pauseOf('worker'))]);
  return evictions(recorded).length === 0;
};

const clockSetBack: Probe = (version) => {
  const steps = [...alive(version, 'node-0', 0, 30, 0), ...alive(version, 'node-0', 30, 80, 100)];
  return happened(traced(version, steps, { endSeconds: 80 }), 'condition', 'node-0', 'Unknown');
};

const deadBehindItsClock: Probe = (version) => {
  const steps = [...alive(version, 'node-0', 0, 30, 0), ...alive(version, 'node-0', 30, 60, 100)];
  return !happened(traced(version, steps, { endSeconds: 300 }), 'condition', 'node-0', 'Unknown');
};

const removedByHand: Probe = (version) => {
  const byHand: TraceStep = { atUs: us(60), name: 'node-0', kind: 'untainted' };
  const all = traced(version, [...alive(version, 'node-0', 0, 20, 0), byHand], { endSeconds: 100 });
  return happened(all, 'taint', 'node-0', 'NoExecute') && !happened(all, 'taint', 'node-0', 'NoExecute', 61);
};

/** Of two nodes the one named master is well: where it does not count, all that counts is down. */
const uncountedMaster: Probe = (version) => {
  if (!byTaints(version)) return null;
  const all = traced(version, alive(version, 'node-0', 0, 20, 0), { well: 'master', endSeconds: 80 });
  return !happened(all, 'taint', 'node-0', 'NoExecute');
};

/** A kubelet says False and then nothing: one taint is swapped for the other while a timer runs. */
const runningTimer: Probe = (version) => {
  // Where nobody but people taints, nothing here does.
  if (!byTaints(version)) return null;
  const pod: Tolerations = { 'not-ready': 60, unreachable: 'forever' };
  const all = traced(version, [...alive(version, 'node-0', 0, 20, 0), says('node-0', 20, 'False')], {
    pod,
    endSeconds: 120,
  });
  return happened(all, 'delete', 'pod-of-node-0');
};

/** A kubelet says False itself, and then nothing. */
const unmarkedWhenSilent: Probe = (version) => {
  const pod: Tolerations = { 'not-ready': 300, unreachable: 300 };
  const steps = [...alive(version, 'node-0', 0, 20, 0), says('node-0', 20, 'False')];
  const all = traced(version, steps, { pod, endSeconds: 80 });
  if (!happened(all, 'condition', 'node-0', 'Unknown')) throw new Error('a node that is not missed');
  return !happened(all, 'pod', 'pod-of-node-0', 'False');
};

const fixedRenewal: Probe = (version) => {
  const asked: AskedSettings = {
    statusUpdateSeconds: 5,
    statusUpdateBy: 'flag',
    leaseDurationSeconds: 20,
    monitorPeriodSeconds: 2,
    graceSeconds: 8,
  };
  return ofType(run(version, asked, [steady(120)]), 'node.ready').some(({ status }) => status !== 'True');
};

/** A pod is written between the reading of it and its marking, which is a conflict then. */
const unmarked: Probe = (version) => {
  const pod: Tolerations = { 'not-ready': 300, unreachable: 300 };
  const steps = alive(version, 'node-0', 0, 20, 0);
  const markedUs = traced(version, steps, { pod, endSeconds: 60 }).find(({ kind }) => kind === 'pod')?.atUs;
  if (markedUs === undefined) throw new Error('no pod was marked');
  const written: TraceStep = { atUs: markedUs + 1000, name: 'pod-of-node-0', kind: 'pod', ready: 'True' };
  return !happened(traced(version, [...steps, written], { pod, endSeconds: 60 }), 'pod', 'pod-of-node-0', 'False');
};

/** The controller manager ends a second after it began to mark many pods. */
const markingEnds: Probe = (version) => {
  const many = { replicas: 200 };
  const silent = run(version, short, [steady(30), fault(80, pauseOf('worker'))], many);
  const startUs = us(((firstNotReady(silent, 'worker') ?? 0) + 1000) / 1000);
  const kill: ModelFault = {
    id: 'kill',
    kind: 'controller-manager-kill',
    targets: ['control-plane'],
    occurrences: [{ id: 'kill', startUs, endUs: startUs + us(1) }],
  };
  const killed = run(version, short, [steady(30), fault(80, pauseOf('worker'), kill)], many);
  return podsNotReady(killed) < podsNotReady(silent);
};

/** The lease that the controller has cached is older than the grace; the one that is there is not. */
const staleLease: Probe = (version) => {
  if (behaviourOf(version).leases === 'none') return false;
  const settings = settingsFor(version, {});
  const first: TraceNode = { name: 'node-0', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] };
  const simulation = createSimulation({ version, settings, seed: 1 }, [first]);
  const [node] = simulation.nodes;
  const [watched] = createNodeHealth(simulation.nodes);
  if (node === undefined || watched === undefined) throw new Error('a simulation without nodes');
  const process = createProcess();
  const isAlive = (): boolean => true;
  const client = createRateLimitedClient(
    simulation.clock,
    simulation.api,
    { process, member: 0, link: null, lastFrameUs: 0 },
    isAlive,
    settings,
  );
  const manager = { process, alive: true, isAlive, watched: [watched], client } as unknown as ControllerManager;
  watched.snapshot = watched.object;
  watched.savedLeaseUs = watched.leaseUs;
  watched.savedLeaseRevision = watched.leaseRevision;
  node.lease.renewUs = us(60);
  node.lease.revision += 1;
  const judge = function* () {
    yield* judgeNode(simulation, manager, watched, true);
  };
  simulation.clock.at(us(61), () => start(judge(), isAlive), undefined);
  simulation.clock.at(us(62), simulation.clock.stop, undefined);
  while (simulation.clock.advance(1000));
  return node.object?.ready === 'Unknown';
};

/** With everything down nobody is to be evicted; a taint that stays evicts. */
const taintedAllDown: Probe = (version) =>
  seeds(30).some((seed) => {
    const all = fault(80, pauseOf('control-plane', 'worker', 'worker2'));
    const recorded = run(version, short, [steady(30), all], { seed, backgroundPods: { controlPlane: 20, worker: 20 } });
    const tainted = new Set<string>();
    for (const { node, effect, change } of ofType(recorded, 'node.taint')) {
      if (effect !== 'NoExecute') continue;
      if (change === 'added') tainted.add(node);
      else tainted.delete(node);
    }
    return tainted.size > 0;
  });

const noReport: Probe = (version) => {
  const recorded = stopped(version, 1200);
  return !ofType(recorded, 'node.statusPosted')
    .filter(after(5, recorded))
    .some(({ node }) => node === 'worker');
};

const inStep: Probe = (version) => {
  if (behaviourOf(version).leases === 'none') return false;
  const times = ofType(run(version, {}, [steady(200)]), 'lease.renewed')
    .filter(({ node }) => node === 'worker')
    .map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  return Math.max(...gaps) - Math.min(...gaps) < 50;
};

/** By the id of the bug. What is not here is not modelled, and says so in the table. */
export const probes: Readonly<Record<string, Probe>> = {
  'kubernetes#94183': lostTaint,
  'kubernetes#80968': stuckPods,
  'kubernetes#120815': lateTaint,
  'kubernetes#74651': idleTimeout,
  'kubernetes#122338': (version) => ofType(stopped(version, 30), 'node.ready').some(({ status }) => status === 'False'),
  'kubernetes#100277': (version) => podsNotReady(stopped(version, 30)) > 0,
  'kubernetes#113081': clockSetBack,
  'kubernetes#138698': deadBehindItsClock,
  'kubernetes#89012': removedByHand,
  'kubernetes#90794': runningTimer,
  'kubernetes#80172': fixedRenewal,
  'kubernetes#48681': unmarked,
  'kubernetes#135205': markingEnds,
  'kubernetes#85221': staleLease,
  'kubernetes#111385': taintedAllDown,
  'kubernetes#77981': uncountedMaster,
  'kubernetes#130001': noReport,
  'kubernetes#101652': inStep,
  'kubernetes#109998': unmarkedWhenSilent,
  ...shutdownProbes,
};
