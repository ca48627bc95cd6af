import type { Failure, WatchedResource } from '../timeline/index.ts';
import type { MetricFamilyName } from './metric-families.ts';
import type { ReadRequests, Seen } from './seen.ts';

/**
 * The time of a run that a figure is taken over. `measured`: from the start of the load to its end; `disturbed`: from the
 * first fault on (all of it where the plan has none); `undisturbed`: up to the first fault; `phase`: the phase that its path
 * names; `end`: the last moment of `measured`; `counted`: between the two readings of the API servers' counters.
 */
export type FigureTime = 'measured' | 'disturbed' | 'undisturbed' | 'phase' | 'end' | 'counted';

/**
 * What a figure can be seen by: a watch, or the requests of the load. `program`: it rests on how fast the program in the
 * workload's pods starts and ends, too, which the model knows of the shipped one alone. `replicas`: on how many of these there
 * are to be, which is known of what a run brings alone.
 */
export type FigureSource = WatchedResource | 'requests' | 'program' | 'replicas';

/**
 * What a figure's number is. `count`: of things; `seconds`; `durationMs`, `momentMs`: a length, and an instant since the
 * run's start, both in ms; `perNodeMinute`: writes of one node in one minute.
 */
export type FigureUnit = 'count' | 'seconds' | 'durationMs' | 'momentMs' | 'perNodeMinute';

/**
 * How `compare` judges a figure. `harm` is felt by nodes or clients, and none of it may go unknown; `cost` is what a
 * configuration takes while nothing happens; of a `timing` nobody can say which way is better.
 */
export type FigureKind = 'harm' | 'cost' | 'timing';

/**
 * What a figure's number grows with although nothing got worse: `offered`, how many requests are offered; `length`, how
 * long the phases are, which dilutes quantiles, too; `nodes`, how many nodes there are to lose, and how many of them faults
 * hit; `replicas`, how many pods there are to lose, which hangs on the nodes, too. All grow with the second.
 */
export type GrowsWith = 'offered' | 'length' | 'nodes' | 'replicas';

/**
 * Harm as a run knows it. Requests that ended otherwise than they should; `slow`: that were answered, and long after most
 * clients are gone. Nodes that were `lost`, or that their kubelets reported NotReady themselves (`lostByKubelet`). Pods that
 * were `evicted`, or that are `stuck` Terminating, and replicas that were `missing`.
 */
export type HarmKind = Failure | 'slow' | 'lost' | 'lostByKubelet' | 'evicted' | 'stuck' | 'missing';

/** Where a figure stands in openmetrics.txt: a sample of a family, with labels of its own. */
export type FigureMetric = { readonly family: MetricFamilyName; readonly labels?: Readonly<Record<string, string>> };

/** All that the rest of skipbeat has to know of a figure. */
export type FigureTraits = {
  readonly unit: FigureUnit;
  /** `depends`: detection that comes late is good under a short pause and bad under a lasting loss. */
  readonly better: 'lower' | 'higher' | 'depends';
  /** All that it rests on; nothing where it comes from skipbeat's own clock or from a counter that was read. */
  readonly restsOn: readonly FigureSource[];
  readonly over: FigureTime;
  /** How it is computed from what a run has on record; null: not seen. */
  readonly compute?: (seen: Seen) => number | null;
  /** How it is computed of requests. Neither: with others of its part, in `src/verdict/figures`. */
  readonly readRequests?: ReadRequests;
  /** A count of what was seen to happen: whatever was missed besides, it is no less. */
  readonly counts?: true;
  /**
   * The harm that it counts: an expectation of it speaks of that harm. Of a moment, the harm that begins with it. Left out: a
   * figure that says nothing of how much harm there was.
   */
  readonly harmKinds?: readonly HarmKind[];
  /** Left out: with neither. Where the two sides of a comparison differ in it, the figure does not compare. */
  readonly growsWith?: GrowsWith;
  /** Less of what it grows with never gives more of it: a candidate that was asked less and has more of it is worse for certain. */
  readonly lessGivesLess?: true;
  /** Left out: `compare` does not judge it. */
  readonly compared?: FigureKind;
  /** A difference up to so much, in the figure's own unit, is none to `compare`, whatever share of the base that is; left out: 0. */
  readonly minTolerance?: number;
  /**
   * Its 0 is a line that skipbeat drew, such as 20 ms for an answer, and a little beyond it is no harm of its own: `compare` judges
   * how much there is of it, and in how many runs so much more than the tolerance, not in how many there is any.
   */
  readonly anyIsHarm?: false;
  /** As people call it in tables. */
  readonly label?: string;
  /** The same for tables of the few main figures; left out: they do not show it. */
  readonly short?: string;
  readonly metric?: FigureMetric;
  /** The same over several repeats, one sample a statistic. */
  readonly repeatsMetric?: FigureMetric;
};

/** A figure of run.json. */
export type Figure = FigureTraits & {
  /** Dotted; `*` stands for the name of a node or of a phase. */
  readonly path: string;
  /** Not of run.json itself: no expectation may name it. */
  readonly internal?: true;
};
