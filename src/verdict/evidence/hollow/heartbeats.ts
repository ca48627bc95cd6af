import { apiServersHit, isControlPlane, isHollow, nodesOf } from '../../../plan/index.ts';
import { ofType } from '../../../timeline/index.ts';
import type { Quantiles } from '../../document.ts';
import { createDurationHistogram, quantilesOf } from '../../figures/quantiles.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { nodeList, numberText, secondsText } from '../../text.ts';
import { missingText } from '../hidden-figures.ts';

/** Heartbeats of healthy nodes may be late by this part of the interval; of one in a hundred nothing is asked. */
const lateShare = 0.25;

/** A renewal of kwok that fails waits for the next one: a healthy node is silent for no more than so many intervals. */
const maxSilentIntervals = 2;

/** So many heartbeats of healthy nodes may be late, of all and of those in any window. */
const lateOnes = 0.01;

/** A time of one node, in ms since the run's start. */
type Time = { readonly node: string; readonly fromMs: number; readonly toMs: number };

/** In which heartbeats are timed. `beginsWithOne`: there was one at its beginning. */
type Span = Time & { readonly beginsWithOne: boolean };

/** Without a heartbeat. `isPart`: one of its ends was not seen. */
type Interval = Time & { readonly isPart: boolean };

type Intervals = Quantiles & { readonly count: number };

/** By what a node says that it lives: its lease, or to v1.13, where it has none, its status. */
const heartbeatOf = ({ plan }: JudgeContext) =>
  plan.profile.effective.withoutLeases === true
    ? ({
        type: 'node.statusPosted',
        source: 'nodes',
        one: 'status',
        many: 'statuses',
        did: 'posted no status',
      } as const)
    : ({ type: 'lease.renewed', source: 'leases', one: 'renewal', many: 'renewals', did: 'renewed no lease' } as const);

/** Longest from one heartbeat to the next, on a machine that is never late. */
const maxMs = ({ plan: { profile } }: JudgeContext): number => {
  const { leaseRenewIntervalMs, leaseJitter, statusJitter, withoutLeases } = profile.effective;
  return leaseRenewIntervalMs * (1 + (withoutLeases === true ? statusJitter : leaseJitter));
};

const hitNodes = ({ plan }: JudgeContext): ReadonlySet<string> =>
  new Set(plannedFaults(plan).flatMap(({ targets }) => targets));

/** While nothing was done to the nodes: those that some fault hits up to the first fault, all others in all of the measured time. */
const spansOf = (context: JudgeContext, nodes: readonly string[]): readonly Span[] => {
  const { measuredFromMs, measuredToMs, faultStartMs } = context.window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  const hit = hitNodes(context);
  return nodes.map((node) => ({
    node,
    fromMs: measuredFromMs,
    toMs: hit.has(node) ? Math.min(measuredToMs, faultStartMs ?? measuredToMs) : measuredToMs,
    beginsWithOne: false,
  }));
};

/** When faults stood that reach API servers, by which heartbeats go, and what they are called. */
const apiFaultsOf = ({ plan, events }: JudgeContext) => {
  const planned = new Map(
    plannedFaults(plan).flatMap((fault) => fault.occurrences.map(({ id }) => [id, fault] as const)),
  );
  const undoneMs = new Map(
    ofType(events, 'fault.undone').map(({ fault, atMs, undone }) => [fault, undone ? atMs : null]),
  );
  return ofType(events, 'fault.injecting').flatMap(({ fault: id, kind, targets, atMs }) => {
    const fault = planned.get(id);
    // Of the possible targets of a fault on a leader one was hit.
    const servers = fault === undefined ? [] : apiServersHit({ ...fault, targets }).filter(isControlPlane);
    if (servers.length === 0) return [];
    return [
      {
        name: `${kind} on ${nodeList(targets)}`,
        isOfAll: servers.length === plan.topology.controlPlanes,
        fromMs: atMs,
        toMs: undoneMs.get(id) ?? Number.POSITIVE_INFINITY,
      },
    ];
  });
};

/**
 * Spans without the times in which such faults stood: up to each, and from the first heartbeat after it. What is late in between is
 * late by the fault, by the machine, or by both.
 */
const spansApart = (
  context: JudgeContext,
  spans: readonly Span[],
  faults: ReturnType<typeof apiFaultsOf>,
): readonly Span[] => {
  const beats = Map.groupBy(ofType(context.events, heartbeatOf(context).type), ({ node }) => node);
  return spans.flatMap((span) =>
    faults.reduce<readonly Span[]>(
      (left, fault) =>
        left.flatMap((one): readonly Span[] => {
          if (fault.fromMs >= one.toMs || fault.toMs <= one.fromMs) return [one];
          const before = fault.fromMs > one.fromMs ? [{ ...one, toMs: fault.fromMs }] : [];
          const first = beats.get(one.node)?.find(({ atMs }) => atMs > fault.toMs && atMs < one.toMs);
          return first === undefined ? before : [...before, { ...one, fromMs: first.atMs, beginsWithOne: true }];
        }),
      [span],
    ),
  );
};

