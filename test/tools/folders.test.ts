import { expect, test } from 'vitest';
import { maxFiles, overfullFolders } from '../../tools/folders.ts';

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
