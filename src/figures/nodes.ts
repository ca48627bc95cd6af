import * as z from 'zod';
import {
  changesByNode,
  isByKubelet,
  isLoss,
  isReturn,
  maxNotReady,
  notReadyAt,
  notReadyMs,
  type ReadyChange,
} from './ready-changes.ts';
import { beforeFault, counted, type FigureWindow, type Seen } from './seen.ts';
import { computed, figure, together } from './shape.ts';
import { count, events, lost, moment, nodes, ofNodes } from './traits.ts';

/** Of how many changes since counting began that is so. */
const changesThat =
  (is: (change: ReadyChange) => boolean) =>
  ({ changes, window }: Seen): number | null =>
    window.countFromMs === null ? null : counted(changes, window).filter(is).length;

/** From the start of the load to its end. */
const notReadySeconds = ({ changes, window: { measuredFromMs, measuredToMs } }: Seen): number | null =>
  measuredFromMs === null || measuredToMs === null ? null : notReadyMs(changes, measuredFromMs, measuredToMs) / 1000;

/** Of all nodes: null where none was seen, or the measured time never came. */
const ofAll =
  (compute: (seen: Seen, measuredToMs: number) => number | null) =>
  (seen: Seen): number | null => {
    const { measuredFromMs, measuredToMs } = seen.window;
    const isMeasured = seen.changes.length > 0 && measuredFromMs !== null && measuredToMs !== null;
    return isMeasured ? compute(seen, measuredToMs) : null;
  };

/** Losses from the start of measuring up to the first fault: the profile's own flaps. Empty where there is no fault. */
export const flapsBeforeFault = (changes: readonly ReadyChange[], window: FigureWindow): readonly ReadyChange[] =>
  beforeFault(changes, window).filter(isLoss);

export const firstLossMs = ({ changes, window }: Seen): number | null =>
  counted(changes, window).find(isLoss)?.atMs ?? null;

export const lastReturnMs = ({ changes, window }: Seen): number | null =>
  counted(changes, window).findLast(isReturn)?.atMs ?? null;

const nodeShape = z
  .strictObject({
    notReadyTransitions: figure(
      {
        ...events,
        ...ofNodes,
        ...lost,
        compute: changesThat(isLoss),
        metric: { family: 'skipbeat_node_not_ready_transitions' },
      },
      'Like the others, null where the time that they count in never came, or the watch on nodes was blind.',
    ),
    notReadyByKubelet: figure(
      {
        ...events,
        ...ofNodes,
        harmKinds: ['lostByKubelet'],
        compute: changesThat(isByKubelet),
        metric: { family: 'skipbeat_node_not_ready_by_kubelet' },
      },
      "Of these, by the kubelet's own word. Not in documents that an older skipbeat wrote.",
    ).exactOptional(),
    firstNotReadyMs: figure({ ...moment, ...nodes, ...lost, compute: firstLossMs }),
    lastReadyMs: figure({ ...moment, ...nodes, compute: lastReturnMs }),
    notReadySeconds: figure({
      ...count,
      ...ofNodes,
      ...lost,
      unit: 'seconds',
      compute: notReadySeconds,
      metric: { family: 'skipbeat_node_not_ready_seconds' },
    }),
  })
  .meta({ id: 'NodeFigures' });

export const nodesShape = z.strictObject({
  notReadyTransitions: figure(
    {
      ...events,
      ...ofNodes,
      ...lost,
      compute: ofAll(changesThat(isLoss)),
      compared: 'harm',
      label: 'NotReady transitions',
    },
    'Transitions into NotReady (False or Unknown) since the first fault began; the whole run where there is no fault.',
  ),
  notReadyByKubelet: figure(
    {
      ...events,
      ...ofNodes,
      harmKinds: ['lostByKubelet'],
      compute: ofAll(changesThat(isByKubelet)),
      label: 'NotReady by the kubelet’s own report',
      short: 'NotReady by own report',
    },
    "Of these, the ones that a kubelet reported itself (Ready=False); the others are the controller's, for want of heartbeats (Unknown). Not in documents that an older skipbeat wrote.",
  ).exactOptional(),
  maxNotReady: figure(
    {
      ...count,
      ...ofNodes,
      over: 'disturbed',
      compute: ofAll(({ changes, window: { countFromMs } }, toMs) =>
        countFromMs === null ? null : maxNotReady(changes, countFromMs, toMs),
      ),
      label: 'nodes NotReady at once',
      metric: { family: 'skipbeat_nodes_not_ready_max' },
      repeatsMetric: { family: 'skipbeat_repeats_nodes_not_ready_max' },
    },
    'Most nodes NotReady at one moment, over the same time as `notReadyTransitions`.',
  ),
  notReadyTransitionsBeforeFault: figure(
    {
      ...count,
      ...ofNodes,
      ...lost,
      over: 'undisturbed',
      compute: ofAll(({ changes, window }) => flapsBeforeFault(changes, window).length),
      compared: 'harm',
    },
    'Those between the start of the load and the first fault, counted apart.',
  ),
  notReadyNodeSeconds: figure(
    {
      ...count,
      ...ofNodes,
      ...lost,
      unit: 'seconds',
      compute: ofAll((seen) =>
        changesByNode(seen.changes).reduce((sum, [, changes]) => sum + (notReadySeconds({ ...seen, changes }) ?? 0), 0),
      ),
      compared: 'harm',
      label: 'NotReady node-seconds',
      short: 'NotReady node seconds',
      repeatsMetric: { family: 'skipbeat_repeats_not_ready_node_seconds' },
    },
    'From the start of the load to its end, flaps before the fault included.',
  ),
  unrecovered: figure(
    {
      ...count,
      ...ofNodes,
      over: 'end',
      compute: ofAll(({ changes, window, seesNodesAtEnd }, toMs) =>
        seesNodesAtEnd && window.ended !== null ? notReadyAt(changes, toMs).length : null,
      ),
      label: 'nodes not Ready at the end',
      short: 'nodes unrecovered',
      metric: { family: 'skipbeat_nodes_unrecovered' },
      repeatsMetric: { family: 'skipbeat_repeats_nodes_unrecovered' },
    },
    'Nodes that were not Ready when the observation ended. null where the end was not seen: the watch on nodes was blind then, or the record has no end. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
  byNode: together(z.record(z.string(), nodeShape), (seen) =>
    Object.fromEntries(
      changesByNode(seen.changes).map(([node, changes]) => [
        node,
        computed(nodeShape, 'nodes.byNode.*', { ...seen, changes }, new Map()),
      ]),
    ),
  ),
});
