import { formatDuration } from '../common/duration.ts';
import {
  type EffectiveSettings,
  longestSafePauseMs,
  selfFlapShare,
  silentNodeWindows,
  writesPerNodeMinute,
} from '../profile/index.ts';
import { type Explained, explain } from './explain.ts';
import type { Given } from './types.ts';

/** One figure of both sides; null where a component does not start. `better: lower` is for the reader's arrow. */
export type ReviewRow = {
  readonly figure: string;
  readonly base: string | null;
  readonly candidate: string | null;
  readonly verdict: 'same' | 'better' | 'worse' | 'changed';
};

export type Review = {
  readonly kubernetesVersion: string;
  readonly base: Explained;
  readonly candidate: Explained;
  readonly settings: readonly ReviewRow[];
  /** Predicted by closed formulas, nothing is run. */
  readonly predicted: readonly ReviewRow[];
};

const settingRows = (base: Given, candidate: Given): readonly ReviewRow[] => {
  const key = ({ component, name }: Given['settings'][number]): string => `${component} ${name}`;
  const of = (given: Given) => new Map(given.settings.map((setting) => [key(setting), setting.value]));
  const [before, after] = [of(base), of(candidate)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((figure) => {
    const [one, other] = [before.get(figure) ?? null, after.get(figure) ?? null];
    return { figure, base: one ?? 'unset', candidate: other ?? 'unset', verdict: one === other ? 'same' : 'changed' };
  });
};

type Figure = {
  readonly name: string;
  readonly of: (effective: EffectiveSettings, version: string) => number;
  readonly text: (value: number) => string;
  readonly better: 'lower' | 'higher' | 'neither';
};

const duration = (ms: number): string => formatDuration(Math.round(ms / 100) * 100);

const figures: readonly Figure[] = [
  {
    name: 'longest pause that never makes a node NotReady',
    of: longestSafePauseMs,
    text: duration,
    better: 'higher',
  },
  {
    name: 'a dead node is NotReady after at most',
    of: (effective, version) => silentNodeWindows(effective, version).notReady[1],
    text: duration,
    better: 'lower',
  },
  {
    name: 'its first pod is evicted after at least',
    of: (effective, version) => silentNodeWindows(effective, version).eviction[0],
    text: duration,
    better: 'neither',
  },
  {
    name: 'its first pod is evicted after at most',
    of: (effective, version) => silentNodeWindows(effective, version).eviction[1],
    text: duration,
    better: 'neither',
  },
  {
    name: 'heartbeats of healthy nodes that flap',
    of: selfFlapShare,
    text: (share) => `${Number((share * 100).toPrecision(2))} %`,
    better: 'lower',
  },
  {
    name: 'heartbeat writes a minute and node',
    of: writesPerNodeMinute,
    text: (rate) => String(Number(rate.toFixed(1))),
    better: 'lower',
  },
];

const predictedRow = ({ name, of, text, better }: Figure, base: Explained, candidate: Explained): ReviewRow => {
  const value = ({ effective, kubernetesVersion }: Explained): number | null =>
    effective === null ? null : of(effective, kubernetesVersion);
  const [one, other] = [value(base), value(candidate)];
  const shown = (number: number | null): string | null => (number === null ? null : text(number));
  const row = { figure: name, base: shown(one), candidate: shown(other) };
  if (row.base === row.candidate) return { ...row, verdict: 'same' };
  if (one === null || other === null || better === 'neither') return { ...row, verdict: 'changed' };
  return { ...row, verdict: other < one === (better === 'lower') ? 'better' : 'worse' };
};

/**
 * What a change of settings does on a Kubernetes version: every setting of both sides, and what closed formulas predict
 * of each. Pure. @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const reviewGiven = (base: Given, candidate: Given, kubernetesVersion: string): Review => {
  const [before, after] = [explain(base, kubernetesVersion), explain(candidate, kubernetesVersion)];
  return {
    kubernetesVersion,
    base: before,
    candidate: after,
    settings: settingRows(base, candidate),
    predicted: figures.map((figure) => predictedRow(figure, before, after)),
  };
};
