import type { ReadyStatus, TimelineEvent } from '../../timeline/index.ts';
import type { NodeFigures, RunDocument } from '../document.ts';
import { type MeasurementWindow, ofType, undisturbedTime } from '../measurement-window.ts';

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

const notReadyMs = (changes: readonly ReadyChange[], fromMs: number, toMs: number): number =>
  changes.reduce((sum, { atMs, to }, index) => {
    if (to === 'True') return sum;
    const untilMs = Math.min(changes[index + 1]?.atMs ?? toMs, toMs);
    return sum + Math.max(0, untilMs - Math.max(atMs, fromMs));
  }, 0);

const figuresOf = (own: readonly ReadyChange[], window: MeasurementWindow): NodeFigures => {
  const { measuredFromMs, measuredToMs, countFromMs } = window;
  const counted = own.filter(
    ({ atMs }) => countFromMs !== null && atMs >= countFromMs && atMs <= (measuredToMs ?? atMs),
  );
  const losses = counted.filter(isLoss);
  return {
    notReadyTransitions: countFromMs === null ? null : losses.length,
    notReadyByKubelet: countFromMs === null ? null : losses.filter(isByKubelet).length,
    notReadySeconds:
      measuredFromMs === null || measuredToMs === null ? null : notReadyMs(own, measuredFromMs, measuredToMs) / 1000,
    firstNotReadyMs: losses[0]?.atMs ?? null,
    lastReadyMs: counted.filter(isReturn).at(-1)?.atMs ?? null,
  };
};

/** Losses from the start of measuring up to the first fault: the profile's own flaps. Empty where there is no fault. */
export const flapsBeforeFault = (changes: readonly ReadyChange[], window: MeasurementWindow): ReadyChange[] => {
  const time = undisturbedTime(window);
  if (time === null) return [];
  return changes.filter((change) => isLoss(change) && change.atMs >= time.fromMs && change.atMs < time.toMs);
};

const none: RunDocument['nodes'] = {
  notReadyTransitions: null,
  notReadyByKubelet: null,
  notReadyTransitionsBeforeFault: null,
  maxNotReady: null,
  notReadyNodeSeconds: null,
  unrecovered: null,
  byNode: {},
};

/**
 * Transitions and `maxNotReady` count from `countFromMs`, NotReady time from the start of measuring; all end with it.
 * What a run never got to (no node seen, no phase begun, a planned fault never injected) is null.
 * @param seesEnd whether the watch on nodes showed what was when the measured time ended
 */
export const nodeFigures = (
  changes: readonly ReadyChange[],
  window: MeasurementWindow,
  seesEnd: boolean,
): RunDocument['nodes'] => {
  if (changes.length === 0) return none;
  const { measuredFromMs, measuredToMs, countFromMs } = window;
  const names = [...new Set(changes.map(({ node }) => node))].toSorted((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const byNode = Object.fromEntries(
    names.map((name) => [
      name,
      figuresOf(
        changes.filter(({ node }) => node === name),
        window,
      ),
    ]),
  );
  if (measuredFromMs === null || measuredToMs === null) return { ...none, byNode };
  const figures = Object.values(byNode);
  return {
    notReadyTransitions:
      countFromMs === null
        ? null
        : figures.reduce((sum, { notReadyTransitions }) => sum + (notReadyTransitions ?? 0), 0),
    notReadyByKubelet:
      countFromMs === null ? null : figures.reduce((sum, { notReadyByKubelet }) => sum + (notReadyByKubelet ?? 0), 0),
    notReadyTransitionsBeforeFault: flapsBeforeFault(changes, window).length,
    maxNotReady: countFromMs === null ? null : maxNotReady(changes, countFromMs, measuredToMs),
    notReadyNodeSeconds: figures.reduce((sum, { notReadySeconds }) => sum + (notReadySeconds ?? 0), 0),
    unrecovered: seesEnd && window.ended !== null ? notReadyAt(changes, measuredToMs).length : null,
    byNode,
  };
};
