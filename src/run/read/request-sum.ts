import { createHash } from 'node:crypto';
import type { RequestRecord } from '../../timeline/index.ts';

/** Requests in the order in which they are recorded: how many, and one sum of all. */
export type RequestSum = { readonly count: number; readonly sha256: string };

/** @param limit those after so many do not count */
export const sumRequests = (limit = Number.POSITIVE_INFINITY) => {
  const hash = createHash('sha256');
  let count = 0;
  return {
    add: (record: RequestRecord): void => {
      if (count >= limit) return;
      count += 1;
      hash.update(`${JSON.stringify(record)}\n`);
    },
    /** The next requests, as JSON.stringify makes them, each with a line feed. */
    addLines: (lines: Uint8Array, records: number): void => {
      count += records;
      hash.update(lines);
    },
    result: (): RequestSum => ({ count, sha256: hash.digest('hex') }),
  };
};
