import { lacksOnlyTime, type Plan } from '../plan/index.ts';
import { requestOutcomes, shortages, type TimelineEvent } from '../timeline/index.ts';
import { windowSlackMs } from './calibration.ts';
import { type ClockFigures, hiddenRenewals } from './clock.ts';
import type { ExpectationResult, RunDocument, StepResult, Verdict } from './document.ts';
import { entranceReasons } from './entrance.ts';
import type { AssessedFault } from './faults.ts';
import type { Seen } from './findings.ts';
import { failedOf, guardReasons, type PhaseRequests } from './guards.ts';
import { ofType } from './outline.ts';
import type { RequestFigures } from './requests.ts';
import { unreadSettings } from './settings.ts';
import { stepText } from './steps.ts';
import { listText, millisecondsText, numberText, percentText, secondsText } from './text.ts';

/**
 * Instants are held against windows with this much slack: requests sent later than that would show the generator, not
 * the cluster. Lateness below it is a finding, for the reader of an instant.
 */
export const latenessBoundMs = windowSlackMs;

/** The load ends once the last phase has ended: every request that was due before is on record. */
const scheduleSlackMs = 1;

/** Above this share of requests that were never sent, the load was not the one that was asked for. */
export const droppedBound = 0.001;

type Figures = Pick<RunDocument, 'settings' | 'requests' | 'steps' | 'unknown'> & {
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

const loadReasons = (events: readonly TimelineEvent[], requests: RunDocument['requests']): string[] => {
  const { offered, dropped, latenessMs } = requests;
  const counted = ofType(events, 'load.ended').at(-1)?.offered ?? null;
  if (counted === null && offered === 0) return ['no request was offered'];
  const known = requestOutcomes.reduce((sum, outcome) => sum + (requests[outcome] ?? 0), 0);
  const lateMs = latenessMs.p99;
  return [
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

const faultReasons = (faults: readonly AssessedFault[]): string[] =>
  faults.flatMap(({ result, doubts, deviations }) => {
    const name = `${result.kind} on ${listText(result.targets)}`;
    return [
      ...(doubts.length === 0 ? [] : [`${name} is not proved: ${doubts.join('; ')}`]),
      ...deviations.map((deviation) => `${name} was not the one that was asked for: ${deviation}`),
      ...(result.startMs === null || result.undone ? [] : [`${name} is not known to be undone`]),
    ];
  });

/** Recoveries that did not come in time: what was to be found out, and found. No phase begins after one. */
const lateRecoveries = (steps: readonly StepResult[]): readonly string[] =>
  steps.filter(({ kind, outcome }) => kind === 'recover' && outcome === 'timedOut').map(stepText);

/**
 * What the figures cannot hold, for nobody looked: harm that is still on its way when the observation ends. A recovery
 * that found something wrong is no such doubt; one that had only too little time to see that nothing was, is.
 */
const endedTooEarly = ({ phases }: Plan, steps: readonly StepResult[]): readonly string[] => {
  const last = phases.findLastIndex(({ kind }) => kind === 'fault');
  if (last === -1) return [];
  const names = phases.slice(last).flatMap(({ kind, name }) => (kind === 'recover' ? [name] : []));
  const isCut = steps.some(
    ({ kind, outcome, detail }) => kind === 'recover' && outcome === 'timedOut' && lacksOnlyTime(detail),
  );
  if (isCut) return ['the recovery had too little time to be seen as one: give its phase a longer `within`'];
  return names.length > 0
    ? []
    : [
        'no phase recover follows the last fault: what it brings after the end of the run is not known; end the phases with recover',
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
  return expectations.flatMap(({ figure, observed }) => {
    if (observed !== null || neverBegun(figure, figures)) return [];
    const known = unknown.find((one) => one.figure === figure);
    if (known !== undefined) return [`${figure} is not known: ${known.why}`];
    const [, phase = null] = /^requests\.byPhase\.([^.]+)\./.exec(figure) ?? [];
    const asked = phase === null ? requests : requests.byPhase[phase];
    return figure.startsWith('requests.') && asked?.offered === 0
      ? [`${figure} is not known: no request was due${phase === null ? '' : ` in ${phase}`}`]
      : [`${figure} was not observed`];
  });
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
const doubtsOf = (
  seen: Seen,
  figures: Figures,
  faults: readonly AssessedFault[],
  expectations: readonly ExpectationResult[],
): string[] => {
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
    ...settingReasons(seen, figures.settings),
    ...faultReasons(faults),
    ...figures.steps.filter(({ kind, outcome }) => outcome === 'timedOut' && kind !== 'recover').map(stepText),
    ...loadReasons(seen.events, figures.requests),
    ...generatorReasons(seen, figures.load),
    ...entranceReasons(seen.events),
    ...hiddenRenewals(seen.events, figures.clock, seen.outline),
    ...guardReasons(guarded(seen, figures.requests)),
    ...endedTooEarly(seen.plan, figures.steps),
    ...figureReasons(figures, expectations),
  ];
};

/**
 * Evidence comes first: where it is not valid the run is inconclusive whatever its figures say, for a fault that was
 * not proved can neither pass a configuration nor fail it. Then a recovery that did not come in time is a fail, as is one
 * expectation not held.
 */
export const decide = (
  seen: Seen,
  figures: Figures,
  faults: readonly AssessedFault[],
  expectations: readonly ExpectationResult[],
): { readonly verdict: Verdict; readonly reasons: readonly string[] } => {
  const doubts = doubtsOf(seen, figures, faults, expectations);
  const late = lateRecoveries(figures.steps);
  if (doubts.length > 0) return { verdict: 'inconclusive', reasons: [...doubts, ...late] };
  const missed = expectations.filter(({ held }) => !held);
  const reasons = [
    ...late,
    ...missed.map(({ figure, expected, observed }) =>
      observed === null
        ? `${figure}: expected ${expected}, and its phase was not begun`
        : `${figure}: expected ${expected}, observed ${numberText(observed)}`,
    ),
  ];
  return { verdict: reasons.length === 0 ? 'pass' : 'fail', reasons };
};
