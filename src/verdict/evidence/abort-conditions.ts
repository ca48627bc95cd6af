import { isLoss, notReadyAt } from '../../figures/index.ts';
import { flapsByItself, hitsJudge, hitsOnlyNodeObjects, mayLoseOthers, type Plan } from '../../plan/index.ts';
import { failures, ofType, type RequestOutcome } from '../../timeline/index.ts';
import type { JudgeContext } from '../judge-context.ts';
import { type PhaseSpan, plannedFaults, within } from '../measurement-window.ts';
import { listText, nodeList, percentText, secondsText } from '../text.ts';
import { measuredGaps, openGaps } from './watch-gaps.ts';

// What makes a run prove nothing although all of it runs: something else than its faults is at work. Every rule holds
// for a timeline that still grows as for one that is complete, so that a run is ended by the same rule that judges it; what
// has once tripped stays so, whatever comes after it.

/** Of the requests of a phase in which nothing is done, at most this share may fail without a node being NotReady. */
export const unsteadyBound = 0.01;

/** A watch without a stream, or no word of being ready, for longer than this: the API server was not there for us. */
export const lostMs = 5000;

/** How many requests of a phase are known, and how many of them failed. */
export type PhaseRequests = { readonly offered: number; readonly failed: number };

/** What an abort condition checks. */
export type Guarded = JudgeContext & {
  /** By the phase in which they were due; a phase without requests is left out. */
  readonly requests: ReadonlyMap<string, PhaseRequests>;
  /** Up to when the timeline reaches; ms since the run's start. */
  readonly untilMs: number;
};

export const failedOf = (counts: Readonly<Record<RequestOutcome, number | null>>): number =>
  failures.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);

/** Nodes that were lost from the start of measuring up to the first injection, by phase; null: outside of phases. */
const lostBefore = ({ plan, window, changes }: Guarded): string[] => {
  const { measuredFromMs, measuredToMs, faultStartMs } = window;
  // Without a fault, a lost node is what the run was to find out.
  if (measuredFromMs === null || plannedFaults(plan).length === 0 || flapsByItself(plan)) return [];
  const early = changes.filter(
    (change) =>
      isLoss(change) &&
      change.atMs >= measuredFromMs &&
      change.atMs <= (measuredToMs ?? change.atMs) &&
      change.atMs < (faultStartMs ?? Infinity),
  );
  const lost = Map.groupBy(early, ({ atMs }) => window.phases.find((span) => within(atMs, span))?.name ?? null);
  return [...lost].map(([name, losses]) => {
    const place = name === null ? 'the time before or between phases was' : `${name} was`;
    const nodes = listText([...new Set(losses.map(({ node }) => node))]);
    return `${place} not steady: ${nodes} went NotReady before any fault, and the profile does not flap by itself`;
  });
};

/** How many requests a phase will have been asked when it has ended, at most. */
const dueIn = ({ load }: Plan, phase: Plan['phases'][number], span: PhaseSpan): number => {
  const ranMs = span.endMs === null ? null : span.endMs - span.startMs;
  const lengthMs = phase.kind === 'recover' ? (ranMs ?? phase.withinMs) : phase.durationMs;
  return (load.ratePerSecond * lengthMs) / 1000;
};

/** Phases before that of the first fault in which requests failed although every node was Ready. */
const failedBefore = ({ plan, window, changes, requests }: Guarded): string[] => {
  const firstFault = plan.phases.findIndex(({ kind }) => kind === 'fault');
  const before = plan.phases.slice(0, firstFault === -1 ? undefined : firstFault);
  return before.flatMap((phase) => {
    const { name } = phase;
    const span = window.phases.find((one) => one.name === name);
    // A recovery without a fault is that of a person's own making.
    if (span === undefined || (phase.kind !== 'steady' && firstFault === -1)) return [];
    if (changes.some(({ atMs, to }) => to !== 'True' && within(atMs, span))) return [];
    const { offered = 0, failed = 0 } = requests.get(name) ?? {};
    const asked = Math.max(offered, dueIn(plan, phase, span));
    if (failed <= unsteadyBound * asked) return [];
    return [
      `${name} was not steady: ${percentText(failed, asked)} of its requests failed with every node Ready, at most ${percentText(unsteadyBound, 1)} is tolerated`,
    ];
  });
};

