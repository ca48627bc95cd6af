import { flapsByItself, isCount, lacksOnlyTime, nodesOf } from '../plan/index.ts';
import { requestOutcomes, shortages } from '../timeline/index.ts';
import type { ExpectationResult, RunDocument, StepResult, Verdict } from './document.ts';
import { type ClockFigures, hiddenRenewals } from './evidence/clock.ts';
import type { AssessedFault } from './evidence/faults.ts';
import { failedOf, guardReasons, type PhaseRequests } from './evidence/guards.ts';
import { isExceeded } from './expectations.ts';
import { entranceReasons, loadClockReasons } from './figures/entrance.ts';
import { notReadyAt } from './figures/nodes.ts';
import type { RequestFigures } from './figures/requests.ts';
import { unreadSettings } from './figures/settings.ts';
import { windowSlackMs } from './findings/calibration.ts';
import type { Seen } from './findings/findings.ts';
import { ofType } from './measurement-window.ts';
import { stepText } from './steps.ts';
import { listText, millisecondsText, numberText, percentText, secondsText } from './text.ts';

/**
 * Instants are held against windows with this much slack: requests sent later than that would show the generator, not
 * the cluster. Lateness below it is a finding, for the reader of an instant.
 */
export const latenessBoundMs = windowSlackMs;

/** The load ends once the last phase has ended: every request that was due before is on record. */
const scheduleSlackMs = 1;

/** A phase that has this much less of the requests that were due in it was not asked as planned. */
export const missingBound = { requests: 2, share: 0.01 } as const;

/** Above this share of requests that were never sent, the load was not the one that was asked for. */
export const droppedBound = 0.001;

type Figures = Pick<RunDocument, 'settings' | 'nodes' | 'requests' | 'steps' | 'unknown'> & {
  readonly clock: ClockFigures | null;
  readonly load: Pick<RequestFigures, 'lastDueMs' | 'shortages'>;
};

const endReasons = ({ outline }: Seen, steps: readonly StepResult[]): string[] => {
  const { ended, lastEventMs } = outline;
  const bad = steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted').map(stepText);
  if (lastEventMs === null) return ['nothing is on record'];
  if (ended === null) {
    return [...bad, `the record ends at ${secondsText(lastEventMs)} without the end of the run: it was cut short`];
  }
  if (ended.outcome === 'completed') return bad;
  const [reason = ''] = (ended.reason ?? '').split('\n');
  const why = reason === '' ? '' : `: ${reason}`;
  return reason !== '' && bad.some((text) => text.includes(reason))
    ? bad
    : [...bad, `the run ${ended.outcome === 'failed' ? 'failed' : 'was interrupted'}${why}`];
};

const settingReasons = ({ plan, events }: Seen, { read, differences }: RunDocument['settings']): string[] => {
  if (read === 0) return ['no setting was read back from the running processes'];
  const unread = unreadSettings(plan, events);
  const shown = (value: string | null): string => value ?? 'unset';
  return [
    ...differences.map(
      ({ component, node, setting, expected, observed }) =>
        `${component} on ${node} runs with ${setting} ${shown(observed)}, not ${shown(expected)}`,
    ),
    ...(unread.length === 0 ? [] : [`not read back from the running processes: ${listText(unread)}`]),
  ];
};

/** What is due in a phase follows from its length, whatever became of it: a load that stopped, or began late, shows here. */
const missingRequests = ({ plan, outline }: Seen, { byPhase }: RunDocument['requests']): string[] =>
  outline.phases.flatMap(({ name, startMs, endMs }) => {
    const due = Math.floor((((endMs ?? startMs) - startMs) * plan.load.ratePerSecond) / 1000);
    const offered = byPhase[name]?.offered ?? 0;
    return due - offered > Math.max(missingBound.requests, missingBound.share * due)
      ? [`${name} has ${numberText(offered)} requests on record, ${numberText(due)} were due in it`]
      : [];
  });

