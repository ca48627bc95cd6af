import { formatDuration } from '../../common/duration.ts';
import {
  defaultMaxPods,
  type EffectiveSettings,
  exactVersion,
  flapRange,
  hasEvictionBudget,
  heartbeatTimeoutMs,
  lateBoundSlackMs,
  maxSafePauseMs,
  maxUnsaidPauseMs,
  outlivedMs,
  readyAgainMs,
  scattersReports,
  selfFlapShare,
  silentNodeWindows,
  steadyFlapShare,
  surelyOutlivedMs,
  type Window,
  writesPerNodeMinute,
} from '../../profile/index.ts';
import type { Explained } from './explain.ts';

/**
 * One figure of both sides; null where it cannot be known: a component does not start, or does what is not modelled.
 * Two that cannot be known are never the same.
 */
export type ReviewRow = {
  readonly figure: string;
  readonly base: string | null;
  readonly candidate: string | null;
  readonly verdict: 'same' | 'better' | 'worse' | 'changed' | 'unknown';
};

// How many heartbeats of healthy nodes come too late, of which only bounds are known.

/** All that heartbeats go by, and how often the one who waits for them looks for one. */
const heartbeats = [
  'withoutLeases',
  'leaseRenewIntervalMs',
  'leaseJitter',
  'nodeStatusUpdateFrequencyMs',
  'nodeStatusReportFrequencyMs',
  'statusJitter',
  'nodeMonitorPeriodMs',
] as const satisfies readonly (keyof EffectiveSettings)[];

type Side = { readonly effective: EffectiveSettings; readonly version: string };

/** Whether heartbeats come and are waited for alike: graces between the same two passes are. */
const isAlike = (one: Side, other: Side): boolean =>
  heartbeats.every((name) => one.effective[name] === other.effective[name]) &&
  outlivedMs(one.effective) === outlivedMs(other.effective) &&
  surelyOutlivedMs(one.effective) === surelyOutlivedMs(other.effective) &&
  scattersReports(exactVersion(one.version)) === scattersReports(exactVersion(other.version));

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** Of all heartbeats, and of those after a change of status where more of these may come too late. */
const shown = ({ effective, version }: Side): string => {
  const [steady, max] = [steadyFlapShare(effective), selfFlapShare(effective, version)].map(percent);
  if (max === percent(0)) return percent(0);
  const ofAll = steady === percent(0) ? [] : [`up to ${steady}`];
  return [...ofAll, ...(max === steady ? [] : [`up to ${max} after a change of status`])].join(', ');
};

/** More than this part of a number lies between two that are not the same for how they were added up. */
const rounding = 1e-9;

const isBelow = ([, max]: readonly [number, number], [min]: readonly [number, number]): boolean =>
  max < min * (1 - rounding);

/** Who never flaps is better than who may; of two who may one is only where no share and no rate of theirs can be the same. */
const verdictOf = (base: Side, candidate: Side): ReviewRow['verdict'] => {
  const [one, other] = [base, candidate].map(({ effective, version }) => flapRange(effective, version));
  if (one === undefined || other === undefined) return 'unknown';
  const [before, after] = [one.share[1] > 0, other.share[1] > 0];
  if (!before && !after) return 'same';
  if (before !== after) return after ? 'worse' : 'better';
  if (isAlike(base, candidate)) return 'same';
  if (isBelow(one.share, other.share) && isBelow(one.perSecond, other.perSecond)) return 'worse';
  return isBelow(other.share, one.share) && isBelow(other.perSecond, one.perSecond) ? 'better' : 'unknown';
};

/** The row of heartbeats by which healthy nodes flap. */
const flapRow = (base: Explained, candidate: Explained): ReviewRow => {
  const sideOf = ({ effective, kubernetesVersion }: Explained): Side | null =>
    effective === null ? null : { effective, version: kubernetesVersion };
  const [one, other] = [sideOf(base), sideOf(candidate)];
  return {
    figure: 'heartbeats of healthy nodes that flap',
    base: one === null ? null : shown(one),
    candidate: other === null ? null : shown(other),
    verdict: one === null || other === null || !base.isWhole || !candidate.isWhole ? 'unknown' : verdictOf(one, other),
  };
};

/** Whether settings of evictions that are not modelled hide what evictions do. */
export const hidesEviction = ({ remarks }: Pick<Explained, 'remarks'>): boolean =>
  remarks.some(({ about }) => about === 'eviction');

