import { ofType, type ReadyStatus, type TimelineEvent } from '../timeline/index.ts';

/** One step in a node's Ready condition; `from` null at first sight. False and Unknown are both NotReady. */
export type ReadyChange = {
  readonly atMs: number;
  readonly node: string;
  readonly from: ReadyStatus | null;
  readonly to: ReadyStatus;
};

/** A node that had been seen Ready went to False or Unknown. From one of these to the other is no transition. */
export const isLoss = ({ from, to }: ReadyChange): boolean => from === 'True' && to !== 'True';

/**
 * A loss by the kubelet's own word. The controller's is always Unknown.
 * @see kubernetes pkg/controller/nodelifecycle, tryUpdateNodeHealth; pkg/kubelet/nodestatus, ReadyCondition
 */
export const isByKubelet = (change: ReadyChange): boolean => isLoss(change) && change.to === 'False';

/** A node that had been NotReady became Ready. */
export const isReturn = ({ from, to }: ReadyChange): boolean => from !== null && from !== 'True' && to === 'True';

/** First sights and changes of status, in order; a new reason alone is left out. */
export const readyChanges = (events: readonly TimelineEvent[]): ReadyChange[] => {
  const statuses = new Map<string, ReadyStatus>();
  return ofType(events, 'node.ready').flatMap(({ atMs, node, status }) => {
    const from = statuses.get(node) ?? null;
    statuses.set(node, status);
    return from === status ? [] : [{ atMs, node, from, to: status }];
  });
};

/** Most nodes NotReady at one moment of [fromMs, toMs]; null where no node had been seen by `toMs`. */
export const maxNotReady = (changes: readonly ReadyChange[], fromMs: number, toMs: number): number | null => {
  const down = new Set<string>();
  let max: number | null = null;
  for (const { atMs, node, to } of changes) {
    if (atMs > toMs) break;
    if (to === 'True') down.delete(node);
    else down.add(node);
    // Up to the start of the span only what holds at its start matters.
    max = atMs > fromMs ? Math.max(max ?? 0, down.size) : down.size;
  }
  return max;
};

/** The nodes that were not Ready at a moment, by name, in the order in which they were first seen. */
export const notReadyAt = (changes: readonly ReadyChange[], atMs: number): readonly string[] => {
  const last = new Map(changes.filter((change) => change.atMs <= atMs).map(({ node, to }) => [node, to]));
  return [...last].flatMap(([node, ready]) => (ready === 'True' ? [] : [node]));
};

/** How long a node was NotReady in a span; ms. @param changes of that node */
export const notReadyMs = (changes: readonly ReadyChange[], fromMs: number, toMs: number): number =>
  changes.reduce((sum, { atMs, to }, index) => {
    if (to === 'True') return sum;
    const untilMs = Math.min(changes[index + 1]?.atMs ?? toMs, toMs);
    return sum + Math.max(0, untilMs - Math.max(atMs, fromMs));
  }, 0);

/** The nodes that were seen, by name, each with its own changes. */
export const changesByNode = (
  changes: readonly ReadyChange[],
): readonly (readonly [node: string, changes: readonly ReadyChange[]])[] =>
  [...Map.groupBy(changes, ({ node }) => node)].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
