import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import { type BlindTime, measuredGaps, openGaps } from './blindness.ts';
import { linkNames } from './chain.ts';
import { type ClockFigures, clockFindings } from './clock.ts';
import type { RunDocument } from './document.ts';
import { maskings } from './maskings.ts';
import { flapsBeforeFault, isLoss, isReturn, type ReadyChange } from './nodes.ts';
import { type Outline, ofType, plannedFaults } from './outline.ts';
import { millisecondsText, numberText, secondsText } from './text.ts';
import { writesDisagree } from './writes.ts';

export type Seen = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly outline: Outline;
  readonly changes: readonly ReadyChange[];
  /** Times in which what figures rest on told nothing. */
  readonly blindTimes: readonly BlindTime[];
};

const flaps = ({ changes, outline }: Seen): string[] =>
  flapsBeforeFault(changes, outline).map(({ node, atMs }) => {
    const back = changes.find((change) => change.node === node && change.atMs > atMs && isReturn(change));
    const lasted = back === undefined ? '' : ` for ${secondsText(back.atMs - atMs)}`;
    const when =
      outline.faultStartMs === null
        ? `at ${secondsText(atMs)}, before any fault`
        : `${secondsText(outline.faultStartMs - atMs)} before the fault began`;
    return `${node} went NotReady${lasted}, ${when}; counted apart`;
  });

const gaps = ({ events, outline }: Seen): string[] => [
  ...measuredGaps(events, outline).map(({ resource, fromMs, atMs, how, reason }) => {
    const effect = how === 'resumed' ? 'changes in it arrived late' : 'changes in it may be lost';
    return `the watch on ${resource} was blind for ${secondsText(atMs - fromMs)} from ${secondsText(fromMs)} on; ${effect} (${reason})`;
  }),
  ...openGaps(events, outline).map(
    ({ resource, atMs, reason }) =>
      `the watch on ${resource} was blind from ${secondsText(atMs)} on and never came back; changes in it are lost (${reason})`,
  ),
];

const range = ([fromMs, toMs]: readonly [number, number]): string =>
  `${secondsText(fromMs).replace(/ s$/, '')} … ${secondsText(toMs)}`;

/**
 * The prediction is the controller's, who gives a node up for want of heartbeats: Unknown. A kubelet that says False
 * itself is another matter: back from a freeze, it finds that it has not asked its runtime for 30 s (it does every 5 s).
 * @see kubernetes pkg/kubelet/kubelet.go, maxWaitForContainerRuntime; pkg/kubelet/runtime.go, runtimeErrors
 */
const unforeseen = ({ to }: ReadyChange): string =>
  to === 'False'
    ? ' by its own report, not for want of heartbeats: a kubelet that was frozen for over 25 s may call its runtime down until its next status'
    : '; predicted: impossible';

const surprises = (
  { plan, changes, outline, blindTimes }: Seen,
  { calibration }: Pick<RunDocument, 'calibration'>,
): string[] => {
  const { faultStartMs, ended } = outline;
  if (faultStartMs === null) return [];
  const targets = plannedFaults(plan).flatMap((fault) => fault.targets);
  const blind = blindTimes.some(({ source, late }) => source === 'nodes' && !late);
  const lost = changes.filter((change) => isLoss(change) && change.atMs >= faultStartMs);
  const hit = lost.find(({ node }) => targets.includes(node));
  const bystanders = new Map(lost.filter(({ node }) => !targets.includes(node)).map((change) => [change.node, change]));
  return [
    ...calibration.flatMap(({ link, observedMs, window, fit }) =>
      fit === 'outside' && window !== null
        ? [
            `${linkNames[link]} ${secondsText(observedMs)} after the fault began, outside the predicted ${range(window)}`,
          ]
        : [],
    ),
    ...(hit !== undefined && plan.prediction.flap === 'impossible'
      ? [`${hit.node} went NotReady ${secondsText(hit.atMs - faultStartMs)} after the fault began${unforeseen(hit)}`]
      : []),
    ...(hit === undefined && plan.prediction.flap === 'certain' && ended?.outcome === 'completed' && !blind
      ? ['no targeted node went NotReady; predicted: certain']
      : []),
    ...[...bystanders.values()].map(
      ({ node, atMs }) =>
        `${node} went NotReady ${secondsText(atMs - faultStartMs)} after the fault began, though no fault targeted it`,
    ),
  ];
};

/** Longest silence of each untargeted node, where it is longer than two renewals (and a second) should take. */
const silences = ({ plan, events, outline, blindTimes }: Seen): string[] => {
  const { measuredFromMs, measuredToMs } = outline;
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
    const longestMs = Math.max(...silencesMs);
    return longestMs > boundMs
      ? [`${node} renewed no lease for ${secondsText(longestMs)}, though no fault targeted it`]
      : [];
  });
};

const drops = ({ dropped, offered }: RunDocument['requests']): string[] =>
  (dropped ?? 0) === 0
    ? []
    : [`the load generator could not send ${numberText(dropped)} of ${numberText(offered)} requests`];

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
  seen: Seen,
  figures: Pick<RunDocument, 'calibration' | 'nodes' | 'requests' | 'writes'> & { readonly clock: ClockFigures | null },
): string[] => [
  ...flaps(seen),
  ...surprises(seen, figures),
  ...clockFindings(seen.events, figures.clock),
  ...maskings(seen, figures),
  ...silences(seen),
  ...gaps(seen),
  ...writesDisagree(figures.writes),
  ...drops(figures.requests),
  ...lateness(figures.requests),
];
