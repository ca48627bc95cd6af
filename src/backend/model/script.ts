import { secondsText } from '../../common/duration.ts';
import { nodesText } from '../../plan/index.ts';
import type { NodeClocks, StepKind } from '../../timeline/index.ts';
import { createBeforeLoad, type End } from './before-load.ts';
import type { ModelPhase } from './config.ts';
import { createProcess, type Process } from './engine/process.ts';
import { isRunning, type NodeState } from './engine/state.ts';
import { sleep, type Task } from './engine/task.ts';
import type { ActiveFault, FaultTools } from './faults/active-fault.ts';
import { type ModelFault, type ModelOccurrence, makeFault, undoFault } from './faults/kinds.ts';
import type { LoadClient } from './network/client.ts';
import type { Layout } from './nodes.ts';
import type { Observed } from './observer.ts';
import { createRecovery } from './recovery.ts';
import { createUntil, type Missing } from './until.ts';

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

/** Longest that the steps around the phases may take, as on a real cluster; in the model they are over long before. */
const budgetUs = { cluster: 420_000_000, workload: 180_000_000, undo: 120_000_000 } as const;

const plannedUs = (phase: ModelPhase): number => (phase.kind === 'recover' ? phase.withinUs : phase.durationUs);

const text = (us: number): string => secondsText(us / 1000);

/**
 * The script of a run, step by step as on a real cluster: cluster, workload, the phases under load, undo.
 * @see src/backend/kind for the same over real time
 */
