import {
  type ElectedComponent,
  electedComponents,
  leaseLocksMinor,
  nodeComponents,
  type ProcessComponent,
  processComponents,
} from '../../common/kubernetes/components.ts';
import { counted } from '../../common/text/counted.ts';
import {
  endsProcess,
  isControlPlane,
  isHollow,
  leaderTimes,
  nodesOf,
  type Plan,
  type PlannedFault,
  restartsLateMs,
  stopsOnlyKubelets,
} from '../../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { JudgeContext } from '../judge-context.ts';
import { plannedFaults } from '../measurement-window.ts';
import { listText, secondsText } from '../text.ts';
import { unmeasuredWhy } from './unmeasured.ts';

type Read = EventOf<'process.read'>;
type Leader = EventOf<'leader'>;

/** What a reading of a node's clock and the way to it may be late by, on a busy machine. It is never early. */
const slackMs = 2000;

/** What a start on the run's clock may be too early by: the node counts hundredths of a second, and the clocks drift apart. */
const earlyMs = 100;

/** Two readings of the same clock of a node, each cut to hundredths of a second. */
const ownClockErrorMs = 20;

/** One time that a fault stood, on the run's clock. */
type Stand = {
  readonly fault: ReturnType<typeof plannedFaults>[number];
  readonly targets: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
};

const standsOf = (plan: Plan, events: readonly TimelineEvent[]): readonly Stand[] => {
  const lastMs = events.at(-1)?.atMs ?? 0;
  return plannedFaults(plan).flatMap((fault) =>
    fault.occurrences.flatMap(({ id }) => {
      const began = ofType(events, 'fault.injecting').find((event) => event.fault === id);
      const undone = ofType(events, 'fault.undone').findLast((event) => event.fault === id);
      return began === undefined
        ? []
        : [{ fault, targets: began.targets, fromMs: began.atMs, toMs: undone?.atMs ?? lastMs }];
    }),
  );
};

/** The fault that may have ended a process so that another began at a moment; null where none may. */
const causeOf = (
  plan: Plan,
  stands: readonly Stand[],
  ended: { readonly component: string; readonly node: string; readonly atMs: number; readonly lateMs: number },
): Stand | null =>
  stands.find(({ fault, targets, fromMs, toMs }) => {
    const { component, node, atMs } = ended;
    const lateMs = restartsLateMs(plan, { fault, targets, stoodMs: toMs - fromMs, component, node });
    return lateMs !== null && atMs >= fromMs - earlyMs && atMs <= toMs + lateMs + ended.lateMs + slackMs;
  }) ?? null;

const causeText = (cause: Stand | null): string =>
  cause === null ? 'no fault of the run explains it' : `${cause.fault.kind} on ${listText(cause.targets)} explains it`;

/** What happened to who ran, and whether a fault of the run explains it. */
type Change = { readonly text: string; readonly explained: boolean };

const key = ({ component, node }: Pick<Read, 'component' | 'node'>): string => `${component} on ${node}`;

const readAt = (events: readonly TimelineEvent[], at: 'start' | 'end'): ReadonlyMap<string, Read> =>
  new Map(ofType(events, 'process.read').flatMap((read) => (read.moment === at ? [[key(read), read]] : [])));

const isSame = (one: Read, other: Read): boolean =>
  one.pid === other.pid && one.startedMs === other.startedMs && one.boot === other.boot;

/** When a process started, on the run's clock: at the latest, for its reading took its way. */
const startOf = ({ atMs, clockMs, startedMs }: Read): number => atMs - (clockMs - startedMs);

/**
 * Processes that a fault has to have ended and that ran on, in words: who runs in the end is who ran before, or began before
 * the injection. Of a process that was not read nothing is said here.
 */
export const ranOn = (
  events: readonly TimelineEvent[],
  fault: PlannedFault,
  targets: readonly string[],
  { injectingMs, clockMs }: { readonly injectingMs: number; readonly clockMs: Readonly<Record<string, number | null>> },
): string[] => {
  const start = readAt(events, 'start');
  return [...readAt(events, 'end')].flatMap(([name, last]) => {
    const { component, node } = last;
    if (!targets.includes(node) || !endsProcess(fault, component)) return [];
    const first = start.get(name);
    // A kubelet that was stopped starts at the undo: later than it is known to be gone, by the same clock.
    const goneMs = stopsOnlyKubelets(fault.kind) ? (clockMs[node] ?? null) : null;
    const isOlder =
      startOf(last) < injectingMs - earlyMs || (goneMs !== null && last.startedMs < goneMs - ownClockErrorMs);
    if (!isOlder && !(first !== undefined && isSame(first, last))) return [];
    return [`${name} was not ended by it (${last.pid}, started at ${secondsText(startOf(last))}, ran on)`];
  });
};

