import { secondsText } from '../../common/duration.ts';
import type { StepKind } from '../../timeline/index.ts';
import type { LoadClient } from './client.ts';
import type { ModelFault, ModelPhase } from './config.ts';
import { pollUs, quietUs } from './constants.ts';
import { type FaultTools, makeFault, type StandingFault } from './faults.ts';
import type { Observed } from './observer.ts';
import { createProcess } from './process.ts';
import type { NodeState } from './state.ts';
import { sleep, type Task } from './task.ts';

export type CourseTools = FaultTools & {
  readonly observed: Observed;
  readonly client: LoadClient | null;
  /** The node that is asked by the client. */
  readonly target: NodeState;
  /** What a cluster needs from its start to a steady state. */
  readonly settleUs: number;
  readonly deploy: () => void;
  /** Whether new connections through the target reach the workload. */
  readonly answers: () => boolean;
};

/** Longest that the steps around the phases may take, as on a real cluster; in the model they are over long before. */
const budgetUs = { cluster: 420_000_000, workload: 180_000_000, undo: 120_000_000 } as const;

type End = { readonly outcome: 'done' | 'timedOut'; readonly detail: string };

const plannedUs = (phase: ModelPhase): number => (phase.kind === 'recover' ? phase.withinUs : phase.durationUs);

const text = (us: number): string => secondsText(us / 1000);

/**
 * The course of a run, step by step as on a real cluster: cluster, workload, the phases under load, undo.
 * @see src/backend/kind for the same over real time
 */