/** From the first heartbeat after each fault on a node was undone to the next one on it, or to the end of the measured time. */
const spansAfterFaults = (context: JudgeContext, nodes: readonly string[]): readonly Span[] => {
  const { events, window } = context;
  const { measuredToMs } = window;
  if (measuredToMs === null) return [];
  const begun = ofType(events, 'fault.injecting').map(({ atMs, fault, targets }) => ({
    atMs,
    fault,
    targets: new Set(targets),
  }));
  const undone = ofType(events, 'fault.undone').filter((one) => one.undone);
  const beats = Map.groupBy(ofType(events, heartbeatOf(context).type), ({ node }) => node);
  return nodes.flatMap((node) => {
    const begunOn = begun.filter(({ targets }) => targets.has(node));
    const undoneOn = undone.filter(({ fault }) => begunOn.some((one) => one.fault === fault));
    return undoneOn.flatMap(({ atMs }): Span[] => {
      const isEarlier = (one: { readonly atMs: number }): boolean => one.atMs <= atMs;
      const others = begunOn.filter(isEarlier).length - undoneOn.filter(isEarlier).length;
      const first = beats.get(node)?.find((one) => one.atMs > atMs);
      const toMs = Math.min(begunOn.find((one) => one.atMs > atMs)?.atMs ?? measuredToMs, measuredToMs);
      return others > 0 || first === undefined || first.atMs >= toMs
        ? []
        : [{ node, fromMs: first.atMs, toMs, beginsWithOne: true }];
    });
  });
};

/**
 * Times between heartbeats as they arrived within spans, in the order of their ends. What was not over by the end of a span
 * counts, too, and of what began before it what lies in it.
 */
const intervalsIn = (context: JudgeContext, spans: readonly Span[]): readonly Interval[] => {
  const bySpan = Map.groupBy(spans, ({ node }) => node);
  const last = new Map<Span, number>();
  const ended: Interval[] = [];
  for (const { node, atMs } of ofType(context.events, heartbeatOf(context).type)) {
    const span = bySpan.get(node)?.find((one) => atMs > one.fromMs && atMs <= one.toMs);
    if (span === undefined) continue;
    const fromMs = last.get(span) ?? span.fromMs;
    ended.push({ node, fromMs, toMs: atMs, isPart: !span.beginsWithOne && !last.has(span) });
    last.set(span, atMs);
  }
  const open = spans.map((span) => ({ ...span, fromMs: last.get(span) ?? span.fromMs, isPart: true }));
  return [...ended, ...open].toSorted((one, other) => one.toMs - other.toMs);
};

const lengthMs = ({ fromMs, toMs }: Interval): number => toMs - fromMs;

const quantilesIn = (intervals: readonly Interval[]): Intervals => {
  const histogram = createDurationHistogram();
  for (const one of intervals) histogram.add(lengthMs(one));
  return { ...quantilesOf(histogram), count: intervals.length };
};

/** Those of which both ends were seen, and those that are longer already than a heartbeat takes. */
const timedIn = (context: JudgeContext, spans: readonly Span[]): readonly Interval[] =>
  intervalsIn(context, spans).filter((one) => !one.isPart || lengthMs(one) > maxMs(context));

/** The largest share of late ones among the intervals that end within a window so long, and when that begins; null where none is. */
const worstWindow = (
  intervals: readonly Interval[],
  isLate: (one: Interval) => boolean,
  windowMs: number,
): { readonly late: number; readonly all: number; readonly fromMs: number } | null => {
  let worst: { readonly late: number; readonly all: number; readonly fromMs: number } | null = null;
  let [to, late] = [0, 0];
  for (const [from, first] of intervals.entries()) {
    for (; to < intervals.length; to += 1) {
      const next = intervals[to];
      if (next === undefined || next.toMs > first.toMs + windowMs) break;
      if (isLate(next)) late += 1;
    }
    const all = to - from;
    // One that is late alone is no pace.
    if (late > Math.max(1, lateOnes * all) && (worst === null || late / all > worst.late / worst.all))
      worst = { late, all, fromMs: first.toMs };
    if (isLate(first)) late -= 1;
  }
  return worst;
};

/** What says that heartbeats did not keep time, in words; empty where nothing does. */
const latenessIn = (context: JudgeContext, spans: readonly Span[]): readonly string[] => {
  const { leaseRenewIntervalMs, nodeMonitorGracePeriodMs } = context.plan.profile.effective;
  const { one: beat, many: beats, did } = heartbeatOf(context);
  const intervals = timedIn(context, spans);
  const { p99 } = quantilesIn(intervals);
  if (p99 === null) return [];
  const boundMs = lateShare * leaseRenewIntervalMs;
  const allowedMs = maxMs(context) + boundMs;
  const silentMs = maxSilentIntervals * maxMs(context) + boundMs;
  const silent = intervals.filter((one) => lengthMs(one) > silentMs);
  const silentNodes = new Set(silent.map(({ node }) => node));
  const maxSilentMs = silent.reduce((max, one) => Math.max(max, lengthMs(one)), 0);
  const windowMs = Math.max(nodeMonitorGracePeriodMs, silentMs);
  const worst = worstWindow(intervals, (one) => lengthMs(one) > allowedMs, windowMs);
  return [
    ...(silent.length === 0
      ? []
      : [
          `${nodeList(nodesOf(context.plan).filter((node) => silentNodes.has(node)))}, which no fault had hit, ${did} for up to ${secondsText(maxSilentMs)}, at most ${secondsText(silentMs)} is tolerated`,
        ]),
    ...(p99 > allowedMs
      ? [
          `one ${beat} in a hundred came ${secondsText(p99 - maxMs(context))} late or later, at most ${secondsText(boundMs)} is tolerated`,
        ]
      : worst === null
        ? []
        : [
            `${numberText(worst.late)} of ${numberText(worst.all)} ${beats} from ${secondsText(worst.fromMs)} on came more than ${secondsText(boundMs)} late, at most one in a hundred is tolerated`,
          ]),
  ];
};

