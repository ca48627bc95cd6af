import { describe, expect, test } from 'vitest';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { type Cell, ofTonight } from '../../../tools/ci/night/cell.ts';
import { type CellDates, datesOf, notOfTonight } from '../../../tools/ci/night/dates.ts';
import { gracePlan, modelRuns, seedOfSet } from '../../compare/runs.ts';

const dates = (tonight: CellDates['tonight'], before: CellDates['before'] = [], name = 'default-v1.34'): CellDates => ({
  name,
  tonight,
  before,
});

const reasons = (...cells: readonly CellDates[]): readonly string[] =>
  cells.flatMap((cell) => notOfTonight(cell, cells));

describe('when runs of a night began', () => {
  test('after all good nights, and within one night, is as it has to be', () => {
    expect(
      reasons(
        dates(['2026-11-28T01:00:00.000Z', '2026-11-28T01:10:00.000Z'], ['2026-11-27T03:00:00.000Z']),
        dates(['2026-11-28T20:59:00.000Z'], ['2026-11-26T01:00:00.000Z'], 'fast-v1.34'),
      ),
    ).toEqual([]);
  });

  test('before the newest good night of any cell had ended is of no tonight', () => {
    expect(
      reasons(
        dates(['2026-11-14T01:00:00.000Z', '2026-11-14T01:10:00.000Z'], ['2026-11-13T01:00:00.000Z']),
        dates([], ['2026-11-27T03:00:00.000Z'], 'fast-v1.34'),
      ),
    ).toEqual(
      ['2026-11-14T01:00:00.000Z', '2026-11-14T01:10:00.000Z'].map(
        (date) =>
          `default-v1.34: expected runs of tonight, found one that began at ${date}, when the last good night had not ended (its newest run began at 2026-11-27T03:00:00.000Z)`,
      ),
    );
  });

  test('long before the other runs of its night is of an earlier one', () => {
    expect(reasons(dates(['2026-11-27T01:00:00.000Z']), dates(['2026-11-28T01:00:00.000Z'], [], 'fast-v1.34'))).toEqual(
      [
        'default-v1.34: expected runs of tonight, found one that began at 2026-11-27T01:00:00.000Z, more than 20h before another run of the night (2026-11-28T01:00:00.000Z)',
      ],
    );
  });

  test.each([null, 'yesterday'])('that is not on record, here %j, says nothing', (date) => {
    expect(reasons(dates([date]))).toEqual([
      'default-v1.34: expected runs of tonight, found one that does not say when it began',
    ]);
  });

  test('is asked of real runs alone', async () => {
    const [run] = await modelRuns(gracePlan('40s', 1, seedOfSet(0)));
    if (run === undefined) throw new Error('no run');
    const real: RunDocument = { ...run, predicted: false, startedAt: '2026-11-28T01:00:00.000Z' };
    expect(datesOf('grace-v1.34', [run, real], [[run], [real, run]])).toEqual(
      dates(['2026-11-28T01:00:00.000Z'], ['2026-11-28T01:00:00.000Z'], 'grace-v1.34'),
    );
  });
});

describe('cells of a night', () => {
  const cell = (own: CellDates, verdict: Cell['verdict'] = 'pass'): Cell => ({
    name: own.name,
    verdict,
    fewer: null,
    compared: null,
    leftOut: [],
    details: ['as it was'],
    dates: own,
  });
  const old = dates(['2026-11-14T01:00:00.000Z'], ['2026-11-27T01:00:00.000Z']);
  const fresh = dates(['2026-11-28T01:00:00.000Z'], [], 'fast-v1.34');

  test('are inconclusive by name where their runs are of an earlier one, and a failure stays one', () => {
    const reason =
      '    default-v1.34: expected runs of tonight, found one that began at 2026-11-14T01:00:00.000Z, when the last good night had not ended (its newest run began at 2026-11-27T01:00:00.000Z)';
    expect(ofTonight([cell(old), cell(fresh)], null)).toEqual([
      { ...cell(old, 'inconclusive'), details: [reason, 'as it was'] },
      cell(fresh),
    ]);
    expect(ofTonight([cell(old, 'fail')], null)).toEqual([{ ...cell(old, 'fail'), details: [reason, 'as it was'] }]);
  });

  test('that nobody planned are inconclusive', () => {
    expect(ofTonight([cell(fresh)], ['default-v1.34'])).toEqual([
      {
        ...cell(fresh, 'inconclusive'),
        details: ['    fast-v1.34: expected the runs that were planned, found this one besides', 'as it was'],
      },
    ]);
  });
});
