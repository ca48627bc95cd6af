import type { EventOf, RequestRecord, TimelineEvent } from '../timeline/index.ts';
import type { ReadyChange } from './ready-changes.ts';

/** The instants that every figure hangs on; ms since the run's start, null where not seen. */
export type FigureWindow = {
  readonly ended: EventOf<'run.ended'> | null;
  /** Start of the load or of the first phase, whichever came first. Bring-up lies before it and is never counted. */
  readonly measuredFromMs: number | null;
  /** End of the load, else start of the undo step, from which on the place is taken down; else the last event. */
  readonly measuredToMs: number | null;
  /** When the first fault began to be injected: the conservative start, for its effect cannot be earlier. */
  readonly faultStartMs: number | null;
  /**
   * From when on the figures of the disturbance count: `faultStartMs`, or `measuredFromMs` where the plan has no fault.
   * null: that moment never came, so there is nothing to count.
   */
  readonly countFromMs: number | null;
  /** Whether the load knew the source ports of its connections: a simulated one has none, an older skipbeat did not record them. */
  readonly knowsPorts: boolean;
};

/** What a run has on record, as figures are computed from it. */
export type Seen = {
  /** In the order of their time. */
  readonly events: readonly TimelineEvent[];
  readonly window: FigureWindow;
  /** Of the nodes that the figure is of: all, or one. */
  readonly changes: readonly ReadyChange[];
  /** Whether the watch on nodes showed what was when the measured time ended. */
  readonly seesNodesAtEnd: boolean;
  /** As planned: nodes, the replicas of the workload, their grace, how often a kubelet posts a status that did not change. */
  readonly nodes: number;
  readonly replicas: number;
  readonly terminationGracePeriodMs: number;
  readonly nodeStatusReportFrequencyMs: number;
};

/** Takes a figure from requests, which are read once and not kept. */
export type RequestReader = {
  readonly see: (request: RequestRecord) => void;
  readonly result: () => number | null;
};

/** A reader of one run's requests, in the order of their ends or not. */
export type ReadRequests = (window: FigureWindow) => RequestReader;

/** What lies in the time in which the figures of the disturbance count. */
export const counted = <T extends { readonly atMs: number }>(
  items: readonly T[],
  window: FigureWindow,
): readonly T[] => {
  const { countFromMs, measuredToMs } = window;
  return items.filter(({ atMs }) => countFromMs !== null && atMs >= countFromMs && atMs <= (measuredToMs ?? atMs));
};

/** From the start of measuring up to the first fault, or up to the end where that never came; null: there is no such time, or no fault. */
export const undisturbedTime = ({
  measuredFromMs,
  faultStartMs,
  countFromMs,
  measuredToMs,
}: FigureWindow): { readonly fromMs: number; readonly toMs: number } | null => {
  const toMs = faultStartMs ?? (countFromMs === null ? measuredToMs : null);
  return measuredFromMs === null || toMs === null ? null : { fromMs: measuredFromMs, toMs };
};

/** What lies in the undisturbed time; nothing where there is no fault. */
export const beforeFault = <T extends { readonly atMs: number }>(
  items: readonly T[],
  window: FigureWindow,
): readonly T[] => {
  const time = undisturbedTime(window);
  return time === null ? [] : items.filter(({ atMs }) => atMs >= time.fromMs && atMs < time.toMs);
};