export function* runCourse(tools: CourseTools): Task {
  const { world, observed, client, target } = tools;
  const { clock, config, nodes, sink, settleLoad } = world;
  const self = createProcess();

  function* step(name: string, kind: StepKind, lastsUs: number, work: () => Task<End>): Task {
    settleLoad();
    sink.event(clock.now(), { type: 'step.started', name, kind, budgetMs: lastsUs / 1000 });
    const { outcome, detail } = yield* work();
    sink.event(clock.now(), { type: 'step.ended', name, kind, outcome, detail });
  }

  /** Waits until nothing is missing. @returns what still was when the time was up, or null */
  function* until(missing: () => string | null, withinUs: number): Task<string | null> {
    const limitUs = clock.now() + withinUs;
    for (;;) {
      const lacking = missing();
      if (lacking === null || clock.now() >= limitUs) return lacking;
      yield (resume) => {
        let isOpen = true;
        const goOn = (): void => {
          if (!isOpen) return;
          isOpen = false;
          resume(undefined);
        };
        observed.onChange(goOn);
        clock.at(Math.min(limitUs, clock.now() + pollUs), goOn, undefined);
      };
    }
  }

  const notReady = (): string | null =>
    observed.ready() === nodes.length ? null : `${nodes.length - observed.ready()} nodes NotReady`;

  function* bringUp(): Task<End> {
    const lacking = yield* until(notReady, budgetUs.cluster);
    if (lacking !== null) return { outcome: 'timedOut', detail: lacking };
    yield* sleep(clock, self, tools.settleUs);
    const settings = config.expectedSettings;
    for (const setting of settings) {
      for (const { name, role } of nodes) {
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
    return { outcome: 'done', detail: `settings as asked, by the model (${settings.length} of ${settings.length})` };
  }

  const fewEndpoints = (): string | null => {
    const { ready } = observed.endpoints();
    return ready >= config.replicas ? null : `${ready} of ${config.replicas} endpoints ready`;
  };

  function* deployed(): Task<End> {
    tools.deploy();
    const missing = (): string | null =>
      fewEndpoints() ?? (config.replicas === 0 || tools.answers() ? null : `${target.name} does not answer`);
    const lacking = yield* until(missing, budgetUs.workload);
    if (lacking !== null) return { outcome: 'timedOut', detail: lacking };
    return { outcome: 'done', detail: `${config.replicas} endpoints, answering through ${target.name}` };
  }

  const notRecovered = (): string | null => {
    const names = observed.ready() === nodes.length ? [] : observed.notReadyNames();
    const shown = names.length > 5 ? [`${names.length} nodes NotReady`] : names.map((name) => `${name} NotReady`);
    if (observed.tainted() > names.length) shown.push(`${observed.tainted() - names.length} Ready nodes tainted`);
    const few = fewEndpoints();
    if (few !== null) shown.push(few);
    settleLoad();
    const failedUs = client?.lastFailedUs() ?? null;
    if (failedUs !== null && clock.now() - failedUs < quietUs) shown.push('requests still fail');
    return shown.length === 0 ? null : shown.join(', ');
  };

  function* recover(withinUs: number): Task<End> {
    const lacking = yield* until(notRecovered, withinUs);
    if (lacking !== null) return { outcome: 'timedOut', detail: `not recovered within ${text(withinUs)}: ${lacking}` };
    const failedUs = client?.lastFailedUs() ?? null;
    const since = failedUs === null ? 'no request failed' : `last failed request ${text(clock.now() - failedUs)} ago`;
    return { outcome: 'done', detail: `all nodes Ready, ${config.replicas} endpoints; ${since}` };
  }

  const nodeNamed = (name: string): NodeState => {
    const node = nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  };

  type Injected = { readonly fault: ModelFault; readonly on: readonly { name: string; standing: StandingFault }[] };

  const attest = ({ fault, on }: Injected, moment: 'start' | 'end'): boolean => {
    const states = on.map(({ name, standing }) => {
      const state = standing.holds() ? 'present' : 'absent';
      const evidence = `${standing.evidence}, in the model`;
      sink.event(clock.now(), { type: 'fault.attested', fault: fault.id, node: name, moment, state, evidence });
      return state;
    });
    return states.every((state) => state === 'present');
  };

  const inject = (fault: ModelFault): Injected => {
    const { id, kind, targets } = fault;
    settleLoad();
    sink.event(clock.now(), { type: 'fault.injecting', fault: id, kind, targets });
    const on = targets.map((name) => ({ name, standing: makeFault(tools, nodeNamed(name), fault) }));
    sink.event(clock.now(), { type: 'fault.injected', fault: id });
    return { fault, on };
  };

  const undo = ({ fault, on }: Injected): void => {
    sink.event(clock.now(), { type: 'fault.undoing', fault: fault.id });
    for (const { standing } of on.toReversed()) standing.undo();
    const evidence = `${on.map(({ name }) => name).join(', ')}: as before, in the model`;
    sink.event(clock.now(), { type: 'fault.undone', fault: fault.id, undone: true, evidence });
  };

  function* disturb({ inject: faults, durationUs }: ModelPhase & { kind: 'fault' }): Task<End> {
    const injected = faults.map(inject);
    const began = injected.map((one) => attest(one, 'start'));
    yield* sleep(clock, self, durationUs);
    const ended = injected.map((one) => attest(one, 'end'));
    for (const one of injected.toReversed()) undo(one);
    const words = faults.map(({ kind, targets }) => `${kind} on ${targets.join(', ')}`).join('; ');
    const proved = [...began, ...ended].every(Boolean);
    return { outcome: 'done', detail: `${words}, ${proved ? 'as modelled' : 'not proved'}` };
  }

  function* phase(one: ModelPhase): Task<End> {
    if (one.kind === 'recover') return yield* recover(one.withinUs);
    if (one.kind === 'fault') return yield* disturb(one);
    yield* sleep(clock, self, one.durationUs);
    return { outcome: 'done', detail: '' };
  }

  yield* step('cluster', 'cluster', budgetUs.cluster, bringUp);
  yield* step('workload', 'workload', budgetUs.workload, deployed);
  if (client !== null && config.load !== null) {
    sink.event(clock.now(), {
      type: 'load.started',
      target: `${target.name} (simulated)`,
      ratePerSecond: config.load.ratePerSecond,
    });
    client.begin();
  }
  for (const one of config.phases) yield* step(one.name, one.kind, plannedUs(one), () => phase(one));
  if (client !== null) sink.event(clock.now(), { type: 'load.ended', ...client.end() });
  // biome-ignore lint/correctness/useYield: nothing was made, so nothing has to be waited for
  yield* step('undo', 'undo', budgetUs.undo, function* () {
    return { outcome: 'done', detail: 'nothing was made' };
  });
  clock.stop();
}
