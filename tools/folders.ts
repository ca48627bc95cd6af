// `npm run check:folders`: no folder of sources, tests, benches and tools has more than 15 files; what they hold may be as
// deep as it has parts. Fixtures are exempt: they are data, named by what they show. A test's name says its tier. Each top folder of src has its row in
// docs/architecture.md, and each of a row is there.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

export const maxFiles = 15;

const held = ['src', 'test', 'bench', 'tools'];
const exempt = 'test/fixtures/';

/**
 * Folders that hold too many files, each in words.
 * @param files by their paths from the root of the repository
 */
export const overfullFolders = (files: readonly string[]): readonly string[] => {
  const own = files.filter((file) => held.includes(file.split('/')[0] ?? '') && !file.startsWith(exempt));
  const byFolder = Map.groupBy(own, (file) => posix.dirname(file));
  return [...byFolder]
    .filter(([, inside]) => inside.length > maxFiles)
    .map(
      ([folder, inside]) =>
        `${folder}: expected at most ${maxFiles} files, found ${inside.length}: make one of those that share a thought, or move those of one part into a folder`,
    );
};

/** What may stand between a test's name and `.test.ts`: vitest.config.ts takes each of them. */
const tiers: ReadonlySet<string> = new Set([
  '',
  '.long',
  '.integration',
  '.e2e',
  '.nightly',
  '.sampled',
  '.sampled.integration',
]);

/**
 * Tests whose name says a tier that is none: nobody knows what they may use, and where they would run. Each in words.
 * @param files by their paths from the root of the repository
 */
export const tierProblems = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) => {
    const tier = /^test\/.*\/[^/.]+(.*)\.test\.ts$/.exec(file)?.[1];
    if (tier === undefined || tiers.has(tier)) return [];
    return [`${file}: expected a tier of CONTRIBUTING.md before .test.ts, found ${tier.slice(1)}`];
  });

const page = 'docs/architecture.md';

/**
 * Top folders of src that the table of folders lacks, and rows of folders that are not there, each in words.
 * @param files by their paths from the root of the repository
 * @param text of the page
 */
export const folderRowProblems = (files: readonly string[], text: string): readonly string[] => {
  const folders = new Set(files.flatMap((file) => /^src\/[^/]+(?=\/)/.exec(file) ?? []));
  const rows = text.split('\n').flatMap((line) => /^\|([^|]*)\|/.exec(line)?.[1] ?? []);
  const named = new Set(rows.flatMap((cell) => cell.match(/(?<=`)src\/[\w-]+(?=`)/g) ?? []));
  return [
    ...[...folders]
      .filter((folder) => !named.has(folder))
      .map((folder) => `${page}: expected a row of ${folder}, found none: say what lives there`),
    ...[...named]
      .filter((folder) => !folders.has(folder))
      .map((folder) => `${page}: expected a folder ${folder}, found none: take its row away`),
  ];
};

if (import.meta.main) {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', ...held],
    {
      encoding: 'utf8',
    },
  );
  const files = listed.split('\n').filter((file) => file !== '');
  const problems = [
    ...overfullFolders(files),
    ...tierProblems(files),
    ...folderRowProblems(files, readFileSync(page, 'utf8')),
  ];
  for (const line of problems) process.stderr.write(`${line}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
