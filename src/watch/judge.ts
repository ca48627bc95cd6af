import { secondsText } from '../common/duration.ts';
import { counted } from '../common/text/counted.ts';
import type { WatchDocument } from './document-shape.ts';
import { contradicts } from './seen/grace.ts';
import { lateAfterPeriods } from './seen/node.ts';

export type Judged = Pick<
  WatchDocument,
  'blind' | 'settings' | 'nearMisses' | 'notReady' | 'unseenTransitions' | 'byNode' | 'margin' | 'nodes'
> & {
  readonly longestSilenceMs: number | null;
  /** null: none answered. */
  readonly otherCluster: NonNullable<WatchDocument['otherCluster']> | null;
  /** null: not known. */
  readonly leaderSilences: WatchDocument['leaderSilences'] | null;
  /** Why it is not known whether it was the same cluster to the end; null: it was, or nobody could ever know. */
  readonly sameUnknown: string | null;
};

const listed = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

const lengthOf = ({ from, to }: WatchDocument['blind']['times'][number]): number => Date.parse(to) - Date.parse(from);

/** Harm that was seen; it counts whatever was not. */
const harm = ({ notReady, nearMisses, longestSilenceMs, settings }: Judged): readonly string[] => {
  const reasons: string[] = [];
  if (notReady.silence > 0) reasons.push(`a node was NotReady by silence ${counted(notReady.silence, 'time')}`);
  const { overMs, count } = nearMisses;
  if (overMs !== null && count !== null && count > 0) {
    const grace = secondsText(settings.nodeMonitorGracePeriod.ms);
    reasons.push(
      `${counted(count, 'silence was', 'silences were')} longer than ${secondsText(overMs)} of the grace of ${grace}; the longest ${secondsText(longestSilenceMs)}`,
    );
  }
  return reasons;
};

/** A Ready node whose renewal is late at the end: its silence had begun, and how long it became is not known. */
const isOverdue = ({ ready, silentMs, renewPeriodMs, gapsByArrival }: WatchDocument['byNode'][number]): boolean =>
  ready === 'True' &&
  silentMs !== null &&
  silentMs > (renewPeriodMs === null ? (gapsByArrival.maxMs ?? 0) : lateAfterPeriods * renewPeriodMs);

/** What keeps it from being said that all was well. */
const evidenceProblems = ({
  blind,
  settings,
  byNode,
  nodes,
  notReady,
  unseenTransitions,
  longestSilenceMs,
  sameUnknown,
  leaderSilences,
}: Judged) => {
  const reasons: string[] = [];
  if (sameUnknown !== null) reasons.push(`whether it was the same cluster to the end is not known: ${sameUnknown}`);
  const { nodeMonitorGracePeriod: grace, said, notReadAnew, inferredGrace } = settings;
  if (nodes.seen === 0) reasons.push('no node was seen');
  if (blind.count > 0) {
    const maxReason = blind.times.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0]?.reason ?? '';
    const ms = secondsText(blind.ms);
    reasons.push(
      blind.count === 1
        ? `nothing was seen for ${ms}; ${maxReason}`
        : `nothing was seen ${counted(blind.count, 'time')}, for ${ms} together; the longest: ${maxReason}`,
    );
  }
  if (unseenTransitions > 0) {
    reasons.push(`Ready changed and back unseen ${counted(unseenTransitions, 'time')}`);
  }
  if ((leaderSilences?.count ?? 0) > 0) {
    const times = counted(leaderSilences?.count ?? 0, 'time');
    reasons.push(
      `the leading kube-controller-manager was silent ${times}, for ${secondsText(leaderSilences?.longestMs ?? null)} at least: nobody marked a node meanwhile`,
    );
  }
  if (grace.ms === null && said.length > 0) {
    const texts = said.map(({ ms, from }) => `${secondsText(ms)} (${from})`);
    reasons.push(`nodeMonitorGracePeriod is not one: ${texts.join(', ')}`);
  } else if (grace.ms === null) {
    reasons.push(
      inferredGrace.contradictory
        ? 'nodeMonitorGracePeriod is not known, and what was seen contradicts itself'
        : 'nodeMonitorGracePeriod is not known: --grace says it',
    );
  }
  if (notReadAnew !== null && said.length > 0 && said.every(({ source }) => source !== 'given')) {
    reasons.push(`nodeMonitorGracePeriod may have changed since it was read: ${notReadAnew}`);
  }
  const { atLeastMs, atMostMs } = inferredGrace;
  if (grace.ms !== null && grace.source !== 'inferred' && contradicts(grace.ms, inferredGrace)) {
    reasons.push(
      `nodeMonitorGracePeriod is ${secondsText(grace.ms)} by what says it, and ${secondsText(atLeastMs)} to ${secondsText(atMostMs)} by what was seen`,
    );
  }
  if (grace.ms !== null && longestSilenceMs !== null && longestSilenceMs > 2 * grace.ms) {
    reasons.push(`a node was silent for ${secondsText(longestSilenceMs)} and stayed Ready: the grace may be longer`);
  }
  // Of a node that is Unknown the controller has said so; any other has to renew, whatever its status is.
  const unseen = byNode.filter(({ ready, gapsByArrival }) => ready !== 'Unknown' && gapsByArrival.count === 0);
  if (unseen.length > 0) {
    reasons.push(`no two renewals in a row were seen of ${listed(unseen.map(({ node }) => node))}`);
  }
  const overdue = byNode.filter((each) => !unseen.includes(each) && isOverdue(each));
  if (overdue.length > 0) {
    const names = overdue.map(({ node, silentMs }) => `${node} (${secondsText(silentMs)})`);
    reasons.push(`silent at the end, and nobody saw for how long: ${listed(names)}`);
  }
  if (notReady.neverReported > 0) {
    reasons.push(`a node never reported ${counted(notReady.neverReported, 'time')}`);
  }
  if (notReady.other > 0) {
    reasons.push(`a node was Unknown for another reason than silence ${counted(notReady.other, 'time')}`);
  }
  return reasons;
};

/**
 * `fail`: a node was NotReady by silence, or came nearer to it than the margin. `inconclusive`: none was seen to, and not
 * all was seen or the grace is not known. `pass`: all was seen, and no node came that near. Where another cluster answered it
 * is inconclusive, whatever was seen: some of it may be the other one's.
 */
export const judge = (seen: Judged): Pick<WatchDocument, 'verdict' | 'reasons'> => {
  const [found, open] = [harm(seen), evidenceProblems(seen)];
  if (seen.otherCluster !== null) {
    const { uid, since } = seen.otherCluster;
    const why = `another cluster answers, ${uid} by the UID of kube-system, since ${since.slice(0, 19)} or some seconds later: what was seen then may be of either`;
    return { verdict: 'inconclusive', reasons: [why, ...found, ...open] };
  }
  if (found.length > 0) return { verdict: 'fail', reasons: [...found, ...open] };
  return open.length > 0 ? { verdict: 'inconclusive', reasons: open } : { verdict: 'pass', reasons: [] };
};