/** Nodes that the record tells nothing of, or that were not Ready when it began to count: their harm is no part of it. */
const nodeReasons = ({ plan, changes, outline }: Seen): string[] => {
  const { measuredFromMs } = outline;
  if (measuredFromMs === null) return [];
  const before = new Set(changes.flatMap(({ node, atMs }) => (atMs <= measuredFromMs ? [node] : [])));
  const unseen = nodesOf(plan).filter((node) => !before.has(node));
  const ill = flapsByItself(plan) ? [] : notReadyAt(changes, measuredFromMs);
  return [
    ...(unseen.length === 0 ? [] : [`of ${listText(unseen)} nothing was seen before the load began`]),
    ...(ill.length === 0 ? [] : [`${listText(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady when the load began`]),
  ];
};

const loadReasons = (seen: Seen, requests: RunDocument['requests']): string[] => {
  const { events } = seen;
  const { offered, dropped, latenessMs } = requests;
  const counted = ofType(events, 'load.ended').at(-1)?.offered ?? null;
  if (counted === null && offered === 0) return ['no request was offered'];
  const known = requestOutcomes.reduce((sum, outcome) => sum + (requests[outcome] ?? 0), 0);
  const lateMs = latenessMs.p99;
  return [
    ...missingRequests(seen, requests),
    ...(counted === null ? ['the load generator never said how many requests it offered'] : []),
    ...(counted !== null && counted !== offered
      ? [`${numberText(counted)} requests were offered and ${numberText(offered)} are on record`]
      : []),
    ...(known === offered ? [] : [`${numberText(offered - known)} requests have no known outcome`]),
    ...(lateMs !== null && lateMs > latenessBoundMs
      ? [`requests were sent late: p99 ${millisecondsText(lateMs)}, at most ${latenessBoundMs} ms is tolerated`]
      : []),
    ...((dropped ?? 0) > droppedBound * offered
      ? [
          `the load generator could not send ${percentText(dropped, offered)} of the requests, at most ${percentText(droppedBound, 1)} is tolerated`,
        ]
      : []),
  ];
};

/** What this machine lacked for the load, and what of the phases the load did not see. */
const generatorReasons = ({ plan, outline }: Seen, { shortages: lacked, lastDueMs }: Figures['load']): string[] => {
  const [last] = outline.phases.slice(-1);
  const missedMs = (last?.endMs ?? 0) - (lastDueMs ?? Number.POSITIVE_INFINITY) - 1000 / plan.load.ratePerSecond;
  return [
    ...[...lacked].map(
      ([code, count]) =>
        `this machine could not send ${numberText(count)} requests: ${code}, ${shortages[code]}; that says nothing about the service`,
    ),
    ...(last !== undefined && missedMs > scheduleSlackMs
      ? [`the load ended ${secondsText(missedMs)} before ${last.name} did: what the service did after it is not known`]
      : []),
  ];
};

const isCut = ({ kind, outcome, detail }: StepResult): boolean =>
  kind === 'recover' && outcome === 'timedOut' && lacksOnlyTime(detail);

/** Recoveries that did not come in time: what was to be found out, and found. No phase begins after one. */
const lateRecoveries = (steps: readonly StepResult[]): readonly string[] =>
  steps.filter((step) => step.kind === 'recover' && step.outcome === 'timedOut' && !isCut(step)).map(stepText);

/** Faults of phases that were begun. Those of a phase that a recovery kept from beginning are no doubt of what was found. */
const begun = (
  { plan }: Seen,
  faults: readonly AssessedFault[],
  steps: readonly StepResult[],
): readonly AssessedFault[] => {
  if (!steps.some(({ kind, outcome }) => kind === 'recover' && outcome === 'timedOut')) return faults;
  const names = new Set(steps.map(({ name }) => name));
  const ids = new Set(
    plan.phases.flatMap((phase) =>
      phase.kind === 'fault' && names.has(phase.name)
        ? phase.inject.flatMap(({ occurrences }) => occurrences.map(({ id }) => id))
        : [],
    ),
  );
  return faults.filter(({ result }) => ids.has(result.id));
};

const faultReasons = (faults: readonly AssessedFault[]): string[] =>
  faults.flatMap(({ result, doubts, deviations }) => {
    const name = `${result.kind} on ${listText(result.targets)}`;
    return [
      ...(doubts.length === 0 ? [] : [`${name} is not proved: ${doubts.join('; ')}`]),
      ...deviations.map((deviation) => `${name} was not the one that was asked for: ${deviation}`),
      ...(result.startMs === null || result.undone ? [] : [`${name} is not known to be undone`]),
    ];
  });

