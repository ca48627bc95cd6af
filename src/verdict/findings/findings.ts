import { notInRunText } from '../../common/not-in-run.ts';
import { countedGrouped, nounFor } from '../../common/text/counted.ts';
import { flapsBeforeFault, isByKubelet, isLoss, isReturn, notReadyAt, type ReadyChange } from '../../figures/index.ts';
import { flapsByItself, type Plan, shutsDown } from '../../plan/index.ts';
import { ofType } from '../../timeline/index.ts';
import type { ClockFigures, CountCheck, RunDocument } from '../document.ts';
import { caveats } from '../evidence/caveats.ts';
import { clockFindings } from '../evidence/clock.ts';
import { hollowFindings } from '../evidence/hollow/hollow.ts';
import { processFindings } from '../evidence/processes.ts';
import { unmeasuredFindings } from '../evidence/unmeasured.ts';
import { measuredGaps, openGaps } from '../evidence/watch-gaps.ts';
import { containerFindings, forgottenFindings } from '../figures/entrance.ts';
import { earlyHarmFindings } from '../harm/before-counting.ts';
import type { JudgeContext } from '../judge-context.ts';
import { plannedFaults } from '../measurement-window.ts';
import { chanceText, millisecondsText, numberText, secondsText } from '../text.ts';
import { judgedCounts, judgedWindow } from './calibration.ts';
import { milestoneLabels } from './milestone-traits.ts';

/** What somebody's files say and the run had not, where they allowed it to be left out. */
const notRun = ({ plan }: JudgeContext): readonly string[] =>
  (plan.profile.notInRun ?? []).map((one) => `not in this run: ${notInRunText(one)}`);

/** What the two ways of counting say where they are further apart than counting can be. */
const writesDisagree = ({ apiServer }: RunDocument['writes']): readonly string[] => {
  if (apiServer === null) return [];
  const { leases, statuses, tolerance } = apiServer;
  return (
    [
      ['lease renewals', leases],
      ['status posts', statuses],
    ] as const
  ).flatMap(([what, { counted, seen }]) =>
    counted !== null && seen !== null && tolerance !== null && Math.abs(counted - seen) > tolerance
      ? [
          `the API servers counted ${counted} ${what} where the watches saw ${seen}; at most ${tolerance} apart is counting`,
        ]
      : [],
  );
};

const flaps = ({ changes, window }: JudgeContext): string[] =>
  flapsBeforeFault(changes, window).map(({ node, atMs }) => {
    const back = changes.find((change) => change.node === node && change.atMs > atMs && isReturn(change));
    const lasted = back === undefined ? '' : ` for ${secondsText(back.atMs - atMs)}`;
    const when =
      window.faultStartMs === null
        ? `at ${secondsText(atMs)}, before any fault`
        : `${secondsText(window.faultStartMs - atMs)} before the fault began`;
    return `${node} went NotReady${lasted}, ${when}; counted apart`;
  });

const gaps = ({ events, window }: JudgeContext): string[] => [
  ...measuredGaps(events, window).map(({ resource, fromMs, atMs, how, reason }) => {
    const effect = how === 'resumed' ? 'changes in it arrived late' : 'changes in it may be lost';
    return `the watch on ${resource} was blind for ${secondsText(atMs - fromMs)} from ${secondsText(fromMs)} on; ${effect} (${reason})`;
  }),
  ...openGaps(events, window).map(
    ({ resource, fromMs, reason }) =>
      `the watch on ${resource} was blind from ${secondsText(fromMs)} on and never came back; changes in it are lost (${reason})`,
  ),
];

const range = ([fromMs, toMs]: readonly [number, number]): string =>
  `${secondsText(fromMs).replace(/ s$/, '')} … ${secondsText(toMs)}`;

/** A chance from here on that did not come true is worth a sentence. */
const surePart = 0.99;