const restarts = (plan: Plan, events: readonly TimelineEvent[], stands: readonly Stand[]): readonly Change[] => {
  const end = readAt(events, 'end');
  return [...readAt(events, 'start')].flatMap(([name, first]): Change[] => {
    const last = end.get(name);
    if (last === undefined || isSame(first, last)) return [];
    const { component, node } = first;
    const startedMs = startOf(last);
    const cause = causeOf(plan, stands, { component, node, atMs: startedMs, lateMs: 0 });
    const text = `${name} was another process when the load had ended (${last.pid}, started at ${secondsText(startedMs)}) than before it began (${first.pid}): ${causeText(cause)}`;
    return [{ text, explained: cause !== null }];
  });
};

/** Of one component, in order: what was asked for before the load began, what the watch saw from then on, what was asked for at the end. */
const leadersOf = (events: readonly TimelineEvent[], component: ElectedComponent): readonly Leader[] => {
  const own = ofType(events, 'leader').filter((event) => event.component === component);
  const first = own.findIndex(({ moment }) => moment === 'start');
  return first === -1 ? [] : own.slice(first);
};

const handovers = (plan: Plan, events: readonly TimelineEvent[], stands: readonly Stand[]): readonly Change[] =>
  electedComponents.flatMap((component) => {
    const { takenOverMs } = leaderTimes(plan, component);
    const seen = leadersOf(events, component);
    return seen.slice(1).flatMap((now, index): Change[] => {
      const before = seen[index] ?? now;
      if (before.holder === now.holder && before.transitions === now.transitions) return [];
      const { node } = before;
      const { atMs } = now;
      const cause = node === null ? null : causeOf(plan, stands, { component, node, atMs, lateMs: takenOverMs });
      const holder = (one: Leader): string => one.node ?? one.holder ?? 'nobody';
      const who = holder(before) === holder(now) ? `on ${holder(now)}` : `from ${holder(before)} to ${holder(now)}`;
      const text = `another ${component} led from ${secondsText(atMs)} on (${who}, ${counted(now.transitions, 'transition')} of its Lease after ${before.transitions}): ${causeText(cause)}`;
      return [{ text, explained: cause !== null }];
    });
  });

const changesOf = ({ plan, events }: JudgeContext): readonly Change[] => {
  const stands = standsOf(plan, events);
  return [...restarts(plan, events, stands), ...handovers(plan, events, stands)];
};

/** `component on node`, of every process of the plan's that is to be read. */
const wanted = (plan: Plan): readonly string[] =>
  nodesOf(plan)
    .filter((node) => !isHollow(node))
    .flatMap((node) => {
      const components: readonly ProcessComponent[] = isControlPlane(node) ? processComponents : nodeComponents;
      return components.map((component) => key({ component, node }));
    });

const minorOf = ({ kubernetesVersion }: Plan): number => Number(kubernetesVersion.split('.')[1]);

const unread = ({ plan, events, window }: JudgeContext): string[] => {
  // A simulation knows its own processes, and has no others.
  if (window.started?.predicted === true) return [];
  if (unmeasuredWhy(events, 'processes') !== null) return [];
  const texts = { start: 'before the load began', end: 'when the load had ended' } as const;
  return (['start', 'end'] as const).flatMap((moment) => {
    const read = readAt(events, moment);
    const led = new Set(
      ofType(events, 'leader').flatMap((event) => (event.moment === moment ? [event.component] : [])),
    );
    const missing = [
      ...wanted(plan).filter((name) => !read.has(name)),
      ...electedComponents.flatMap((component) =>
        led.has(component) || minorOf(plan) < leaseLocksMinor ? [] : [`the leader of ${component}`],
      ),
    ];
    if (missing.length === 0) return [];
    const all = read.size === 0 && led.size === 0;
    return [`who ran ${texts[moment]} is not known${all ? '' : `: ${listText(missing)} not read`}`];
  });
};

/**
 * Processes that may have been others during the run than those whose settings were read, in words: one that was not read,
 * and one that is another at the end, or led by another meanwhile, with no fault of the run to explain it. A controller
 * manager that starts anew gives every node its whole grace again.
 * @see kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go, tryUpdateNodeHealth
 */
export const processProblems = (context: JudgeContext): readonly string[] => [
  ...unread(context),
  ...changesOf(context).flatMap(({ text, explained }) => (explained ? [] : [text])),
];

/** Restarts that a fault of the run explains. */
export const processFindings = (context: JudgeContext): readonly string[] =>
  changesOf(context).flatMap(({ text, explained }) => (explained ? [text] : []));