/**
 * What the figures cannot hold, for nobody looked: harm that is still on its way when the observation ends. A recovery
 * that found something wrong is no such doubt; one that had only too little time to see that nothing was, is.
 */
const endedTooEarly = ({ plan, changes, outline }: Seen, steps: readonly StepResult[]): readonly string[] => {
  const { phases } = plan;
  const cut = steps.filter(isCut).map(stepText);
  if (cut.length > 0)
    return ['the recovery had too little time to be seen as one: give its phase a longer `within`', ...cut];
  const last = phases.findLastIndex(({ kind }) => kind === 'fault');
  if (last !== -1 && !phases.slice(last).some(({ kind }) => kind === 'recover')) {
    return [
      'no phase recover follows the last fault: what it brings after the end of the run is not known; end the phases with recover',
    ];
  }
  // A profile that loses nodes by itself does so at the end, too.
  if (lateRecoveries(steps).length > 0 || outline.measuredToMs === null || flapsByItself(plan)) return [];
  const ill = notReadyAt(changes, outline.measuredToMs);
  return ill.length === 0
    ? []
    : [
        `${listText(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady when the run ended: what that brings later is not known; end the phases with recover`,
      ];
};

/** Whether a figure is one of a phase that was not begun, for the cluster had not recovered before it. */
const neverBegun = (figure: string, { steps }: Figures): boolean => {
  const [, phase = null] = /^requests\.byPhase\.([^.]+)\./.exec(figure) ?? [];
  return phase !== null && lateRecoveries(steps).length > 0 && !steps.some(({ name }) => name === phase);
};

/** Why an expected figure is null: what it rests on was blind, nobody asked, or it never happened. */
const figureReasons = (figures: Figures, expectations: readonly ExpectationResult[]): string[] => {
  const { requests, unknown = [] } = figures;
  return expectations.flatMap(({ figure, observed, atLeast }) => {
    if (observed !== null || atLeast !== undefined || neverBegun(figure, figures)) return [];
    const known = unknown.find((one) => one.figure === figure);
    if (known !== undefined) return [`${figure} is not known: ${known.why}`];
    const [, phase = null] = /^requests\.byPhase\.([^.]+)\./.exec(figure) ?? [];
    const [, entrance = null] = /^requests\.byEntrance\.([^.]+)\./.exec(figure) ?? [];
    if (entrance !== null && (requests.byEntrance?.[entrance]?.offered ?? 0) === 0)
      return [`${figure} is not known: no request entered through ${entrance}`];
    const asked = phase === null ? requests : requests.byPhase[phase];
    return figure.startsWith('requests.') && asked?.offered === 0
      ? [`${figure} is not known: no request was due${phase === null ? '' : ` in ${phase}`}`]
      : [`${figure} was not observed`];
  });
};

const beforeFault = 'nodes.notReadyTransitionsBeforeFault';
/** Figures of NotReady nodes that count from the first fault on. */
const fromFaultOn = /^nodes\.(?:byNode\..+\.)?(?:notReadyTransitions|notReadyByKubelet|maxNotReady)$/;

/**
 * An upper bound of NotReady nodes that holds only because what came before the first fault is not counted in it: whoever
 * wrote "at most 0" has not been told the whole. No such doubt where that figure is expected too, or its bound is exceeded
 * anyway; under settings that lose no node by themselves a guard has ended the run.
 */
const uncountedHarm = ({ plan }: Seen, { nodes }: Figures, results: readonly ExpectationResult[]): string[] => {
  const uncounted = nodes.notReadyTransitionsBeforeFault ?? 0;
  if (uncounted === 0 || !flapsByItself(plan) || plan.expectations.some(({ figure }) => figure === beforeFault))
    return [];
  return plan.expectations.flatMap(({ figure, max, equals }, index) =>
    (max ?? equals) !== null && results[index]?.held === true && fromFaultOn.test(figure)
      ? [
          `${figure} counts from the first fault on, and nodes were NotReady before it, too (${numberText(uncounted)} ${uncounted === 1 ? 'transition' : 'transitions'}): expect ${beforeFault} besides, or choose settings that keep nodes Ready without a fault`,
        ]
      : [],
  );
};

