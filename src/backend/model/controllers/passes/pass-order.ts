import { golden, mixed } from '../../../../common/random.ts';
import type { Rng } from '../../engine/random.ts';

/**
 * The order in which passes take the nodes: the lister of a controller hands them out as Go ranges over a map, each time in another
 * one. It follows from the number of a pass, so that one whose order nobody asks for costs nothing.
 * @see k8s.io/client-go tools/cache/thread_safe_store.go, List
 */
export type PassOrder = {
  /** The next pass begins. */
  readonly next: () => void;
  /** Puts indices of nodes in the order of this pass, in place. */
  readonly sort: (indices: Int32Array) => void;
  /** All nodes. */
  readonly all: () => Int32Array;
  /** All nodes, where nothing depends on their order. */
  readonly any: () => Int32Array;
  /** Those that come after one. */
  readonly after: (index: number) => Int32Array;
};

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
  const unsortedKeys = new Uint32Array(size);
  const ends = new Int32Array(size);

  /** No two nodes have the same: neither step makes one number of two. */
  const keyOf = (index: number): number => mixed(passKey + Math.imul(index, golden));

  /**
   * Puts what is unsorted in order. Keys lie evenly, so that each bucket has one or two: what is left to put in order after that are
   * neighbours.
   * @param minKey none of their keys is less
   */
  const putInOrder = (indices: Int32Array, minKey: number): void => {
    const count = indices.length;
    if (count <= few) {
      for (let place = 0; place < count; place += 1) {
        indices[place] = unsorted[place] as number;
        keys[place] = unsortedKeys[place] as number;
      }
      insert(keys, indices, count);
      return;
    }
    const perKey = count / (range - minKey);
    const bucketOf = (place: number): number => Math.floor(((unsortedKeys[place] as number) - minKey) * perKey);
    ends.fill(0, 0, count);
    for (let place = 0; place < count; place += 1) {
      const bucket = bucketOf(place);
      ends[bucket] = (ends[bucket] as number) + 1;
    }
    for (let bucket = 1; bucket < count; bucket += 1)
      ends[bucket] = (ends[bucket] as number) + (ends[bucket - 1] as number);
    for (let place = 0; place < count; place += 1) {
      const bucket = bucketOf(place);
      const to = (ends[bucket] as number) - 1;
      ends[bucket] = to;
      keys[to] = unsortedKeys[place] as number;
      indices[to] = unsorted[place] as number;
    }
    insert(keys, indices, count);
  };
  const sort = (indices: Int32Array): void => {
    for (let place = 0; place < indices.length; place += 1) {
      const index = indices[place] as number;
      unsorted[place] = index;
      unsortedKeys[place] = keyOf(index);
    }
    putInOrder(indices, 0);
  };

  const any = (): Int32Array => {
    const indices = new Int32Array(size);
    for (let index = 0; index < size; index += 1) indices[index] = index;
    return indices;
  };

  return {
    next: () => {
      pass += 1;
      passKey = mixed(seed + Math.imul(pass, golden));
    },
    sort,
    all: () => {
      const indices = any();
      sort(indices);
      return indices;
    },
    any,
    after: (index) => {
      const ownKey = keyOf(index);
      let count = 0;
      for (let other = 0; other < size; other += 1) {
        const key = keyOf(other);
        if (key <= ownKey) continue;
        unsorted[count] = other;
        unsortedKeys[count] = key;
        count += 1;
      }
      const indices = new Int32Array(count);
      putInOrder(indices, ownKey);
      return indices;
    },
  };
};
