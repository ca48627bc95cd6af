import { countedGrouped } from '../../common/text/counted.ts';
import { notReadyAt } from '../../figures/index.ts';
import { nodesOf } from '../../plan/index.ts';
import { ofType, requestOutcomes, shortages } from '../../timeline/index.ts';
import type { ClockFigures, RunDocument, StepResult } from '../document.ts';
import { entranceReasons, loadClockReasons } from '../figures/entrance.ts';
import type { RequestFigures } from '../figures/requests.ts';
import { unreadAgain, unreadSettings } from '../figures/settings.ts';
import { windowSlackMs } from '../findings/calibration.ts';
import type { JudgeContext } from '../judge-context.ts';
import { stepText } from '../steps.ts';
import { listText, millisecondsText, nodeList, numberText, percentText, secondsText } from '../text.ts';
import { abortReasons, failedOf, type PhaseRequests } from './abort-conditions.ts';
import { hiddenRenewals } from './clock.ts';
import type { AssessedFault } from './faults/faults.ts';
import { hollowProblems } from './hollow/hollow.ts';
import { processProblems } from './processes.ts';
import { unmeasuredWhy } from './unmeasured.ts';

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

/** What doubts and verdicts are taken from, beside the record itself. */
export type Figures = Pick<RunDocument, 'settings' | 'nodes' | 'requests' | 'pods' | 'steps' | 'unknown'> & {
  readonly clock: ClockFigures | null;
  readonly load: Pick<RequestFigures, 'lastDueMs' | 'shortages' | 'latenessMsByGenerator'>;
};

const endReasons = ({ window }: JudgeContext, steps: readonly StepResult[]): string[] => {
  const { ended, lastEventMs } = window;
  const bad = steps.filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted').map(stepText);
  if (lastEventMs === null) return ['nothing is on record'];
  if (ended === null) {
    return [...bad, `the record ends at ${secondsText(lastEventMs)}, before the end of the run`];
  }
  if (ended.outcome === 'completed') return bad;
  const [reason = ''] = (ended.reason ?? '').split('\n');
  const why = reason === '' ? '' : `: ${reason}`;
  return reason !== '' && bad.some((text) => text.includes(reason))
    ? bad
    : [...bad, `the run ${ended.outcome === 'failed' ? 'failed' : 'was interrupted'}${why}`];
};

const settingReasons = (
  { plan, events, changes, window }: JudgeContext,
  { read, differences }: RunDocument['settings'],
): string[] => {
  // What a cluster of somebody else does not show of its settings is no reason; what it shows has to be as planned.
  const isHidden = unmeasuredWhy(events, 'settings') !== null;
  if (read === 0 && !isHidden) return ['no setting was read back from the running processes'];
  const unread = isHidden ? [] : unreadSettings(plan, events);
  const { ended, lastEventMs } = window;
  const away = lastEventMs === null ? [] : notReadyAt(changes, lastEventMs);
  const again =
    ended?.outcome === 'completed' && unread.length === 0 && !isHidden
      ? unreadAgain(plan, events, (node) => !away.includes(node))
      : [];
  const shown = (value: string | null): string => value ?? 'unset';
  return [
    ...differences.map(
      ({ component, node, setting, expected, observed, moment }) =>
        `${component} on ${node} runs with ${setting} ${shown(observed)}, not ${shown(expected)}${moment === 'end' ? ', when the load had ended' : ''}`,
    ),
    ...(unread.length === 0 ? [] : [`not read back from the running processes: ${listText(unread)}`]),
    ...(again.length === 0 ? [] : [`not read again when the load had ended: ${listText(again)}`]),
  ];
};

/** What is due in a phase follows from its length, whatever became of it: a load that stopped, or began late, shows here. */
const missingRequests = ({ plan, window }: JudgeContext, { byPhase }: RunDocument['requests']): string[] =>
  window.phases.flatMap(({ name, startMs, endMs }) => {
    const due = Math.floor((((endMs ?? startMs) - startMs) * plan.load.ratePerSecond) / 1000);
    const offered = byPhase[name]?.offered ?? 0;
    return due - offered > Math.max(missingBound.requests, missingBound.share * due)
      ? [`${name} has ${countedGrouped(offered, 'request')} on record, ${numberText(due)} were due in it`]
      : [];
  });

/** Nodes that the record has nothing of: their harm is no part of it. */
const nodeReasons = ({ plan, changes, window }: JudgeContext): string[] => {
  const { measuredFromMs } = window;
  if (measuredFromMs === null) return [];
  const before = new Set(changes.flatMap(({ node, atMs }) => (atMs <= measuredFromMs ? [node] : [])));
  const unseen = nodesOf(plan).filter((node) => !before.has(node));
  return unseen.length === 0 ? [] : [`of ${nodeList(unseen)} nothing was seen before the load began`];
};

