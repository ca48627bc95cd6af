import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { Dropped } from './compare.ts';
import { drawOf, identityOf } from './identity.ts';
import type { Side } from './read.ts';

/** `runs/2 and 78 more`, of the single runs that are the same draw as another. */
const samePlaceText = (first: string, [one = '', ...others]: readonly string[]): string => {
  const [who, are] = others.length === 0 ? [one, 'is'] : [`${one} and ${others.length} more`, 'are'];
  return `counted once: ${who} ${are} the same draw as ${first}, of another seed: the fault of every single run of the model on a fresh cluster meets the same place in the heartbeat; --repeats N spreads them over it`;
};

/** A side without its copies, and how many of what was planned gave no valid evidence. */
export type CountedSide = Side & Dropped;

/**
 * Leaves out what is there twice, on one side or on both, and of single runs of the model that are one draw all but one:
 * neither are repeats. They are named with the run that they are.
 * @param sides the base first, which keeps a run that both have
 * @throws SkipbeatError NOTHING_TO_COMPARE (exit 2) where a side holds copies alone
 */
export const withoutCopies = (sides: readonly Side[]): readonly CountedSide[] => {
  const seen = new Map<string, string>();
  return sides.map((side) => {
    const copies: string[] = [];
    const firstOfDraw = new Map<string, string>();
    const samePlace = new Map<string, string[]>();
    const kept = side.runs.map((run, index): boolean => {
      const name = side.names[index] ?? side.path;
      const [key, draw] = [identityOf(run), drawOf(run)];
      const first = seen.get(key);
      if (first !== undefined) {
        const what = run.predicted ? 'the same seed and settings' : 'the same evidence';
        copies.push(`counted once: ${name} is ${first} over again (${what})`);
        return false;
      }
      seen.set(key, name);
      const same = firstOfDraw.get(draw);
      if (same === undefined) firstOfDraw.set(draw, name);
      else samePlace.set(same, [...(samePlace.get(same) ?? []), name]);
      return same === undefined;
    });
    const notes = [...copies, ...[...samePlace].map(([first, names]) => samePlaceText(first, names))];
    const runs = side.runs.filter((_, index) => kept[index] === true);
    if (runs.length === 0) {
      throw new SkipbeatError(
        'NOTHING_TO_COMPARE',
        `${side.path}: expected runs of its own, found copies alone.\n  ${notes.join('\n  ')}`,
        { exitCode: exitCodes.inconclusive, next: 'run the scenario again, in the model with another --seed' },
      );
    }
    return {
      ...side,
      runs,
      names: side.names.filter((_, index) => kept[index] === true),
      notes: [...side.notes, ...notes],
      // A copy is no run that dropped out: it was never one.
      planned: side.planned - (side.runs.length - runs.length),
      dropped: side.planned - side.runs.length,
    };
  });
};
