import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes } from '../../src/common/error-codes.ts';
import { exitCodes } from '../../src/common/errors.ts';
import { page, rows } from './rows.ts';

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('error-codes.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));

test('every error code has one row that says what it means and what to do, and no row is of another code', () => {
  expect(rows.map(({ code }) => code).sort()).toEqual([...errorCodes].sort());
});

test('every declared code is thrown somewhere', () => {
  const text = [...sourcesIn('src'), ...sourcesIn('tools')].join('\n');
  expect(errorCodes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

test('the declared codes are in alphabetical order, each once', () => {
  expect(errorCodes).toEqual([...new Set(errorCodes)].sort());
});

test('every exit code of a row is one that a command ends with', () => {
  const known: readonly number[] = Object.values(exitCodes);
  expect(rows.filter(({ exits }) => !exits.every((exit) => known.includes(exit)))).toEqual([]);
});

test('every exit code has a row of its own in the first table', () => {
  const [, table = ''] = /## Exit codes\n\n([\s\S]*?)\n\n/.exec(page) ?? [];
  const notified = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) => cell.split(', ').map(Number));
  expect(notified).toEqual(Object.values(exitCodes).sort((one, other) => one - other));
});
