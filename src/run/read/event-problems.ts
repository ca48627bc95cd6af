import { counted } from '../../common/text/counted.ts';
import type { Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';

const maxNamed = 5;

export const named = (paths: readonly string[]): string =>
  [...paths.slice(0, maxNamed), ...(paths.length > maxNamed ? [`${paths.length - maxNamed} more`] : [])].join(', ');

type Body<T extends TimelineEvent['type']> = Extract<TimelineEvent, { type: T }>;

const of = <T extends TimelineEvent['type']>(events: readonly TimelineEvent[], type: T): readonly Body<T>[] =>
  events.filter((event): event is Body<T> => event.type === type);

/** A prediction happens at no time, and only the model makes one. */
const startProblem = ({ backend, predicted, startedAt }: Body<'run.started'>): string | null => {
  if (predicted !== (backend === 'model')) {
    return `expected ${backend === 'model' ? 'a prediction' : 'a real run'} of ${backend}, found ${predicted ? 'a prediction' : 'a real run'}`;
  }
  if (predicted) return startedAt === null ? null : `expected a prediction without a date, found ${startedAt}`;
  return startedAt !== null && !Number.isNaN(Date.parse(startedAt))
    ? null
    : `expected the date at which the run began, found ${startedAt}`;
};

const dayMs = 86_400_000;

/**
 * A real run is one of nodes that stamp their heartbeats by a clock of its own days; not each of them, for a node may have
 * been silent long before. The model's stamps are of no day.
 */
const heartbeatProblem = (start: Body<'run.started'>, events: readonly TimelineEvent[]): string | null => {
  const stamps = [
    ...of(events, 'lease.renewed').map(({ renewTime }) => renewTime),
    ...of(events, 'node.statusPosted').map(({ lastHeartbeatTime }) => lastHeartbeatTime),
  ];
  if (start.predicted || start.startedAt === null || stamps.length === 0) return null;
  const startedMs = Date.parse(start.startedAt);
  return stamps.some((stamp) => Math.abs(Date.parse(stamp) - startedMs) < dayMs)
    ? null
    : `expected heartbeats of the days of the run, found none from within a day of ${start.startedAt}`;
};

/** Within a day: whoever sets the clock of a machine in the middle of a run sets it no further. */
const clockProblem = (start: Body<'run.started'>, events: readonly TimelineEvent[]): string | null => {
  const readings = of(events, 'clock');
  if (start.predicted || start.startedAt === null || readings.length === 0) return null;
  const startedMs = Date.parse(start.startedAt);
  return readings.some(({ atMs, unixMs }) => Math.abs(unixMs - atMs - startedMs) < dayMs)
    ? null
    : `expected readings of the wall clock of the days of the run, found none from within a day of ${start.startedAt}`;
};

/** What a real run that came to its end has kept on record of where and when it was, and the model has nothing of. */
const unplaced = (start: Body<'run.started'>, events: readonly TimelineEvent[]): readonly string[] => {
  if (start.predicted || of(events, 'run.ended')[0]?.outcome !== 'completed') return [];
  const place = of(events, 'run.place')[0];
  return [
    ...(place !== undefined && place.machine === undefined
      ? ['expected the machine under a real run, found nothing of it']
      : []),
    ...(of(events, 'clock').length === 0 ? ['expected readings of the wall clock beside a real run, found none'] : []),
  ];
};

const isPhase = (kind: string): boolean => kind === 'steady' || kind === 'fault' || kind === 'recover';

/** A run that came to its end went through every phase, or stopped where one took longer than it may. */
const phaseProblems = (plan: Plan, events: readonly TimelineEvent[]): readonly string[] => {
  const begun = of(events, 'step.started').flatMap(({ kind, name }) => (isPhase(kind) ? [name] : []));
  const ended = of(events, 'step.ended').filter(({ kind }) => isPhase(kind));
  const planned = plan.phases.map(({ name }) => name);
  if (begun.some((name, index) => name !== planned[index])) {
    return [`expected the phases of plan.json in their order, found ${named(begun)}`];
  }
  if (of(events, 'run.ended')[0]?.outcome !== 'completed') return [];
  const stopped = ended.at(-1)?.outcome === 'timedOut';
  const missing = stopped ? [] : planned.slice(begun.length);
  const open = begun.filter((name, index) => ended[index]?.name !== name);
  return [
    ...(missing.length > 0
      ? [`expected every phase of plan.json in a run that came to its end, found no ${named(missing)}`]
      : []),
    ...(open.length > 0 || ended.length > begun.length
      ? [`expected each phase to end once, found ${named(ended.map(({ name }) => name))}`]
      : []),
    ...(of(events, 'run.place').length === 0 ? ['expected where the run took place, found nothing of it'] : []),
  ];
};

const faultProblems = (plan: Plan, events: readonly TimelineEvent[]): readonly string[] => {
  const planned = new Map(
    plan.phases.flatMap((phase) =>
      phase.kind === 'fault'
        ? phase.inject.flatMap((fault) => fault.occurrences.map(({ id }) => [id, fault] as const))
        : [],
    ),
  );
  const strange = of(events, 'fault.injecting').filter(({ fault, kind, targets }) => {
    const asked = planned.get(fault);
    if (asked?.kind !== kind || targets.some((target) => !asked.targets.includes(target))) return true;
    return asked.leaderOf === undefined && asked.targets.some((target) => !targets.includes(target));
  });
  return strange.length === 0
    ? []
    : [
        `expected the faults of plan.json, found ${named(strange.map(({ fault, targets }) => `${fault} on ${targets.join(' and ')}`))}`,
      ];
};

const settingProblems = ({ profile }: Plan, events: readonly TimelineEvent[]): readonly string[] => {
  const asked = new Map(
    profile.expectedSettings.map(({ component, setting, expected }) => [`${component} ${setting}`, expected]),
  );
  const strange = of(events, 'setting.read').filter(
    ({ component, setting, expected, observed, same }) =>
      asked.get(`${component} ${setting}`) !== expected || same !== (observed === expected),
  );
  return strange.length === 0
    ? []
    : [
        `expected settings that are held against those of plan.json, found ${named(strange.map(({ component, setting, node }) => `${component} ${setting} on ${node}`))}`,
      ];
};

/**
 * Nodes that were tainted as unreachable, or whose pods were evicted, and that were Ready all the time: both follow from
 * NotReady alone. Where the watch on nodes was blind, a reading may be missing.
 */
const harmProblems = (events: readonly TimelineEvent[]): readonly string[] => {
  const wasBlind = [...of(events, 'watch.lost'), ...of(events, 'watch.gap')].some(
    ({ resource }) => resource === 'nodes',
  );
  if (wasBlind) return [];
  const readings = of(events, 'node.ready');
  const wasUnknown = new Set(readings.filter(({ status }) => status === 'Unknown').map(({ node }) => node));
  // A node that has just joined is NotReady until it is Ready for the first time.
  const wasNotReady = new Set(
    readings
      .filter(({ status, node }, index) => {
        const firstReady = readings.findIndex((each) => each.node === node && each.status === 'True');
        return status !== 'True' && firstReady !== -1 && index > firstReady;
      })
      .map(({ node }) => node),
  );
  const tainted = of(events, 'node.taint')
    .filter(
      ({ change, key, node }) =>
        change === 'added' && key === 'node.kubernetes.io/unreachable' && !wasUnknown.has(node),
    )
    .map(({ node }) => node);
  const evicted = of(events, 'pod').flatMap(({ evicted, node }) =>
    evicted && node !== null && !wasNotReady.has(node) ? [node] : [],
  );
  const problem = (nodes: readonly string[], what: string): readonly string[] =>
    nodes.length === 0 ? [] : [`expected NotReady before ${what}, found none of ${named([...new Set(nodes)])}`];
  return [...problem(tainted, 'a taint for being unreachable'), ...problem(evicted, 'an eviction')];
};

/** Where the events contradict the plan or one another, in words. @param events in the order in which they stand in the file */
export const eventProblems = (plan: Plan, events: readonly TimelineEvent[]): readonly string[] => {
  const first = events[0];
  const end = events.findIndex((event) => event.type === 'run.ended');
  const start = of(events, 'run.started')[0];
  const wrongStart = start === undefined ? null : startProblem(start);
  const wrongHeartbeats = start === undefined ? null : heartbeatProblem(start, events);
  const wrongClock = start === undefined ? null : clockProblem(start, events);
  const version = of(events, 'run.place')[0]?.versions.kubernetes;
  const more = events.length - 1 - end;
  return [
    ...(first !== undefined && first.type !== 'run.started'
      ? [`expected the start of the run first, found ${first.type}`]
      : []),
    ...(wrongStart === null ? [] : [wrongStart]),
    ...(wrongHeartbeats === null ? [] : [wrongHeartbeats]),
    ...(wrongClock === null ? [] : [wrongClock]),
    ...(start === undefined ? [] : unplaced(start, events)),
    ...(end !== -1 && more > 0 ? [`expected nothing after the end of the run, found ${counted(more, 'event')}`] : []),
    ...phaseProblems(plan, events),
    ...faultProblems(plan, events),
    ...settingProblems(plan, events),
    ...harmProblems(events),
    ...(version !== undefined && version !== plan.kubernetesVersion
      ? [`expected a run on ${plan.kubernetesVersion}, as plan.json has it, found ${version}`]
      : []),
  ].map((problem) => `events.ndjson: ${problem}`);
};
