import { secondsText } from '../../common/duration.ts';
import { counted } from '../../common/text/counted.ts';
import type { StepKind } from '../../timeline/index.ts';
import { createBeforeLoad, type End } from './before-load.ts';
import type { ModelPhase } from './config.ts';
import { createProcess, type Process } from './engine/process.ts';
import { isRunning, type NodeState } from './engine/state.ts';
import { sleep, type Task } from './engine/task.ts';
import type { FaultTools } from './faults/active-fault.ts';
import { type ActiveEffect, type Acts, createActs, type Injected } from './faults/acts.ts';
import type { LoadClient } from './network/client.ts';
import type { Layout } from './nodes.ts';
import type { Observed } from './observer.ts';
import { createRecovery, type Recovery } from './recovery.ts';
import { createUntil, type Missing, type Until } from './until.ts';

export type ScriptTools = FaultTools & {
  readonly layout: Layout;
  readonly phases: readonly ModelPhase[];
  readonly observed: Observed;
  readonly client: LoadClient | null;
  /** The nodes that are asked by the client. */
  readonly entrances: readonly string[];
  /** What a cluster needs from its start to a steady state. */
  readonly startUpUs: number;
  readonly deploy: () => void;
  /** Whether new connections through each of them reach the workload. */
  readonly answers: () => boolean;
};

/** What the steps of one run share. */
type Script = {
  readonly tools: ScriptTools;
  /** Who waits between its steps. */
  readonly self: Process;
  readonly until: Until;
  readonly recovery: Recovery;
  readonly acts: Acts;
  readonly entrancesText: string;
};

/** Longest that the steps around the phases may take, as on a real cluster; in the model they are over long before. */
const budgetUs = { cluster: 420_000_000, workload: 180_000_000, undo: 120_000_000 } as const;

const plannedUs = (phase: ModelPhase): number => (phase.kind === 'recover' ? phase.withinUs : phase.durationUs);

const text = (us: number): string => secondsText(us / 1000);

// Each generator below is one for all runs: what `waitUntil` of until.ts says of those within a function holds for these, too.

function* step(
  { tools: { simulation } }: Script,
  name: string,
  kind: StepKind,
  lastsUs: number,
  work: Task<End>,
): Task<End> {
  const { clock, heartbeats, sink, flushLoad } = simulation;
  flushLoad();
  heartbeats.count();
  sink.event(clock.now(), { type: 'step.started', name, kind, budgetMs: lastsUs / 1000 });
  const end = yield* work;
  sink.event(clock.now(), { type: 'step.ended', name, kind, ...end });
  return end;
}

/** Who runs and who leads, of what the model has. It reads no process that it has not. */
const recordWhoRuns = ({ simulation, controlPlane }: ScriptTools, moment: 'start' | 'end'): void => {
  const { clock, nodes, sink } = simulation;
  const withNodeEvents = sink.withoutNodeEvents !== true;
  const emit = (component: 'kube-controller-manager' | 'kubelet', node: string, process: Process): void =>
    sink.event(clock.now(), {
      type: 'process.read',
      component,
      node,
      pid: process.generation + 1,
      startedMs: process.startedUs / 1000,
      clockMs: clock.now() / 1000,
      boot: 'model',
      moment,
    });
  for (const { node, process } of withNodeEvents ? controlPlane.running() : [])
    emit('kube-controller-manager', node, process);
  for (const node of withNodeEvents ? nodes : [])
    if (!node.hollow && isRunning(node)) emit('kubelet', node.name, node.kubelet);
  const held = controlPlane.lockHolder();
  if (held !== null) sink.event(clock.now(), { type: 'leader', component: 'kube-controller-manager', ...held, moment });
};

function* bringUp({ tools, self, until }: Script): Task<End> {
  const { simulation, observed, startUpUs } = tools;
  const { clock, config, nodes, sink } = simulation;
  const notReadyText = (): string => `${counted(nodes.length - observed.ready(), 'node')} NotReady`;
  const notReady = (): Missing | null => (observed.ready() === nodes.length ? null : notReadyText);
  const missing = yield* until(notReady, budgetUs.cluster);
  if (missing !== null) return { outcome: 'timedOut', detail: missing };
  yield* sleep(clock, self, startUpUs);
  const settings = config.expectedSettings;
  for (const setting of sink.withoutNodeEvents === true ? [] : settings) {
    for (const { name, role, hollow } of nodes) {
      if (hollow) continue;
      if (setting.component !== 'kubelet' && role === 'worker') continue;
      sink.event(clock.now(), {
        type: 'setting.read',
        node: name,
        ...setting,
        observed: setting.expected,
        same: true,
      });
    }
  }
  return {
    outcome: 'done',
    detail: `settings as configured, by the model (${settings.length} of ${settings.length})`,
  };
}

function* deployed({ tools, until, entrancesText }: Script): Task<End> {
  const { simulation, observed } = tools;
  const { replicas } = simulation.config;
  const fewEndpoints = (): string | null => {
    const { ready } = observed.endpoints();
    return ready >= replicas ? null : `${ready} of ${counted(replicas, 'endpoint')} ready`;
  };
  tools.deploy();
  const missing = (): string | null =>
    fewEndpoints() ?? (replicas === 0 || tools.answers() ? null : `${entrancesText} does not answer`);
  const left = yield* until(missing, budgetUs.workload);
  if (left !== null) return { outcome: 'timedOut', detail: left };
  return { outcome: 'done', detail: `${counted(replicas, 'endpoint')}, answering through ${entrancesText}` };
}