/** What the plan knew of a NotReady by a kubelet's own word; plans that are older know nothing. */
const foreseenText = (plan: Plan, node: string): string => {
  const { notReadyByKubelet } = plan.prediction;
  if (plannedFaults(plan).some(({ kind, targets }) => shutsDown(kind) && targets.includes(node)))
    return ', as a kubelet does whose node is shut down in order';
  if (notReadyByKubelet === undefined) return ', as a kubelet may that was frozen for over 25 s';
  if (notReadyByKubelet === null) return '; predicted: impossible';
  return `, as a kubelet may that stood still: predicted in ${chanceText(notReadyByKubelet.chance)} of such runs`;
};

/**
 * NotReady that kubelets reported themselves, one sentence a node: another class than that for want of heartbeats, for neither was its lease
 * late nor are its pods marked.
 * @see kubernetes pkg/kubelet/kubelet.go, maxWaitForContainerRuntime; pkg/kubelet/runtime.go, runtimeErrors
 */
const ownReports = ({ plan, changes, window }: JudgeContext): string[] => {
  const { faultStartMs, measuredToMs } = window;
  if (faultStartMs === null) return [];
  const targets = plannedFaults(plan).flatMap((fault) => fault.targets);
  const counted = ({ atMs }: ReadyChange): boolean => atMs >= faultStartMs && atMs <= (measuredToMs ?? atMs);
  const own = changes.filter((change) => isByKubelet(change) && counted(change));
  const chance = plan.prediction.notReadyByKubelet?.chance;
  if (own.length === 0 && chance !== undefined && chance[0] >= surePart && window.ended?.outcome === 'completed') {
    return [`no kubelet reported itself NotReady; predicted in ${chanceText(chance)} of such runs`];
  }
  return [...Map.groupBy(own, ({ node }) => node)].map(([node, reports]) => {
    const heldMs = reports.flatMap(({ atMs }) => {
      const back = changes.find((change) => change.node === node && change.atMs > atMs && isReturn(change));
      return back === undefined ? [] : [back.atMs - atMs];
    });
    const often = reports.length === 1 ? '' : ` ${reports.length} times`;
    const held =
      heldMs.length < reports.length
        ? ''
        : ` for ${reports.length === 1 ? '' : 'up to '}${secondsText(Math.max(...heldMs))}`;
    const when = `${reports.length === 1 ? '' : 'first '}${secondsText((reports[0]?.atMs ?? faultStartMs) - faultStartMs)} after the fault began`;
    const foreseen = targets.includes(node) ? foreseenText(plan, node) : ', though no fault targeted it';
    return `${node} reported itself NotReady${often}${held}, ${when}: by its own word, not for want of heartbeats${foreseen}`;
  });
};

/** Whether the controller should have found no node silent; a kubelet's own word is another matter. */
const controllerIsInnocent = ({ flap, flapByController = flap }: Plan['prediction']): boolean =>
  flapByController === 'impossible';

const lostFinding = (check: CountCheck | null): string[] => {
  const window = check === null ? null : judgedCounts(check);
  return check?.fit === 'outside' && window !== null
    ? [
        `${numberText(check.observed)} ${nounFor(check.observed ?? 0, 'request')} got no answer since the fault began, outside the predicted ${numberText(window[0])} … ${numberText(window[1])}`,
      ]
    : [];
};

