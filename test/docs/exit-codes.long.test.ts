import { expect, test } from 'vitest';
import { rows } from './rows.ts';
import { thrownIn } from './thrown.ts';

const thrown = Map.groupBy(thrownIn(['src', 'tools']), ({ code }) => code);

/** What the sources say of a code; `isAll` where no place is left of which reading does not tell. */
const exitsOf = (code: string) => {
  const found = [...new Set((thrown.get(code) ?? []).map(({ exit }) => exit))];
  const exits = found.filter((exit) => exit !== null).sort((one, other) => one - other);
  return { exits, isAll: found.length > 0 && exits.length === found.length };
};

test('the row of a code has the exit codes that the sources throw it with, each of them and no other', () => {
  const wrong = rows.flatMap(({ code, exits }) => {
    const { exits: read, isAll } = exitsOf(code);
    const isRight = isAll ? String(exits) === String(read) : read.every((exit) => exits.includes(exit));
    return isRight ? [] : [{ code, page: exits, sources: read }];
  });
  expect(wrong).toEqual([]);
});

test('of every code but these few, reading the sources tells all of its exit codes', () => {
  expect(
    rows
      .map(({ code }) => code)
      .filter((code) => !exitsOf(code).isAll)
      .sort(),
  ).toEqual([
    // Thrown by a code that is looked up: the errno's, the signal's, the constant's, that of what broke a report.
    'DISK_FULL',
    'INTERRUPTED',
    'NETEM_UNAVAILABLE',
    'NOT_WRITABLE',
    'REPORT_BROKEN',
  ]);
});
