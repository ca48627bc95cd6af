import { countedGrouped } from '../../../common/text/counted.ts';
import {
  askedLengthMs,
  isHollow,
  type Occurrence,
  type Plan,
  type PlannedFault,
  silencedBy,
} from '../../../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../../../timeline/index.ts';
import type { FaultResult } from '../../document.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { listText, nodeList, secondsText } from '../../text.ts';
import type { BlindTime } from '../blind-times.ts';
import { blindIn } from '../hidden-figures.ts';
import { ranOn } from '../processes.ts';
import { heldOn, lengthProblems, lengthToleranceMs } from './fault-length.ts';
import { othersProblems, renewedMeanwhile } from './others-renew.ts';
import { signsOfLife } from './signs-of-life.ts';

/** The step that a growing fault came to; null where it stands at its full strength from the first. */
const reachedStep = (
  planned: PlannedFault,
  grown: readonly EventOf<'fault.grown'>[],
): NonNullable<FaultResult['grown']> | null => {
  const steps = 'rampSteps' in planned ? planned.rampSteps : 1;
  return steps === 1 ? null : { step: Math.max(1, ...grown.map(({ step }) => step)), steps };
};

/** Why a fault that grows did not come to its full strength in its time, in words. */
const rampProblems = (
  reached: FaultResult['grown'],
  grown: readonly EventOf<'fault.grown'>[],
  span: { readonly injectedMs: number | null; readonly undoingMs: number | null; readonly lengthMs: number },
): string[] => {
  const { injectedMs, undoingMs, lengthMs } = span;
  if (reached === null || reached === undefined || injectedMs === null || undoingMs === null) return [];
  const { step, steps } = reached;
  if (step < steps) return [`its strength came to step ${step} of ${steps} only`];
  const last = grown.find((one) => one.step === steps);
  const afterMs = (last?.atMs ?? undoingMs) - injectedMs;
  const dueMs = (lengthMs * (steps - 1)) / steps;
  return Math.abs(afterMs - dueMs) <= lengthToleranceMs(lengthMs)
    ? []
    : [
        `its full strength, step ${steps} of ${steps}, came ${secondsText(afterMs)} after the injection, ${secondsText(dueMs)} were asked for`,
      ];
};

const moments = { start: 'just after the injection', end: 'just before the undo' } as const;

const proofProblems = (targets: readonly string[], attested: readonly EventOf<'fault.attested'>[]): string[] =>
  targets.flatMap((node) =>
    (['start', 'end'] as const).flatMap((moment) => {
      const readings = attested.filter((event) => event.node === node && event.moment === moment);
      if (readings.length === 0) return [`no proof from ${node} ${moments[moment]}`];
      return readings
        .filter(({ state }) => state !== 'present')
        .map(({ state, evidence }) => `${state} on ${node} ${moments[moment]} (${evidence})`);
    }),
  );

/** Nodes whose leases the record has none of: that none was renewed is then no proof. */
const withoutRenewal = (events: readonly TimelineEvent[], targets: readonly string[]): readonly string[] => {
  const renewed = new Set(ofType(events, 'lease.renewed').map(({ node }) => node));
  return targets.filter((node) => !renewed.has(node));
};

/** One line for each proof; for hollow nodes that one process keeps, one for all of them. */
const attestedText = (attested: readonly EventOf<'fault.attested'>[]): readonly string[] => {
  const proofs = Map.groupBy(attested, ({ node, moment, state, evidence }) => {
    const said = `${moment}: ${state} (${evidence})`;
    return isHollow(node) ? said : `${node}, ${said}`;
  });
  return [...proofs].flatMap(([said, own]) => {
    const nodes = own.map(({ node }) => node);
    return nodes.every(isHollow) ? [`${nodeList(nodes)}, ${said}`] : own.map(() => said);
  });
};

/** A fault as it went, and every reason to doubt that it was there: attested is to have none. */
export type AssessedFault = {
  readonly result: FaultResult;
  readonly problems: readonly string[];
  /** How it was another fault than the one that was asked for, though it was there: its length, its last strength. */
  readonly deviations: readonly string[];
};

type OwnEvent =
  | 'fault.injecting'
  | 'fault.injected'
  | 'fault.grown'
  | 'fault.attested'
  | 'fault.undoing'
  | 'fault.undone';

/** A fault on a leader hits the one of its possible targets that led. */
const targetProblems = ({ targets, leaderOf }: PlannedFault, hit: readonly string[]): string[] =>
  leaderOf === undefined || (hit.length === 1 && hit.every((node) => targets.includes(node)))
    ? []
    : [`expected one of ${listText(targets)} to be hit, found ${hit.length === 0 ? 'none' : listText(hit)}`];

/**
 * @param blind times in which the watch on leases may have missed one
 * @param answered requests that pods answered which it was to freeze
 */
