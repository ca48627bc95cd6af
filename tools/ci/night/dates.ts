import { formatDuration } from '../../../src/common/duration.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';

/** When real runs of a cell began, tonight and in the nights before. Predictions have no hour. */
export type CellDates = {
  readonly name: string;
  /** As they are on record, null where they are not. */
  readonly tonight: readonly (string | null)[];
  readonly before: readonly (string | null)[];
};

const hourMs = 3_600_000;

/** Nights begin a day apart, and one is over before the next: what began longer before another run of its night is of an earlier one. */
const maxNightMs = 20 * hourMs;

const began = (runs: readonly RunDocument[]): readonly (string | null)[] =>
  runs.filter(({ predicted }) => !predicted).map(({ startedAt }) => startedAt);

/** The dates of a cell, of all its valid runs. */
export const datesOf = (
  name: string,
  tonight: readonly RunDocument[],
  before: readonly (readonly RunDocument[])[],
): CellDates => ({ name, tonight: began(tonight), before: began(before.flat()) });

const newestOf = (dates: readonly (string | null)[]): { readonly date: string; readonly atMs: number } | null =>
  dates
    .flatMap((date) => (date === null || Number.isNaN(Date.parse(date)) ? [] : [{ date, atMs: Date.parse(date) }]))
    .toSorted((one, other) => other.atMs - one.atMs)[0] ?? null;

/**
 * Why real runs of a cell are none of tonight, in words; empty where they are. No clock of this machine is read: they are held
 * against the nights before and the other runs of their own night, so a night all of whose runs are old shows by its base alone.
 * @param all every cell of the night, this one among them
 */
export const notOfTonight = ({ name, tonight }: CellDates, all: readonly CellDates[]): readonly string[] => {
  const before = newestOf(all.flatMap((each) => each.before));
  const own = newestOf(all.flatMap((each) => each.tonight));
  const why = (date: string | null): string | null => {
    const atMs = date === null ? Number.NaN : Date.parse(date);
    if (date === null || Number.isNaN(atMs)) return 'one that does not say when it began';
    if (before !== null && atMs <= before.atMs) {
      return `one that began at ${date}, when the last good night had not ended (its newest run began at ${before.date})`;
    }
    if (own !== null && own.atMs - atMs > maxNightMs) {
      return `one that began at ${date}, more than ${formatDuration(maxNightMs)} before another run of the night (${own.date})`;
    }
    return null;
  };
  const found = tonight.map(why).filter((text) => text !== null);
  return [...new Set(found)].map((text) => `${name}: expected runs of tonight, found ${text}`);
};
