import { mixed } from '../../../../common/random.ts';
import type { Rng } from '../../engine/random.ts';

/** Puts indices of nodes in the order of one pass, in place. */
export type Sort = (indices: Int32Array) => void;

/**
 * The order in which passes take the nodes: the lister of a controller hands them out as Go ranges over a map, each time in another
 * one. It follows from the number of a pass, so that one whose order nobody asks for costs nothing.
 * @see k8s.io/client-go tools/cache/thread_safe_store.go, List
 */
export type PassOrder = {
  /** The next pass begins. */
  readonly next: () => void;
  /** Puts indices of nodes in the order of this pass, in place. */
  readonly sort: Sort;
  /** The same, for later. */
  readonly sortLater: () => Sort;
  /** All nodes. */
  readonly all: () => Int32Array;
  /** All nodes but one: those that come before it, and those that come after it. */
  readonly around: (index: number) => { readonly before: Int32Array; readonly after: Int32Array };
};

/** 2^32 by the golden ratio: multiples of it lie evenly among the numbers of 32 bits, no two of them alike. */
const golden = 0x9e3779b9;

const range = 2 ** 32;

/** So few are put in order without buckets. */
const few = 16;

/** Puts the keys from 0 to `count` - 1, and the indices they belong to, in order: quick where few are far from their place. */
const insert = (keys: Uint32Array, indices: Int32Array, count: number): void => {
  for (let next = 1; next < count; next += 1) {
    const key = keys[next] as number;
    const index = indices[next] as number;
    let place = next;
    for (; place > 0 && (keys[place - 1] as number) > key; place -= 1) {
      keys[place] = keys[place - 1] as number;
      indices[place] = indices[place - 1] as number;
    }
    keys[place] = key;
    indices[place] = index;
  }
};

/** @param size how many nodes there are */
export const createPassOrder = (size: number, rng: Rng): PassOrder => {
  const seed = rng.below(range);
  let pass = 0;
  let passKey = 0;
  const keys = new Uint32Array(size);
  const unsorted = new Int32Array(size);
  const ends = new Int32Array(size);

  /** No two nodes have the same: neither step makes one number of two. */
  const keyOf = (index: number, by: number): number => mixed(by + Math.imul(index, golden));

  /** Keys lie evenly, so that each bucket has one or two: what is left to put in order after that are neighbours. */
  const sort = (indices: Int32Array, by: number): void => {
    const count = indices.length;
    if (count <= few) {
      for (let place = 0; place < count; place += 1) keys[place] = keyOf(indices[place] as number, by);
      insert(keys, indices, count);
      return;
    }
    const bucketOf = (key: number): number => Math.floor((key * count) / range);
    unsorted.set(indices);
    ends.fill(0, 0, count);
    for (let place = 0; place < count; place += 1) {
      const bucket = bucketOf(keyOf(unsorted[place] as number, by));
      ends[bucket] = (ends[bucket] as number) + 1;
    }
    for (let bucket = 1; bucket < count; bucket += 1)
      ends[bucket] = (ends[bucket] as number) + (ends[bucket - 1] as number);
    for (let place = 0; place < count; place += 1) {
      const index = unsorted[place] as number;
      const key = keyOf(index, by);
      const bucket = bucketOf(key);
      const to = (ends[bucket] as number) - 1;
      ends[bucket] = to;
      keys[to] = key;
      indices[to] = index;
    }
    insert(keys, indices, count);
  };

  const all = (): Int32Array => {
    const indices = Int32Array.from({ length: size }, (_, index) => index);
    sort(indices, passKey);
    return indices;
  };

  return {
    next: () => {
      pass += 1;
      passKey = mixed(seed + Math.imul(pass, golden));
    },
    sort: (indices) => sort(indices, passKey),
    sortLater: () => {
      const by = passKey;
      return (indices) => sort(indices, by);
    },
    all,
    around: (index) => {
      const indices = all();
      const place = indices.indexOf(index);
      return { before: indices.subarray(0, place), after: indices.subarray(place + 1) };
    },
  };
};