export function* runScript(tools: ScriptTools): Task {
  const { simulation, layout, observed, client, controlPlane } = tools;
  const entrances = tools.entrances.join(', ');
  const { clock, config, heartbeats, nodes, sink, flushLoad } = simulation;
  const self = createProcess();
  const withNodeEvents = sink.withoutNodeEvents !== true;
  /** Who gets no event of a single node reads no thousands of names. */
  const namesText = (names: readonly string[]): string => (withNodeEvents ? nodesText(names) : `${names.length} nodes`);

  function* step(name: string, kind: StepKind, lastsUs: number, work: () => Task<End>): Task<End> {
    flushLoad();
    heartbeats.count();
    sink.event(clock.now(), { type: 'step.started', name, kind, budgetMs: lastsUs / 1000 });
    const end = yield* work();
    sink.event(clock.now(), { type: 'step.ended', name, kind, ...end });
    return end;
  }

  const until = createUntil(clock, observed);

  const notReadyText = (): string => `${nodes.length - observed.ready()} nodes NotReady`;
  const notReady = (): Missing | null => (observed.ready() === nodes.length ? null : notReadyText);

  /** Who runs and who leads, of what the model has. It reads no process that it has not. */
  const recordWhoRuns = (moment: 'start' | 'end'): void => {
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
    if (held !== null)
      sink.event(clock.now(), { type: 'leader', component: 'kube-controller-manager', ...held, moment });
  };

  function* bringUp(): Task<End> {
    const missing = yield* until(notReady, budgetUs.cluster);
    if (missing !== null) return { outcome: 'timedOut', detail: missing };
    yield* sleep(clock, self, tools.startUpUs);
    const settings = config.expectedSettings;
    for (const setting of withNodeEvents ? settings : []) {
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

  const fewEndpoints = (): string | null => {
    const { ready } = observed.endpoints();
    return ready >= config.replicas ? null : `${ready} of ${config.replicas} endpoints ready`;
  };

  function* deployed(): Task<End> {
    tools.deploy();
    const missing = (): string | null =>
      fewEndpoints() ?? (config.replicas === 0 || tools.answers() ? null : `${entrances} does not answer`);
    const left = yield* until(missing, budgetUs.workload);
    if (left !== null) return { outcome: 'timedOut', detail: left };
    return { outcome: 'done', detail: `${config.replicas} endpoints, answering through ${entrances}` };
  }

  const nodeNamed = (name: string): NodeState => nodes[layout.indexOf(name)] as NodeState;

  const recovery = createRecovery({ simulation, layout, observed, client });

  function* recover(withinUs: number): Task<End> {
    const missing = yield* until(recovery.follow(), withinUs);
    if (missing !== null) return { outcome: 'timedOut', detail: `not recovered within ${text(withinUs)}: ${missing}` };
    const failedUs = client?.lastFailedUs() ?? null;
    const since = failedUs === null ? 'no request failed' : `last failed request ${text(clock.now() - failedUs)} ago`;
    return { outcome: 'done', detail: `all nodes Ready, ${config.replicas} endpoints; ${since}` };
  }

  /** One time that a fault stands. */
  type ActiveEffect = ModelOccurrence & { readonly fault: ModelFault };
  type Injected = {
    readonly id: string;
    readonly names: readonly string[];
    /** What it made of each of these nodes, in their order. */
    active: readonly ActiveFault[];
    isOver: boolean;
  };

  const attest = ({ id, names, active: made }: Injected, moment: 'start' | 'end'): boolean => {
    let isProved = true;
    for (let place = 0; place < made.length; place += 1) {
      const active = made[place] as ActiveFault;
      const state = active.holds() ? 'present' : 'absent';
      if (withNodeEvents) {
        const node = names[place] as string;
        const evidence = `${active.evidence}, in the model`;
        sink.event(clock.now(), { type: 'fault.attested', fault: id, node, moment, state, evidence });
      }
      isProved &&= state === 'present';
    }
    return isProved;
  };

  /** The part of its full strength that a growing fault has in one of its steps, from 1 on. */
  const strengthOf = <F extends ModelFault>(fault: F, step: number, steps: number): F => {
    if (steps === 1) return fault;
    const part = (value: unknown): unknown => (typeof value === 'number' ? (value * step) / steps : value);
    const grown = { ...fault } as Record<string, unknown>;
    for (const name of ['delayUs', 'jitterUs']) if (name in grown) grown[name] = Math.round(Number(part(grown[name])));
    if ('loss' in grown) grown.loss = part(grown.loss);
    return grown as F;
  };

  const make = (fault: ModelFault, names: readonly string[]): readonly ActiveFault[] => {
    const active: ActiveFault[] = [];
    for (const index of layout.indicesOf(names)) active.push(makeFault(tools, nodes[index] as NodeState, fault));
    return active;
  };

  /** All nodes of the model have one clock. */
  const clocksOf = (names: readonly string[]): NodeClocks =>
    withNodeEvents ? Object.fromEntries(names.map((name) => [name, clock.now() / 1000])) : {};
  /** The last first. */
  const undoAll = ({ names, active }: Injected): void => {
    const indices = layout.indicesOf(names);
    for (let place = active.length - 1; place >= 0; place -= 1)
      undoFault(tools, nodes[indices[place] as number] as NodeState, active[place] as ActiveFault);
  };

  const inject = ({ fault, id, startUs, endUs }: ActiveEffect): Injected => {
    const { kind } = fault;
    const leader = nodes[controlPlane.leader()];
    const names = fault.leads === true && leader !== undefined ? [leader.name] : fault.targets;
    const steps = 'rampSteps' in fault ? (fault.rampSteps ?? 1) : 1;
    flushLoad();
    sink.event(clock.now(), { type: 'fault.injecting', fault: id, kind, targets: names });
    const injected: Injected = { id, names, active: make(strengthOf(fault, 1, steps), names), isOver: false };
    sink.event(clock.now(), { type: 'fault.injected', fault: id, clockMs: clocksOf(names) });
    recovery.injected({ kind, targets: names });
    const grow = (step: number): void => {
      if (injected.isOver) return;
      undoAll(injected);
      injected.active = make(strengthOf(fault, step, steps), names);
      sink.event(clock.now(), { type: 'fault.grown', fault: id, step, steps });
    };
    for (let step = 2; step <= steps; step += 1) {
      clock.at(clock.now() + Math.round(((endUs - startUs) * (step - 1)) / steps), grow, step);
    }
    return injected;
  };

  const undo = (injected: Injected): void => {
    const { id, names } = injected;
    flushLoad();
    injected.isOver = true;
    sink.event(clock.now(), { type: 'fault.undoing', fault: id });
    recovery.undoing();
    undoAll(injected);
    const evidence = `${namesText(names)}: as before, in the model`;
    sink.event(clock.now(), { type: 'fault.undone', fault: id, undone: true, evidence, clockMs: clocksOf(names) });
  };

  function* disturb({ inject: faults, durationUs }: ModelPhase & { kind: 'fault' }): Task<End> {
    const stands = faults.flatMap((fault): ActiveEffect[] =>
      (fault.occurrences ?? [{ id: fault.id, startUs: 0, endUs: durationUs }]).map((one) => ({ ...one, fault })),
    );
    // What ends at a moment is undone before anything begins at it, the latest first.
    const acts = [
      ...stands.map((stand) => ({ stand, atUs: stand.endUs, what: 'undo' as const })).toReversed(),
      ...stands.map((stand) => ({ stand, atUs: stand.startUs, what: 'inject' as const })),
    ].toSorted((one, other) => one.atUs - other.atUs);
    const zeroUs = clock.now();
    const active = new Map<ActiveEffect, Injected>();
    const proofs: boolean[] = [];
    for (const { stand, atUs, what } of acts) {
      if (clock.now() < zeroUs + atUs) yield* sleep(clock, self, zeroUs + atUs - clock.now());
      const injected = active.get(stand);
      if (what === 'inject') {
        const began = inject(stand);
        active.set(stand, began);
        proofs.push(attest(began, 'start'));
      } else if (injected !== undefined) {
        proofs.push(attest(injected, 'end'));
        undo(injected);
      }
    }
    if (clock.now() < zeroUs + durationUs) yield* sleep(clock, self, zeroUs + durationUs - clock.now());
    const names = faults.map(({ kind, targets }) => `${kind} on ${namesText(targets)}`).join('; ');
    const proved = proofs.every(Boolean);
    return { outcome: 'done', detail: `${names}, ${proved ? 'as modelled' : 'not proved'}` };
  }

  function* phase(one: ModelPhase): Task<End> {
    if (one.kind === 'recover') return yield* recover(one.withinUs);
    if (one.kind === 'fault') return yield* disturb(one);
    yield* sleep(clock, self, one.durationUs);
    return { outcome: 'done', detail: '' };
  }

  yield* step('cluster', 'cluster', budgetUs.cluster, bringUp);
  yield* step('workload', 'workload', budgetUs.workload, deployed);
  const { budgetUs: leasesUs, isNeeded, ready } = createBeforeLoad({ simulation, observed, until, self, nodeNamed });
  if (isNeeded()) yield* step('leases', 'cluster', leasesUs(), ready);
  recordWhoRuns('start');
  if (client !== null && config.load !== null) {
    heartbeats.count();
    sink.event(clock.now(), {
      type: 'load.started',
      target: `${entrances} (simulated)`,
      ratePerSecond: config.load.ratePerSecond,
    });
    client.begin();
  }
  for (const one of tools.phases) {
    const { outcome } = yield* step(one.name, one.kind, plannedUs(one), () => phase(one));
    // What came after it would begin on a cluster that is not whole.
    if (outcome === 'timedOut') break;
  }
  if (client !== null) sink.event(clock.now(), { type: 'load.ended', ...client.end() });
  recordWhoRuns('end');
  // biome-ignore lint/correctness/useYield: nothing was made, so nothing has to be waited for
  yield* step('undo', 'undo', budgetUs.undo, function* () {
    return { outcome: 'done', detail: 'nothing was made' };
  });
  clock.stop();
}
