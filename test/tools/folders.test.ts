import { expect, test } from 'vitest';
import { folderRowProblems, maxFiles, overfullFolders, tierProblems } from '../../tools/folders.ts';

const filesIn = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${folder}/${index}.ts`);

test('a folder may have 15 files, and as many more in the folders below it', () => {
  expect(overfullFolders([...filesIn('src/plan', maxFiles), ...filesIn('src/plan/predict', maxFiles)])).toEqual([]);
});

test('a 16th file is printed with its folder', () => {
  expect(overfullFolders(filesIn('test/plan', maxFiles + 1))).toEqual([
    'test/plan: expected at most 15 files, found 16: make one of those that share a thought, or move those of one part into a folder',
  ]);
});

test('fixtures may be as many as there are cases, and scenarios and docs are no sources', () => {
  expect(
    overfullFolders([...filesIn('test/fixtures/settings', 40), ...filesIn('scenarios', 40), ...filesIn('docs', 40)]),
  ).toEqual([]);
});

test('a top folder of src without a row in the page of folders is named, and a row without its folder', () => {
  const files = ['src/main.ts', 'src/plan/plan.ts', 'src/load/http/request.ts', 'src/watch/watch.ts', 'test/plan/x.ts'];
  const text =
    '| folder | what |\n|---|---|\n| `src/main.ts`, `src/plan` | plans of `src/load` |\n| `src/gone` | nothing |\n\n`src/watch`\n';
  expect(folderRowProblems(files, text)).toEqual([
    'docs/architecture.md: expected a row of src/load, found none: say what lives there',
    'docs/architecture.md: expected a row of src/watch, found none: say what lives there',
    'docs/architecture.md: expected a folder src/gone, found none: take its row away',
  ]);
});

test('a test whose name says no tier that there is is named', () => {
  const files = ['', '.long', '.integration', '.sampled.integration', '.nightly', '.host', '.long.integration'];
  expect(tierProblems(files.map((tier) => `test/plan/plan${tier}.test.ts`))).toEqual([
    'test/plan/plan.host.test.ts: expected a tier of CONTRIBUTING.md before .test.ts, found host',
    'test/plan/plan.long.integration.test.ts: expected a tier of CONTRIBUTING.md before .test.ts, found long.integration',
  ]);
  expect(tierProblems(['test/plan/plans.ts', 'src/plan/plan.host.test.ts'])).toEqual([]);
});
