import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { RunDocument } from '../verdict/index.ts';
import type { Dropped } from './compare.ts';
import { minorOf } from './conditions.ts';
import type { Side } from './read.ts';

/**
 * What makes two documents one and the same run. In the model that is the seed, for what compares: another patch
 * release gives the same, and the same seed with another place in the heartbeat, as under another number of repeats, gives
 * the same chances but for that place. Of real runs no two have the same instants, whatever the folder, the seed or the
 * number of the repeat says.
 */
export const identityOf = (run: RunDocument): string => {
  if (run.predicted) {
    const { scenario, profile, kubernetesVersion, topology, conditions, seed } = run;
    return JSON.stringify([scenario, profile, minorOf(kubernetesVersion), topology, conditions, seed]);
  }
  const { durationMs, faults, steps, nodes, requests, pods, timing } = run;
  return JSON.stringify([durationMs, faults, steps, nodes, requests, pods, timing]);
};

/** A side without its copies, and how many of what was planned gave no valid evidence. */
export type CountedSide = Side & Dropped;

/**
 * Leaves out what is there twice, on one side or on both: copies are no repeats. Each is named with the run that it is.
 * @param sides the base first, which keeps a run that both have
 * @throws SkipbeatError NOTHING_TO_COMPARE (exit 2) where a side holds copies alone
 */
export const withoutCopies = (sides: readonly Side[]): readonly CountedSide[] => {
  const seen = new Map<string, string>();
  return sides.map((side) => {
    const copies: string[] = [];
    const kept = side.runs.map((run, index): boolean => {
      const name = side.names[index] ?? side.path;
      const key = identityOf(run);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, name);
      else {
        const what = run.predicted ? 'the same seed and settings' : 'the same evidence';
        copies.push(`counted once: ${name} is ${first} over again (${what})`);
      }
      return first === undefined;
    });
    const runs = side.runs.filter((_, index) => kept[index] === true);
    if (runs.length === 0) {
      throw new SkipbeatError(
        'NOTHING_TO_COMPARE',
        `${side.path}: expected runs of its own, found copies alone.\n  ${copies.join('\n  ')}`,
        { exitCode: exitCodes.inconclusive, next: 'run the scenario again, in the model with another --seed' },
      );
    }
    return {
      ...side,
      runs,
      names: side.names.filter((_, index) => kept[index] === true),
      notes: [...side.notes, ...copies],
      // A copy is no run that dropped out: it was never one.
      planned: side.planned - copies.length,
      dropped: side.planned - side.runs.length,
    };
  });
};