function* recover({ tools, until, recovery }: Script, withinUs: number): Task<End> {
  const { simulation, client } = tools;
  const { clock, config } = simulation;
  const missing = yield* until(recovery.follow(), withinUs);
  if (missing !== null) return { outcome: 'timedOut', detail: `not recovered within ${text(withinUs)}: ${missing}` };
  const failedUs = client?.lastFailedUs() ?? null;
  const since = failedUs === null ? 'no request failed' : `last failed request ${text(clock.now() - failedUs)} ago`;
  return { outcome: 'done', detail: `all nodes Ready, ${counted(config.replicas, 'endpoint')}; ${since}` };
}

function* disturb(
  { tools, self, acts }: Script,
  { inject: faults, durationUs }: ModelPhase & { kind: 'fault' },
): Task<End> {
  const { clock } = tools.simulation;
  const stands = faults.flatMap((fault): ActiveEffect[] =>
    (fault.occurrences ?? [{ id: fault.id, startUs: 0, endUs: durationUs }]).map((one) => ({ ...one, fault })),
  );
  // What ends at a moment is undone before anything begins at it, the latest first.
  const planned = [
    ...stands.map((stand) => ({ stand, atUs: stand.endUs, what: 'undo' as const })).toReversed(),
    ...stands.map((stand) => ({ stand, atUs: stand.startUs, what: 'inject' as const })),
  ].toSorted((one, other) => one.atUs - other.atUs);
  const zeroUs = clock.now();
  const active = new Map<ActiveEffect, Injected>();
  const proofs: boolean[] = [];
  for (const { stand, atUs, what } of planned) {
    if (clock.now() < zeroUs + atUs) yield* sleep(clock, self, zeroUs + atUs - clock.now());
    const injected = active.get(stand);
    if (what === 'inject') {
      const began = acts.inject(stand);
      active.set(stand, began);
      proofs.push(acts.attest(began, 'start'));
    } else if (injected !== undefined) {
      proofs.push(acts.attest(injected, 'end'));
      acts.undo(injected);
    }
  }
  if (clock.now() < zeroUs + durationUs) yield* sleep(clock, self, zeroUs + durationUs - clock.now());
  const names = faults.map(({ kind, targets }) => `${kind} on ${acts.namesText(targets)}`).join('; ');
  const proved = proofs.every(Boolean);
  return { outcome: 'done', detail: `${names}, ${proved ? 'as modelled' : 'not proved'}` };
}

function* phase(script: Script, one: ModelPhase): Task<End> {
  if (one.kind === 'recover') return yield* recover(script, one.withinUs);
  if (one.kind === 'fault') return yield* disturb(script, one);
  yield* sleep(script.tools.simulation.clock, script.self, one.durationUs);
  return { outcome: 'done', detail: '' };
}

// biome-ignore lint/correctness/useYield: nothing was made, so nothing has to be waited for
function* nothingToUndo(): Task<End> {
  return { outcome: 'done', detail: 'nothing was made' };
}

/**
 * The script of a run, step by step as on a real cluster: cluster, workload, the phases under load, undo.
 * @see src/backend/kind for the same over real time
 */
export function* runScript(tools: ScriptTools): Task {
  const { simulation, layout, observed, client } = tools;
  const { clock, config, heartbeats, nodes, sink } = simulation;
  const self = createProcess();
  const until = createUntil(clock, observed);
  const recovery = createRecovery({ simulation, layout, observed, client });
  const acts = createActs({ ...tools, recovery });
  const script: Script = { tools, self, until, recovery, acts, entrancesText: tools.entrances.join(', ') };

  yield* step(script, 'cluster', 'cluster', budgetUs.cluster, bringUp(script));
  yield* step(script, 'workload', 'workload', budgetUs.workload, deployed(script));
  const nodeNamed = (name: string): NodeState => nodes[layout.indexOf(name)] as NodeState;
  const before = createBeforeLoad({ simulation, observed, until, self, nodeNamed });
  if (before.isNeeded()) yield* step(script, 'leases', 'cluster', before.budgetUs(), before.ready());
  recordWhoRuns(tools, 'start');
  if (client !== null && config.load !== null) {
    heartbeats.count();
    sink.event(clock.now(), {
      type: 'load.started',
      target: `${script.entrancesText} (simulated)`,
      ratePerSecond: config.load.ratePerSecond,
    });
    client.begin();
  }
  for (const one of tools.phases) {
    const { outcome } = yield* step(script, one.name, one.kind, plannedUs(one), phase(script, one));
    // What came after it would begin on a cluster that is not whole.
    if (outcome === 'timedOut') break;
  }
  if (client !== null) sink.event(clock.now(), { type: 'load.ended', ...client.end() });
  recordWhoRuns(tools, 'end');
  yield* step(script, 'undo', 'undo', budgetUs.undo, nothingToUndo());
  clock.stop();
}