const loadReasons = (context: JudgeContext, requests: RunDocument['requests']): string[] => {
  const { events } = context;
  if (unmeasuredWhy(events, 'requests') !== null) return [];
  const { offered, dropped, latenessMs } = requests;
  const counted = ofType(events, 'load.ended').at(-1)?.offered ?? null;
  if (counted === null && offered === 0) return ['no request was offered'];
  const known = requestOutcomes.reduce((sum, outcome) => sum + (requests[outcome] ?? 0), 0);
  const lateMs = latenessMs.p99;
  return [
    ...missingRequests(context, requests),
    ...(counted === null ? ['the load generator never said how many requests it offered'] : []),
    ...(counted !== null && counted !== offered
      ? [`${countedGrouped(counted, 'request was', 'requests were')} offered and ${numberText(offered)} are on record`]
      : []),
    ...(known === offered
      ? []
      : [`${countedGrouped(offered - known, 'request has', 'requests have')} no known outcome`]),
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
const generatorReasons = (
  { plan, window }: JudgeContext,
  { shortages: lacked, lastDueMs, latenessMsByGenerator }: Figures['load'],
): string[] => {
  const [last] = window.phases.slice(-1);
  const missedMs = (last?.endMs ?? 0) - (lastDueMs ?? Number.POSITIVE_INFINITY) - 1000 / plan.load.ratePerSecond;
  return [
    ...[...lacked].map(
      ([code, count]) =>
        `this machine could not send ${countedGrouped(count, 'request')}: ${code}, ${shortages[code]}; that says nothing about the service`,
    ),
    // What one of several sends late is a smaller share of all.
    ...[...latenessMsByGenerator]
      .filter(([, lateMs]) => lateMs > latenessBoundMs)
      .map(
        ([node, lateMs]) =>
          `the load generator on ${node} sent late: p99 ${millisecondsText(lateMs)}, at most ${latenessBoundMs} ms is tolerated`,
      ),
    ...(last !== undefined && missedMs > scheduleSlackMs
      ? [`the load ended ${secondsText(missedMs)} before ${last.name} did: what the service did after it is not known`]
      : []),
  ];
};

/** Faults of phases that were begun. Those of a phase that a recovery kept from beginning are no doubt of what was found. */
const begun = (
  { plan }: JudgeContext,
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
  faults.flatMap(({ result, problems, deviations }) => {
    const name = `${result.kind} on ${nodeList(result.targets)}`;
    return [
      ...(problems.length === 0 ? [] : [`${name} is not proved: ${problems.join('; ')}`]),
      ...deviations.map((deviation) => `${name} was not the one that was asked for: ${deviation}`),
      ...(result.startMs === null || result.undone ? [] : [`${name} is not known to be undone`]),
    ];
  });

/** The entire run, as its abort conditions check it. */
const guarded = (context: JudgeContext, { byPhase }: RunDocument['requests']): Parameters<typeof abortReasons>[0] => ({
  ...context,
  requests: new Map(
    Object.entries(byPhase).map(([name, counts]): [string, PhaseRequests] => [
      name,
      { offered: counts.offered, failed: failedOf(counts) },
    ]),
  ),
  untilMs: context.window.measuredToMs ?? context.window.lastEventMs ?? 0,
});

/**
 * Why the run proves nothing, most basic first; empty where its evidence is valid. A run that did not come to its end
 * names that and what went wrong before, not all that is missing because of it.
 */
export const evidenceProblems = (
  context: JudgeContext,
  figures: Figures,
  faults: readonly AssessedFault[],
): string[] => {
  const ending = endReasons(context, figures.steps);
  if (ending.length > 0) {
    const undoing = faults.filter(({ result }) => result.endMs !== null && !result.undone).map(({ result }) => result);
    return [
      ...ending,
      ...(figures.settings.differences.length > 0 ? settingReasons(context, figures.settings) : []),
      ...undoing.map(({ kind, targets }) => `${kind} on ${nodeList(targets)} is not known to be undone`),
    ];
  }
  return [
    ...figures.steps.filter(({ kind, outcome }) => outcome === 'timedOut' && kind !== 'recover').map(stepText),
    ...settingReasons(context, figures.settings),
    ...processProblems(context),
    ...nodeReasons(context),
    ...hollowProblems(context),
    ...faultReasons(begun(context, faults, figures.steps)),
    ...loadReasons(context, figures.requests),
    ...generatorReasons(context, figures.load),
    ...entranceReasons(context.events),
    ...loadClockReasons(context.events),
    ...hiddenRenewals(context.events, figures.clock, context.window),
    ...abortReasons(guarded(context, figures.requests)),
  ];
};
