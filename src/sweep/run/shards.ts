import type { CellKey, DetectionKey, Shard, SweepSpec } from '../types.ts';
import { cellKeys, detectionKeys, estimateCell, estimateDetection } from './cells.ts';

/** A piece of a sweep that one shard does whole. `seconds` and `bytes` are of one simulation, at most. */
export type Unit = { readonly seconds: number; readonly bytes: number } & (
  | { readonly kind: 'cell'; readonly key: CellKey }
  | { readonly kind: 'detection'; readonly key: DetectionKey }
);

/** Everything that a sweep consists of, in its order. */
const unitsOf = (spec: SweepSpec): readonly Unit[] => [
  ...cellKeys(spec).map((key): Unit => {
    const { seconds, bytes } = estimateCell(key, spec);
    return { kind: 'cell', key, seconds, bytes };
  }),
  ...detectionKeys(spec).map((key): Unit => {
    const { seconds, bytes } = estimateDetection(key, spec);
    return { kind: 'detection', key, seconds, bytes };
  }),
];

/** Which shard, from 0, gets the unit of that rank: to and fro, so that none gets all the largest. */
const turnOf = (rank: number, of: number): number => {
  const place = rank % (2 * of);
  return place < of ? place : 2 * of - 1 - place;
};

/**
 * The units of one shard, the most expensive first, so that no thread is left with a long one at the end. The same on
 * every machine; the shards of a sweep hold each unit once.
 */
export const unitsOfShard = (spec: SweepSpec, shard: Shard | null): readonly Unit[] => {
  const ranked = unitsOf(spec).toSorted((one, other) => other.seconds - one.seconds);
  return shard === null ? ranked : ranked.filter((_, rank) => turnOf(rank, shard.of) === shard.index - 1);
};