const surprises = (
  { plan, changes, window, blindTimes }: JudgeContext,
  { calibration, requestsLost }: Pick<RunDocument, 'calibration' | 'requestsLost'>,
): string[] => {
  const { faultStartMs, ended } = window;
  if (faultStartMs === null) return [];
  const targets = plannedFaults(plan).flatMap((fault) => fault.targets);
  const blind = blindTimes.some(({ source, late }) => source === 'nodes' && !late);
  const lost = changes.filter((change) => isLoss(change) && change.atMs >= faultStartMs);
  // One that was NotReady as the fault began did not have to become so.
  const isHit = [...lost.map(({ node }) => node), ...notReadyAt(changes, faultStartMs)].some((node) =>
    targets.includes(node),
  );
  const silenced = lost.find((change) => targets.includes(change.node) && !isByKubelet(change));
  // What the profile does without any fault is no riddle.
  const byItself = flapsByItself(plan) ? ': with this grace period nodes go NotReady by themselves' : '';
  const bystanders = new Map(
    lost
      .filter((change) => !targets.includes(change.node) && !isByKubelet(change))
      .map((change) => [change.node, change]),
  );
  return [
    ...calibration.flatMap((check) => {
      const { link: milestone, observedMs, fit } = check;
      const window = judgedWindow(check);
      return fit === 'outside' && window !== null
        ? [
            `${milestoneLabels[milestone]} ${secondsText(observedMs)} after the fault began, outside the predicted ${range(window)}`,
          ]
        : [];
    }),
    ...lostFinding(requestsLost ?? null),
    ...(silenced !== undefined && controllerIsInnocent(plan.prediction)
      ? [
          `${silenced.node} went NotReady ${secondsText(silenced.atMs - faultStartMs)} after the fault began; predicted: impossible`,
        ]
      : []),
    ...(!isHit && plan.prediction.flap === 'certain' && ended?.outcome === 'completed' && !blind
      ? ['no targeted node went NotReady; predicted: certain']
      : []),
    ...[...bystanders.values()].map(
      ({ node, atMs }) =>
        `${node} went NotReady ${secondsText(atMs - faultStartMs)} after the fault began, though no fault targeted it${byItself}`,
    ),
  ];
};

/** Longest silence of each untargeted node, where it is longer than two renewals (and a second) should take. */
const silences = ({ plan, events, window, blindTimes }: JudgeContext): string[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  if (blindTimes.some(({ source }) => source === 'leases')) return [];
  const { leaseRenewIntervalMs, leaseJitter } = plan.profile.effective;
  const boundMs = 2 * leaseRenewIntervalMs * (1 + leaseJitter) + 1000;
  const targets = plannedFaults(plan).flatMap((fault) => fault.targets);
  const renewals = ofType(events, 'lease.renewed').filter(
    ({ node, atMs }) => !targets.includes(node) && atMs <= measuredToMs,
  );
  return [...Map.groupBy(renewals, ({ node }) => node)].flatMap(([node, own]) => {
    const instants = own.map(({ atMs }) => atMs);
    const silencesMs = instants.map(
      (atMs, index) => (instants[index + 1] ?? measuredToMs) - Math.max(atMs, measuredFromMs),
    );
    const maxMs = Math.max(...silencesMs);
    return maxMs > boundMs ? [`${node} renewed no lease for ${secondsText(maxMs)}, though no fault targeted it`] : [];
  });
};

const drops = ({ dropped, offered }: RunDocument['requests']): string[] =>
  (dropped ?? 0) === 0
    ? []
    : [`the load generator could not send ${numberText(dropped)} of ${countedGrouped(offered, 'request')}`];

/** Instants are printed to a tenth of a second: from here on the generator's lateness shows in them. */
const noticeableLatenessMs = 100;

const lateness = ({ latenessMs: { p99 } }: RunDocument['requests']): string[] =>
  p99 === null || p99 <= noticeableLatenessMs
    ? []
    : [
        `1 % of the requests were sent ${millisecondsText(p99)} late or later: instants of requests are that much less exact`,
      ];

/** What a reader should know although it decides nothing. Facts only, in the order of their weight. */
export const findingsOf = (
  context: JudgeContext,
  figures: Pick<RunDocument, 'calibration' | 'requestsLost' | 'nodes' | 'pods' | 'requests' | 'writes'> & {
    readonly clock: ClockFigures | null;
  },
): string[] => [
  ...notRun(context),
  ...unmeasuredFindings(context.events),
  ...flaps(context),
  ...earlyHarmFindings(context, figures),
  ...surprises(context, figures),
  ...ownReports(context),
  ...processFindings(context),
  ...clockFindings(context.events, figures.clock),
  ...caveats(context, figures),
  ...silences(context),
  ...gaps(context),
  ...hollowFindings(context),
  ...writesDisagree(figures.writes),
  ...containerFindings(context.events),
  ...forgottenFindings(context.events),
  ...drops(figures.requests),
  ...lateness(figures.requests),
];
