import { evictedPods } from '../../figures/index.ts';
import type { JudgeContext } from '../judge-context.ts';
import { aimsAt } from './harms.ts';

/** Pods and nodes are seen by two watches, one of which may be late. */
const otherWatchMs = 2000;

/**
 * How many pods were evicted since counting began that no fault can have cost: of a node that none hits, or that was Ready.
 * Until the pass that sees it so takes its taint away, evictions of a node that is Ready again are its loss's own.
 */
export const evictedBesides = ({
  plan,
  events,
  changes,
  window: { measuredFromMs, countFromMs },
}: JudgeContext): number => {
  if (countFromMs === null) return 0;
  const isAimed = aimsAt(plan);
  const taintedMs = plan.profile.effective.nodeMonitorPeriodMs + otherWatchMs;
  const counted = changes.filter(({ atMs }) => atMs >= (measuredFromMs ?? countFromMs));
  const wasLost = (node: string | null, atMs: number): boolean => {
    const own = counted.filter((change) => change.node === node && change.atMs <= atMs + otherWatchMs);
    const last = own.at(-1);
    return last !== undefined && (last.to !== 'True' || (own.length > 1 && last.atMs + taintedMs >= atMs));
  };
  const besides = evictedPods(events).filter(
    ({ atMs, node }) => atMs >= countFromMs && !(node !== null && isAimed(node) && wasLost(node, atMs)),
  );
  return new Set(besides.map(({ uid }) => uid)).size;
};
