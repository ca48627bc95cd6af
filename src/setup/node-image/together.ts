import type { ActOptions } from '../shell.ts';

/**
 * Runs two steps at once. When one fails the other is interrupted and awaited, and the first failure is thrown.
 * @param start is given options whose signal also ends with the first failure
 */
export const together = async <First, Second>(
  options: ActOptions,
  start: (within: ActOptions) => readonly [Promise<First>, Promise<Second>],
): Promise<readonly [First, Second]> => {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const failures: unknown[] = [];
  const watched = start({ ...options, signal }).map(async (step) => {
    try {
      return await step;
    } catch (error) {
      failures.push(error);
      failed.abort();
      return undefined;
    }
  });
  const [first, second] = await Promise.all(watched);
  if (failures.length > 0) throw failures[0];
  return [first as First, second as Second];
};
