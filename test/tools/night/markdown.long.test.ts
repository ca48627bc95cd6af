import { expect, test } from 'vitest';
import { compareWithNights, defaultTolerance } from '../../../src/compare/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { type JudgedNight, nightMarkdown, notMeasured } from '../../../tools/ci/night/markdown.ts';
import { gracePlan, modelRuns, seedOfSet } from '../../compare/runs.ts';

const unmeasured = (run: RunDocument): RunDocument => ({ ...run, requests: { ...run.requests, refused: null } });

test('a harm that was not measured is named, and that NIGHT_ALLOW lets it pass', async () => {
  const nights = [];
  for (let night = 0; night < 6; night += 1) nights.push(await modelRuns(gracePlan('40s', 5, seedOfSet(night))));
  const [tonight = [], ...good] = nights;
  const cellOf = (runs: readonly RunDocument[]): JudgedNight['cells'][number] => ({
    name: 'grace-v1.34',
    verdict: 'pass',
    fewer: null,
    compared: compareWithNights(good, runs, { tolerance: defaultTolerance, seed: 1 }),
    leftOut: [],
    details: [],
    dates: { name: 'grace-v1.34', tonight: [], before: [] },
    night: 'unknown',
    p: 1,
  });
  const textOf = (runs: readonly RunDocument[], allowed: readonly string[]): string =>
    nightMarkdown({ cells: [cellOf(runs)], missing: [], nights: 5, minNights: 5, allowed, code: 0 });
  expect(textOf(tonight, ['unknown'])).not.toContain('not measured');
  expect(textOf(tonight.map(unmeasured), ['unknown'])).toContain(
    '\n- grace-v1.34: requests.refused: not measured, allowed by NIGHT_ALLOW\n',
  );
  expect(textOf(tonight.map(unmeasured), [])).toContain('\n- grace-v1.34: requests.refused: not measured\n');
  expect(notMeasured(cellOf(tonight.map(unmeasured)))).toEqual(['requests.refused', 'sinceFault.lastRefusedMs']);
});