type Figure = {
  readonly name: string;
  readonly of: (effective: EffectiveSettings, version: string) => number;
  /** By how much less `of` may be, where what passes of the node monitor take decides it. */
  readonly slack?: (effective: EffectiveSettings, version: string) => number;
  readonly text: (value: number) => string;
  readonly better: 'lower' | 'higher' | 'neither';
  /** Settings of evictions that are not modelled hide it, and so does a budget of requests for which evictions wait. */
  readonly isEviction?: true;
};

const shownMs = (ms: number): number => Math.round(ms / 100) * 100;

const duration = (ms: number): string => formatDuration(shownMs(ms));

/** Of a node with as many pods as a kubelet takes by default: to v1.33 marking them holds the first eviction up. */
const evictionOf = (effective: EffectiveSettings, version: string): Window =>
  silentNodeWindows(effective, version, { paused: 1, replicas: 0, podsPerNode: defaultMaxPods }).eviction;

const writes: Figure = {
  name: 'heartbeat writes a minute and node',
  of: writesPerNodeMinute,
  text: (rate) => String(Number(rate.toFixed(1))),
  better: 'lower',
};

const figures: readonly Figure[] = [
  {
    name: 'longest pause without a NotReady by the controller',
    of: maxSafePauseMs,
    text: duration,
    better: 'higher',
  },
  {
    name: "longest pause without one by a kubelet's own word, too",
    of: (effective, version) => Math.min(maxSafePauseMs(effective, version), maxUnsaidPauseMs),
    text: duration,
    better: 'higher',
  },
  {
    name: 'longest answer that a heartbeat waits for',
    of: heartbeatTimeoutMs,
    text: duration,
    better: 'higher',
  },
  {
    name: 'a dead node is NotReady after at most',
    of: (effective, version) => silentNodeWindows(effective, version).notReady[1],
    slack: (effective, version) => lateBoundSlackMs(effective, version).notReady,
    text: duration,
    better: 'lower',
  },
  {
    name: 'a node that is heard again is Ready after at most',
    of: readyAgainMs,
    text: duration,
    better: 'lower',
  },
  {
    name: "a silent node's first pod is evicted after at least",
    of: (effective, version) => evictionOf(effective, version)[0],
    text: duration,
    better: 'neither',
    isEviction: true,
  },
  {
    name: "a silent node's first pod is evicted after at most",
    of: (effective, version) => evictionOf(effective, version)[1],
    slack: (effective, version) => lateBoundSlackMs(effective, version).eviction,
    text: duration,
    better: 'neither',
    isEviction: true,
  },
];

/** Least and most that a figure of a side may be; the same number twice where it is known. */
type Range = readonly [number, number];

/** Whether nobody knows which is greater: what passes take decides it. */
const isUndecided = (one: Range, other: Range): boolean => {
  const isKnown = one[0] === one[1] && other[0] === other[1];
  return !isKnown && shownMs(Math.max(one[0], other[0])) <= shownMs(Math.min(one[1], other[1]));
};

const rangeText = ([min, max]: Range, { text }: Figure): string =>
  text(min) === text(max) ? text(max) : `${text(min)}…${text(max)}`;

const predictedRow = (figure: Figure, base: Explained, candidate: Explained): ReviewRow => {
  const { name, of, slack, better, isEviction } = figure;
  const rangeOf = ({ effective, kubernetesVersion, ...side }: Explained): Range | null => {
    if (effective === null) return null;
    if (isEviction === true && (hidesEviction(side) || !hasEvictionBudget(effective))) return null;
    const max = of(effective, kubernetesVersion);
    return [max - (slack?.(effective, kubernetesVersion) ?? 0), max];
  };
  const [one, other] = [rangeOf(base), rangeOf(candidate)];
  const shown = (range: Range | null): string | null => (range === null ? null : rangeText(range, figure));
  const row = { figure: name, base: shown(one), candidate: shown(other) };
  if (one === null || other === null || !base.isWhole || !candidate.isWhole) return { ...row, verdict: 'unknown' };
  if (one[0] === other[0] && one[1] === other[1]) return { ...row, verdict: 'same' };
  if (isUndecided(one, other)) return { ...row, verdict: 'unknown' };
  if (row.base === row.candidate) return { ...row, verdict: 'same' };
  if (better === 'neither') return { ...row, verdict: 'changed' };
  const isLower = other[0] <= one[0] && other[1] <= one[1];
  return { ...row, verdict: isLower === (better === 'lower') ? 'better' : 'worse' };
};

/** What closed formulas predict of both sides, one row a figure. */
export const predictedRows = (base: Explained, candidate: Explained): readonly ReviewRow[] => [
  ...figures.map((figure) => predictedRow(figure, base, candidate)),
  flapRow(base, candidate),
  predictedRow(writes, base, candidate),
];
