// `npm run check:folders`: no folder of sources, tests, benches and tools has more than 15 files; what they hold may be as
// deep as it has parts. Fixtures are exempt: they are data, named by what they show.
import { execFileSync } from 'node:child_process';
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

if (import.meta.main) {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', ...held],
    {
      encoding: 'utf8',
    },
  );
  const overfull = overfullFolders(listed.split('\n').filter((file) => file !== ''));
  for (const line of overfull) process.stderr.write(`${line}\n`);
  process.exitCode = overfull.length === 0 ? 0 : 1;
}