/** The whole run, as its guards look at it. */
const guarded = (seen: Seen, { byPhase }: RunDocument['requests']): Parameters<typeof guardReasons>[0] => ({
  ...seen,
  requests: new Map(
    Object.entries(byPhase).map(([name, counts]): [string, PhaseRequests] => [
      name,
      { offered: counts.offered, failed: failedOf(counts) },
    ]),
  ),
  untilMs: seen.outline.measuredToMs ?? seen.outline.lastEventMs ?? 0,
});

/**
 * Why the run proves nothing, most basic first; empty where its evidence is valid. A run that did not come to its end
 * names that and what went wrong before, not all that is missing because of it.
 */
const doubtsOf = (seen: Seen, figures: Figures, faults: readonly AssessedFault[]): string[] => {
  const ending = endReasons(seen, figures.steps);
  if (ending.length > 0) {
    const undoing = faults.filter(({ result }) => result.endMs !== null && !result.undone).map(({ result }) => result);
    return [
      ...ending,
      ...(figures.settings.differences.length > 0 ? settingReasons(seen, figures.settings) : []),
      ...undoing.map(({ kind, targets }) => `${kind} on ${listText(targets)} is not known to be undone`),
    ];
  }
  return [
    ...figures.steps.filter(({ kind, outcome }) => outcome === 'timedOut' && kind !== 'recover').map(stepText),
    ...settingReasons(seen, figures.settings),
    ...nodeReasons(seen),
    ...faultReasons(begun(seen, faults, figures.steps)),
    ...loadReasons(seen, figures.requests),
    ...generatorReasons(seen, figures.load),
    ...entranceReasons(seen.events),
    ...loadClockReasons(seen.events),
    ...hiddenRenewals(seen.events, figures.clock, seen.outline),
    ...guardReasons(guarded(seen, figures.requests)),
  ];
};

/**
 * Expectations that the record refutes for sure, in words. What was seen is seen: a count that is above its bound stays so,
 * whatever is not known besides. @param complete whether the run was watched to its end
 */
const refuted = (
  { plan }: Seen,
  figures: Figures,
  results: readonly ExpectationResult[],
  complete: boolean,
): string[] =>
  results.flatMap((result, index) => {
    const { figure, expected, observed, held, atLeast } = result;
    const expectation = plan.expectations[index];
    if (held || expectation === undefined) return [];
    if (observed === null) {
      if (neverBegun(figure, figures)) return [`${figure}: expected ${expected}, and its phase was not begun`];
      return atLeast === undefined ? [] : [`${figure}: expected ${expected}, observed at least ${numberText(atLeast)}`];
    }
    const sure = complete || (isCount(figure) && isExceeded(expectation, observed));
    return sure ? [`${figure}: expected ${expected}, observed ${numberText(observed)}`] : [];
  });

/**
 * Evidence comes first: where it is not valid the run is inconclusive whatever its figures say, for a fault that was
 * not proved can neither pass a configuration nor fail it. Then a recovery that did not come in time is a fail, as is one
 * expectation that is refuted by what was seen. Where nothing is, a run that leaves something open is inconclusive.
 */
export const decide = (
  seen: Seen,
  figures: Figures,
  faults: readonly AssessedFault[],
  expectations: readonly ExpectationResult[],
): { readonly verdict: Verdict; readonly reasons: readonly string[] } => {
  const doubts = doubtsOf(seen, figures, faults);
  const early = endedTooEarly(seen, figures.steps);
  const open = [...early, ...figureReasons(figures, expectations), ...uncountedHarm(seen, figures, expectations)];
  const late = lateRecoveries(figures.steps);
  // Of a run that did not come to its end, all that is missing is missing because of that.
  const isOver = seen.outline.ended?.outcome === 'completed';
  if (doubts.length > 0) return { verdict: 'inconclusive', reasons: [...doubts, ...(isOver ? open : []), ...late] };
  const found = [...late, ...refuted(seen, figures, expectations, early.length === 0)];
  if (found.length > 0) return { verdict: 'fail', reasons: [...found, ...open] };
  return { verdict: open.length === 0 ? 'pass' : 'inconclusive', reasons: open };
};
