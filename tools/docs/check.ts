// What is wrong with the pages without running anything: links, paths, commands, markers, pages that nothing leads to.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { commandCheck, commandsIn } from './commands.ts';
import { anchorsOf, type Found, inlineCodeOf, linksOf, type Page, readPage, shellLinesOf } from './markdown.ts';
import { MarkerError, markedBlocks } from './output.ts';
import { pathProblems } from './paths.ts';

/** Every page that people read, from the root of a repository. */
export const pagesOf = (root: string): readonly Page[] => {
  const below = (folder: string): readonly string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.md'))
          .map((file) => join(folder, file))
      : [];
  const top = readdirSync(root).filter((file) => file.endsWith('.md'));
  return [...top, ...below('docs'), ...below('.github'), ...below('examples'), ...below('node-image')]
    .filter((file) => !file.includes('node_modules'))
    .sort()
    .map((file) => readPage(file, readFileSync(join(root, file), 'utf8')));
};

const linkProblem = (root: string, pages: ReadonlyMap<string, Page>, page: Page, target: string): string | null => {
  if (/^(https?:|mailto:)/.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page.file : normalize(join(dirname(page.file), path));
  if (!existsSync(join(root, file))) return `${target}: no such file`;
  if (anchor === undefined) return null;
  const to = pages.get(file);
  return to !== undefined && anchorsOf(to).has(anchor) ? null : `${target}: no such heading`;
};

const problemsOfMarkers = (page: Page): readonly string[] => {
  try {
    return markedBlocks(page).flatMap(({ kind, command, date, machine, block }) => {
      if (kind === 'output') return [];
      const missing = [
        ...(/^\d{4}-\d\d-\d\d$/.test(date ?? '') ? [] : ['date: YYYY-MM-DD']),
        ...(machine === null ? ['machine: …'] : []),
      ];
      return missing.map((what) => `${page.file}:${block.first + 1}: ${command}: expected ${what} of a real run`);
    });
  } catch (thrown) {
    if (thrown instanceof MarkerError) return [thrown.message];
    throw thrown;
  }
};

/** Every problem of the pages, each with its place; empty where there is none. */
export const problemsOf = async (root: string, pages: readonly Page[]): Promise<readonly string[]> => {
  const byFile = new Map(pages.map((page) => [page.file, page]));
  const checkCommand = commandCheck();
  const problems: string[] = [];
  for (const page of pages) {
    const report = ({ line }: Found, what: string | null): void => {
      if (what !== null) problems.push(`${page.file}:${line}: ${what}`);
    };
    for (const link of linksOf(page)) report(link, linkProblem(root, byFile, page, link.text));
    for (const shown of [...shellLinesOf(page), ...inlineCodeOf(page)].sort((one, other) => one.line - other.line)) {
      for (const problem of pathProblems(root, shown.text)) report(shown, problem);
      for (const command of commandsIn(shown.text)) {
        const problem = await checkCommand(command);
        report(shown, problem === null ? null : `${shown.text}: ${problem}`);
      }
    }
    problems.push(...problemsOfMarkers(page));
  }
  return [...problems, ...orphansOf(pages), ...tooLong(pages)];
};

/** README is read from its first line to its last; what needs more room has a page. */
const maxReadmeLines = 150;

const tooLong = (pages: readonly Page[]): readonly string[] =>
  pages.flatMap(({ file, lines }) => {
    // The text ends in a line feed.
    const found = lines.length - 1;
    return file !== 'README.md' || found <= maxReadmeLines
      ? []
      : [`${file}: expected at most ${maxReadmeLines} lines, found ${found}`];
  });

/** Pages below docs that its index does not name. */
const orphansOf = (pages: readonly Page[]): readonly string[] => {
  const index = pages.find(({ file }) => file === 'docs/README.md');
  if (index === undefined) return [];
  const named = new Set(linksOf(index).map(({ text }) => join('docs', text.split('#')[0] ?? '')));
  return pages
    .filter(({ file }) => file.startsWith('docs/') && file !== index.file && !named.has(file))
    .map(({ file }) => `${file}: docs/README.md does not name it`);
};