const assess = (
  plan: Plan,
  events: readonly TimelineEvent[],
  planned: PlannedFault,
  occurrence: Occurrence,
  blind: readonly BlindTime[],
  answered: number,
): AssessedFault => {
  const { id } = occurrence;
  const own = <T extends OwnEvent>(type: T): EventOf<T>[] =>
    ofType(events, type).filter((event) => (event as { readonly fault: string }).fault === id);
  const injecting = own('fault.injecting')[0];
  // Which of the possible targets led is known only once the injection began.
  const targets = planned.leaderOf === undefined ? planned.targets : (injecting?.targets ?? planned.targets);
  const attested = own('fault.attested');
  const injected = own('fault.injected')[0] ?? null;
  const injectedMs = injected?.atMs ?? null;
  const undoingMs = own('fault.undoing')[0]?.atMs ?? null;
  const undone = own('fault.undone').at(-1);
  const askedMs = askedLengthMs(planned, occurrence);
  const ended = { injected, undoingMs, undone: undone ?? null };
  const heldMs = heldOn(targets, askedMs, ended);
  // A node undoes by itself when its own clock says so: on a busy machine before this process notes that it is time.
  const endMs = (node: string): number =>
    Math.min(
      undoingMs ?? Number.POSITIVE_INFINITY,
      (injecting?.atMs ?? injectedMs ?? 0) + (heldMs[node] ?? Number.POSITIVE_INFINITY),
    );
  // A kubelet that stands still, or is cut off, cannot renew its lease or post its status: one that does was not silenced.
  const silent = silencedBy(planned, targets);
  const signs = injectedMs === null ? [] : signsOfLife(events, silent, injectedMs, endMs);
  const silenced = plan.profile.effective.withoutLeases === true ? [] : silent;
  const watched = injectedMs !== null && silenced.length > 0;
  const never = watched ? withoutRenewal(events, silenced) : [];
  const watchedThroughout =
    watched && undoingMs !== null && never.length === 0 && blindIn(blind, ['leases'], [injectedMs, undoingMs]) === null;
  const others = watchedThroughout ? renewedMeanwhile(events, silenced, injectedMs, undoingMs) : [];
  const unproved = watchedThroughout ? othersProblems(plan, others, injectedMs, undoingMs) : [];
  const problems =
    injectedMs === null
      ? ['it was never in place']
      : [
          ...targetProblems(planned, targets),
          ...proofProblems(targets, attested),
          ...signs,
          ...(answered === 0
            ? []
            : [
                `${countedGrouped(answered, 'request was', 'requests were')} answered while every pod was on nodes that stood still`,
              ]),
          ...ranOn(events, planned, targets, {
            injectingMs: injecting?.atMs ?? injectedMs,
            clockMs: injected?.clockMs ?? {},
          }),
          ...(never.length === 0 ? [] : [`no lease of ${nodeList(never)} was ever seen`]),
          ...unproved,
        ];
  const grown = reachedStep(planned, own('fault.grown'));
  return {
    problems,
    deviations: [
      ...lengthProblems(askedMs, heldMs, ended),
      ...rampProblems(grown, own('fault.grown'), {
        injectedMs,
        undoingMs,
        lengthMs: occurrence.endMs - occurrence.startMs,
      }),
    ],
    result: {
      id,
      kind: planned.kind,
      targets,
      startMs: injecting?.atMs ?? null,
      injectedMs,
      endMs: undone?.atMs ?? null,
      attested: problems.length === 0,
      evidence: [
        ...attestedText(attested),
        ...signs,
        ...(others.length > 0 && signs.length === 0
          ? [`no lease of ${nodeList(silenced)} was renewed, while those of others were: ${nodeList(others)}`]
          : []),
        ...(undone === undefined ? [] : [`undo: ${undone.evidence}`]),
      ],
      undone: undone?.undone ?? false,
      askedMs,
      heldMs,
      grown,
    },
  };
};

/**
 * One for each time that a planned fault stands. It is attested when every target was read as having it just after the
 * injection and just before the undo; where it silences its targets, none may have renewed its lease or posted its
 * status in between (the first `renewalGraceMs` apart), while others have renewed; where it ends processes, none of them
 * may run on; where it freezes nodes that hold every pod, none may answer.
 * @param answered requests that such pods answered, by the id of the fault's time
 */
export const assessFaults = (
  plan: Plan,
  events: readonly TimelineEvent[],
  blind: readonly BlindTime[],
  answered: ReadonlyMap<string, number>,
): AssessedFault[] =>
  plannedFaults(plan).flatMap((planned) =>
    planned.occurrences.map((occurrence) =>
      assess(plan, events, planned, occurrence, blind, answered.get(occurrence.id) ?? 0),
    ),
  );
