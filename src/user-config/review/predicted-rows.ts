import { formatDuration } from '../../common/duration.ts';
import {
  defaultMaxPods,
  type EffectiveSettings,
  hasEvictionBudget,
  heartbeatTimeoutMs,
  lateBoundSlackMs,
  maxSafePauseMs,
  maxUnsaidPauseMs,
  readyAgainMs,
  silentNodeWindows,
  type Window,
  writesPerNodeMinute,
} from '../../profile/index.ts';
import type { Explained } from './explain.ts';
import { flapRow } from './flap-row.ts';
import type { ReviewRow } from './row.ts';

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