/** @param whose heartbeats they are, such as "healthy hollow nodes" */
const lateProblems = (context: JudgeContext, spans: readonly Span[], whose: string): string[] => {
  const { source } = heartbeatOf(context);
  const faults = apiFaultsOf(context);
  const apart = faults.length === 0 ? [] : latenessIn(context, spansApart(context, spans, faults));
  const found = apart.length > 0 ? apart : latenessIn(context, spans);
  if (found.length === 0) return [];
  const unknown = `whether the heartbeats of ${whose} kept time is not known`;
  if (context.blindTimes.some((one) => one.source === source))
    return [`${unknown}, for the watch on ${source} was blind: ${found.join('; ')}`];
  return faults.length > 0 && apart.length === 0
    ? [
        `${unknown}, for ${faults.map(({ name }) => name).join(' and ')} reached ${faults.some(({ isOfAll }) => isOfAll) ? 'what all of them go by' : 'an API server that some of them may go by'}: ${found.join('; ')}`,
      ]
    : [`this machine could not keep the heartbeats of its ${whose}: ${found.join('; ')}`];
};

/** Not one of them was timed from end to end. */
const isUntimed = (context: JudgeContext, spans: readonly Span[]): boolean =>
  timedIn(context, spans).every(({ isPart }) => isPart);

const hollowOf = ({ plan }: JudgeContext): readonly string[] => nodesOf(plan).filter(isHollow);

const realOf = ({ plan }: JudgeContext): readonly string[] => nodesOf(plan).filter((node) => !isHollow(node));

/**
 * Where faults hit every hollow node at some time: these show nothing of the machine while they are hit. What is there besides
 * are their heartbeats once a fault is undone, and in all of the time those of real kubelets that no fault hits.
 */
const problemsOfNoneSpared = (context: JudgeContext): string[] => {
  const hit = hitNodes(context);
  const real = spansOf(
    context,
    realOf(context).filter((node) => !hit.has(node)),
  );
  return [
    ...lateProblems(context, spansAfterFaults(context, hollowOf(context)), 'hollow nodes once a fault was undone'),
    ...(isUntimed(context, real)
      ? [
          `whether this machine kept time while a fault stood is not known: faults hit every hollow node, and no ${heartbeatOf(context).one} of a real kubelet that none hits was timed`,
        ]
      : lateProblems(context, real, 'real kubelets while faults hit every hollow node')),
  ];
};

/**
 * Why the heartbeats of healthy nodes say that this machine was late, or do not say that it was not; empty where they kept time, and
 * of a prediction, whose nodes are late by what the plan does and by no machine.
 * @param context of a plan with hollow nodes
 */
export const heartbeatProblems = (context: JudgeContext): string[] => {
  if (context.window.started?.predicted === true) return [];
  const hollow = hollowOf(context);
  const spans = spansOf(context, hollow);
  const own = isUntimed(context, spans)
    ? [`no ${heartbeatOf(context).one} of a healthy hollow node was timed`]
    : lateProblems(context, spans, 'healthy hollow nodes');
  const hit = hitNodes(context);
  return [...own, ...(hollow.every((node) => hit.has(node)) ? problemsOfNoneSpared(context) : [])];
};

const intervalText = ({ p50, p99, max, count }: Intervals): string =>
  `p50 ${secondsText(p50)}, p99 ${secondsText(p99)}, max ${secondsText(max)} over ${numberText(count)}`;

/** How healthy hollow nodes kept time beside real kubelets. */
export const heartbeatFindings = (context: JudgeContext): string[] => {
  const [ours, theirs] = [hollowOf(context), realOf(context)].map((nodes) =>
    quantilesIn(timedIn(context, spansOf(context, nodes))),
  );
  if (ours === undefined || theirs === undefined || ours.count === 0 || theirs.count === 0) return [];
  const { measuredFromMs, measuredToMs } = context.window;
  const { many, source } = heartbeatOf(context);
  const span = [measuredFromMs ?? 0, measuredToMs ?? Number.POSITIVE_INFINITY] as const;
  return [
    `between two ${many} of a healthy hollow node lay ${intervalText(ours)}; of a real kubelet ${intervalText(theirs)}${missingText(context.blindTimes, [source], span, 'late')}`,
  ];
};
