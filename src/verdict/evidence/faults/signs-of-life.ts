import { ofType, type TimelineEvent } from '../../../timeline/index.ts';
import { secondsText } from '../../text.ts';
import { clockFigures } from '../clock.ts';

/**
 * How long after the injection a sign of life of a silenced kubelet may still arrive: one that was under way needs a round
 * trip and the watch, some ms each. A kubelet that was not silenced shows itself at its next heartbeat at the latest.
 */
export const renewalGraceMs = 1000;

/** Wall clock and monotonic clock are read so often that they are known to agree within this. */
export const clockErrorMs = 25;

/** Statuses are stamped in whole seconds. @see k8s.io/apimachinery pkg/apis/meta/v1, Time */
const statusStampMs = 1000;

/** A heartbeat that the watch brought, and the stamp that its kubelet gave it just before it sent it. */
export type Sign = { readonly atMs: number; readonly node: string; readonly stamp: string; readonly did: string };

/** Renewals as signs of life. */
export const renewalsOf = (events: readonly TimelineEvent[]): readonly Sign[] =>
  ofType(events, 'lease.renewed').map(({ atMs, node, renewTime }) => ({
    atMs,
    node,
    stamp: renewTime,
    did: 'renewed its lease',
  }));

const postsOf = (events: readonly TimelineEvent[]): readonly Sign[] =>
  ofType(events, 'node.statusPosted').map(({ atMs, node, lastHeartbeatTime }) => ({
    atMs,
    node,
    stamp: lastHeartbeatTime,
    did: 'posted its status',
  }));

/**
 * When a heartbeat was sent at the earliest, on the run's clock. Where the wall clock is on record, by that; else as if the
 * quickest of the run had taken no time. null: the wall clock jumped, and stamps say nothing.
 */
export const sendingTimes = (
  events: readonly TimelineEvent[],
  signs: readonly Sign[],
  stampMs: number,
): ((stamp: string, node: string) => number) | null => {
  // The clocks of somebody's nodes are their own: each is known by the quickest heartbeat of its node alone.
  if (ofType(events, 'run.started')[0]?.backend === 'cluster') {
    const offsets = new Map<string, number>();
    for (const { atMs, node, stamp } of signs) {
      const offsetMs = atMs - Date.parse(stamp) - stampMs;
      offsets.set(node, Math.min(offsets.get(node) ?? Number.POSITIVE_INFINITY, offsetMs));
    }
    return (stamp, node) => Date.parse(stamp) + (offsets.get(node) ?? 0);
  }
  const clock = clockFigures(events);
  if ((clock?.jumps.length ?? 0) > 0) return null;
  const [reading] = ofType(events, 'clock');
  const quickest = (): number =>
    signs.reduce((min, { atMs, stamp }) => Math.min(min, atMs - Date.parse(stamp)), Infinity) - stampMs;
  const offsetMs = reading === undefined ? quickest() : reading.atMs - reading.unixMs;
  return (stamp) => Date.parse(stamp) + offsetMs;
};

/**
 * Signs of life of targets while they were to be silent. One that only came again with a relist is none, and one that was
 * sent before came late: an API server that is slow may take long to commit it.
 */
const during = (
  signs: readonly Sign[],
  sentMs: ((stamp: string, node: string) => number) | null,
  targets: readonly string[],
  injectedMs: number,
  toMs: (node: string) => number,
): readonly Sign[] => {
  const last = new Map<string, string>();
  const aimed = new Set(targets);
  return signs.filter(({ atMs, node, stamp }) => {
    const fresh = last.get(node) !== stamp;
    last.set(node, stamp);
    if (!(fresh && aimed.has(node) && atMs > injectedMs + renewalGraceMs && atMs < toMs(node))) return false;
    // A stamp that says nothing excuses nothing.
    return sentMs === null || !(sentMs(stamp, node) <= injectedMs + clockErrorMs);
  });
};

/**
 * The first sign of life of a silenced target, in words: a lease that it renewed, or a status that it posted, while the
 * fault stood. Empty where there is none.
 * @param endMs when the fault ended on a node, on the run's clock
 */
export const signsOfLife = (
  events: readonly TimelineEvent[],
  targets: readonly string[],
  injectedMs: number,
  endMs: (node: string) => number,
): string[] =>
  [
    { signs: renewalsOf(events), stampMs: 0 },
    { signs: postsOf(events), stampMs: statusStampMs },
  ].flatMap(({ signs, stampMs }) => {
    const [first] = during(signs, sendingTimes(events, signs, stampMs), targets, injectedMs, endMs);
    return first === undefined
      ? []
      : [`${first.node} ${first.did} ${secondsText(first.atMs - injectedMs)} into the fault`];
  });