/**
 * The time before the first injection, in which nothing is done, and something went wrong all the same: a node was lost
 * that the profile does not lose by itself, or requests failed although every node was Ready.
 */
const unsteady = (context: Guarded): string[] => [...lostBefore(context), ...failedBefore(context)];

/** Nodes that were not Ready when the load or the first phase began: their harm is no part of what is counted. */
const illFromTheStart = ({ plan, window, changes }: Guarded): string[] => {
  const { measuredFromMs, phases } = window;
  if (measuredFromMs === null || flapsByItself(plan)) return [];
  const [first] = phases;
  const moments = [
    { began: 'the load', ill: notReadyAt(changes, measuredFromMs) },
    ...(first === undefined ? [] : [{ began: first.name, ill: notReadyAt(changes, first.startMs) }]),
  ];
  const [found] = moments.filter(({ ill }) => ill.length > 0);
  if (found === undefined) return [];
  return [`${nodeList(found.ill)} ${found.ill.length === 1 ? 'was' : 'were'} NotReady when ${found.began} began`];
};

/** Whether the marking of the pods of silenced nodes may be why others were lost: then that is harm of the fault. */
const explainsOthers = (plan: Plan): boolean => plan.prediction.flap !== 'impossible' && mayLoseOthers(plan);

/**
 * Nodes that were lost though no fault targets them, none reaches the control plane, the profile does not flap, and the
 * controller is not held up by those that are silenced for so long that it may give up others.
 */
const unexplained = ({ plan, window, changes }: Guarded): string[] => {
  const { countFromMs, measuredToMs } = window;
  const faults = plannedFaults(plan);
  if (countFromMs === null || flapsByItself(plan) || faults.some(hitsJudge) || explainsOthers(plan)) return [];
  const targets = new Set(faults.flatMap((fault) => (hitsOnlyNodeObjects(fault.kind) ? [] : fault.targets)));
  const lost = changes.filter(
    (change) =>
      isLoss(change) &&
      !targets.has(change.node) &&
      change.atMs >= countFromMs &&
      change.atMs <= (measuredToMs ?? change.atMs),
  );
  // Without a fault, a lost node is what the run was to find out.
  if (faults.length === 0 || lost.length === 0) return [];
  return [
    `${nodeList([...new Set(lost.map(({ node }) => node))])} went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself`,
  ];
};

type Absence = { readonly fromMs: number; readonly toMs: number; readonly reason: string };

/** Times of the measured time in which the API server, asked, did not say that it is ready. */
const silences = ({ events, window, untilMs }: Guarded): readonly Absence[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  const answers = new Map(ofType(events, 'api.answered').map(({ fromMs, atMs }) => [fromMs, atMs]));
  return ofType(events, 'api.silent')
    .map(({ fromMs, reason }) => ({ fromMs, toMs: answers.get(fromMs) ?? untilMs, reason }))
    .filter(({ fromMs, toMs }) => fromMs <= measuredToMs && toMs > measuredFromMs);
};

/** The API server was away for longer than a watch takes to be reopened, and no fault explains it. */
const lostControlPlane = (context: Guarded): string[] => {
  if (plannedFaults(context.plan).some(hitsJudge)) return [];
  const closed = measuredGaps(context.events, context.window).map(
    ({ fromMs, atMs, reason }): Absence => ({ fromMs, toMs: atMs, reason }),
  );
  const open = openGaps(context.events, context.window).map(
    ({ fromMs, reason }): Absence => ({ fromMs, toMs: context.untilMs, reason }),
  );
  const maxOutage = [...closed, ...open, ...silences(context)]
    .toSorted((one, other) => other.toMs - other.fromMs - (one.toMs - one.fromMs))
    .at(0);
  if (maxOutage === undefined || maxOutage.toMs - maxOutage.fromMs <= lostMs) return [];
  return [
    `the API server was out of reach for ${secondsText(maxOutage.toMs - maxOutage.fromMs)} from ${secondsText(maxOutage.fromMs)} on, which no fault of the plan explains (${maxOutage.reason})`,
  ];
};

/**
 * Why a run proves nothing although all of it ran, or can prove nothing any more while it runs; empty where it can. A
 * recovery that did not come in time is no such reason: it is what the run found.
 */
export const abortReasons = (context: Guarded): string[] => [
  ...illFromTheStart(context),
  ...unsteady(context),
  ...unexplained(context),
  ...lostControlPlane(context),
];
