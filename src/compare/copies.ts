import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { isHollow } from '../plan/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import type { Dropped } from './compare.ts';
import { minorOf, notInRunOf } from './conditions.ts';
import type { Side } from './read.ts';

/** JSON with its keys in order: in which one a document has them makes no other run of it. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

/**
 * What makes two documents one and the same run. In the model that is the seed, for what compares: another patch
 * release gives the same, and the same seed with another place in the heartbeat, as under another number of repeats, gives
 * the same chances but for that place. Of real runs no two have the same instants, whatever the folder, the seed or the
 * number of the repeat says.
 */
export const identityOf = (run: RunDocument): string => {
  if (run.predicted) {
    const { scenario, profile, kubernetesVersion, topology, conditions, seed } = run;
    // Wherever it was written that no run has something, it is the same run.
    const own = { ...conditions, notInRun: notInRunOf(conditions ?? {}) };
    return inOrder([scenario, profile, minorOf(kubernetesVersion), topology, own, seed]);
  }
  const { durationMs, faults, steps, nodes, requests, pods, timing } = run;
  return inOrder([durationMs, faults, steps, nodes, requests, pods, timing]);
};

/**
 * Whether the fault of a run of the model meets the place in the heartbeat that it meets in every such run, whatever the
 * seed: the cluster is made for the run and takes as long each time. A repeat has a place of its own, on an old cluster
 * every heartbeat has, and hollow nodes join at any time of one.
 */
const isUnplaced = ({ predicted, topology, repeat, faults }: RunDocument): boolean =>
  predicted &&
  topology.age !== 'old' &&
  (repeat?.afterRenewalMs ?? null) === null &&
  faults.some(({ targets }) => !targets.every(isHollow));

/**
 * What makes two runs of one side one and the same draw of chance: they are the same run, or single runs of the model
 * that all meet one place in the heartbeat. How long a node stays Ready hangs on that place above all, so that any number
 * of them tells no more of how often a harm comes than one does.
 */
export const drawOf = (run: RunDocument): string =>
  isUnplaced(run) ? identityOf({ ...run, seed: 0 }) : identityOf(run);

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
