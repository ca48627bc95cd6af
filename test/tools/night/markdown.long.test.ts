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
  expect(textOf(tonight.map(unmeasured), ['unknown'])).toBe(
    '## The night\n\n1 run: 0 regressions, 0 failed, 0 without a verdict, 0 missing, 0 not compared, 1 unknown (allowed), 0 suspect (allowed).\n\nHarms of which not every run knows:\n\n- grace-v1.34: requests.refused: not measured, allowed by NIGHT_ALLOW\n- grace-v1.34: sinceFault.lastRefusedMs: not measured, allowed by NIGHT_ALLOW\n\nAgainst the last 5 good nights (5 are needed); p is corrected for all comparisons of the night (Holm). Exit code 0.\n\n| run | verdict | nights | p | against the good nights |\n|---|---|--:|--:|---|\n| grace-v1.34 | pass | 5 | 1.000 | unknown: may have got worse, or not |\n\n<details><summary>grace-v1.34</summary>\n\n</details>\n',
  );
  expect(textOf(tonight.map(unmeasured), [])).toBe(
    '## The night\n\n1 run: 0 regressions, 0 failed, 0 without a verdict, 0 missing, 0 not compared, 1 unknown, 0 suspect.\n\nHarms of which not every run knows:\n\n- grace-v1.34: requests.refused: not measured\n- grace-v1.34: sinceFault.lastRefusedMs: not measured\n\nAgainst the last 5 good nights (5 are needed); p is corrected for all comparisons of the night (Holm). Exit code 0.\n\n| run | verdict | nights | p | against the good nights |\n|---|---|--:|--:|---|\n| grace-v1.34 | pass | 5 | 1.000 | unknown: may have got worse, or not |\n\n<details><summary>grace-v1.34</summary>\n\n</details>\n',
  );
  expect(notMeasured(cellOf(tonight.map(unmeasured)))).toEqual(['requests.refused', 'sinceFault.lastRefusedMs']);
});
