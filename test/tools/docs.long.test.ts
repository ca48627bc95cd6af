import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pagesOf, problemsOf } from '../../tools/docs/check.ts';
import { commandsIn } from '../../tools/docs/commands.ts';
import { anchorsOf, readPage, shellLinesOf } from '../../tools/docs/markdown.ts';
import { blockLines, MarkerError, markedBlocks, shownPart } from '../../tools/docs/output.ts';

test('every link, path, command and marker of this repository’s pages is right', async () => {
  expect(await problemsOf('.', pagesOf('.'))).toEqual([]);
});

/** Problems of pages that are written to a folder of their own. */
const problemsIn = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const root = mkdtempSync(join(tmpdir(), 'skipbeat-docs-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return problemsOf(root, pagesOf(root));
};

describe('links and paths', () => {
  test('of files and headings that are not there are named with their line', async () => {
    const text =
      '# A page\n\n[a](gone.md) [b](#a-page) [c](#gone) [d](docs/b.md#two) `[e](f.md)`\n\n```text\n[g](h.md)\n```\n';
    expect(await problemsIn({ 'README.md': text, 'docs/b.md': '# One\n' })).toEqual([
      'README.md:3: gone.md: no such file',
      'README.md:3: #gone: no such heading',
      'README.md:3: docs/b.md#two: no such heading',
    ]);
  });

  test('of pictures and of source files are checked, too', async () => {
    const text = '<img src="docs/a.png">\n\n`src/gone.ts`, `src/x.ts`, `run.json`, `src/**`\n';
    expect(await problemsIn({ 'README.md': text, 'src/x.ts': '' })).toEqual([
      'README.md:1: docs/a.png: no such file',
      'README.md:3: src/gone.ts: no such file',
    ]);
  });

  test('inside commands are checked, too, and what vitest is asked for has to be the name of a test', async () => {
    const text = [
      '`npx vitest run --project unit test/plan/gone.test.ts` `node tools/gone.ts --check`',
      '`npx vitest run --project quick plan.test` `X=1 vitest run --project unit plan/nothing`',
      '',
      '    npm run -s skipbeat -- schema > scenarios/gone.json',
      '    npx vitest run --project unit test/plan plan.test',
    ].join('\n');
    const config = "export default { projects: [\n  { test: {\n    name: 'unit',\n  } }] };\n";
    const files = { 'README.md': text, 'test/plan/plan.test.ts': '', 'vitest.config.ts': config };
    expect(await problemsIn(files)).toEqual([
      'README.md:1: test/plan/gone.test.ts: no such file',
      'README.md:1: tools/gone.ts: no such file',
      'README.md:2: expected a project of vitest.config.ts, found quick',
      'README.md:2: plan/nothing: no test has it in its path',
      'README.md:4: scenarios/gone.json: no such file',
    ]);
  });

  test('a page of docs to which its index does not lead is named', async () => {
    const files = { 'docs/README.md': '[a](a.md)\n', 'docs/a.md': '', 'docs/adr/b.md': '' };
    expect(await problemsIn(files)).toEqual(['docs/adr/b.md: docs/README.md does not name it']);
  });

  test('README has at most 150 lines, and other pages as many as they need', async () => {
    const long = (lines: number): string => 'a\n'.repeat(lines);
    expect(await problemsIn({ 'README.md': long(150), 'SECURITY.md': long(200) })).toEqual([]);
    expect(await problemsIn({ 'README.md': long(151) })).toEqual(['README.md: expected at most 150 lines, found 151']);
  });
});

describe('anchors', () => {
  test('are those that GitHub makes', () => {
    const page = readPage(
      'a.md',
      '# The `run.json` file: 1, 2\n## Same\n## Same\n```\n# code\n```\n## [A link](b.md) — ok?\n',
    );
    expect([...anchorsOf(page)]).toEqual(['the-runjson-file-1-2', 'same', 'same-1', 'a-link--ok']);
  });
});

describe('commands', () => {
  test('are found behind others and before comments, pipes and remarks', () => {
    const line = 'npm ci && npm run setup && X=1 npm run -s scenario -- fast --set "a=b c" | head   # text';
    expect(commandsIn(line)).toEqual([
      { kind: 'skipbeat', arguments: ['setup'] },
      { kind: 'skipbeat', arguments: ['run', 'fast', '--set', 'a=b c'] },
    ]);
    expect(commandsIn('npx skipbeat list   (a remark)')).toEqual([{ kind: 'skipbeat', arguments: ['list'] }]);
    expect(commandsIn('npm test')).toEqual([{ kind: 'script', name: 'test' }]);
    expect(commandsIn('kubectl get nodes')).toEqual([]);
  });

  test('that this package does not have are named, wherever a reader may copy them from', async () => {
    const text = [
      '`npm run skipbeat -- plann fast`',
      '',
      '    npm run scenario -- fast --backned model',
      '',
      '```sh',
      'npm run skipbeat -- \\',
      '  report',
      'npm run chekc',
      'npm run skipbeat -- plan fast --simulate 10',
      '```',
    ].join('\n');
    const problems = await problemsIn({ 'README.md': text });
    expect(problems.map((one) => one.split('\n')[0])).toEqual([
      "README.md:1: npm run skipbeat -- plann fast: unknown command 'plann'",
      "README.md:3: npm run scenario -- fast --backned model: unknown option '--backned'",
      "README.md:6: npm run skipbeat --  report: missing required argument 'folder'",
      'README.md:8: npm run chekc: package.json has no script "chekc"',
    ]);
  });

  test('of a text block are those behind a prompt', () => {
    const page = readPage('a.md', '```text\n$ npm run check\nnpm run gone\n```\n');
    expect(shellLinesOf(page)).toEqual([{ line: 2, text: 'npm run check' }]);
  });
});

describe('marked output', () => {
  const marked = (comment: string) => markedBlocks(readPage('a.md', `${comment}\n\`\`\`text\nold\n\`\`\`\n`));

  test('has its command, its part and its exit code', () => {
    expect(marked('<!-- output: skipbeat list\n     from: a: b\n     exit: 3 -->')).toMatchObject([
      { kind: 'output', command: 'skipbeat list', from: 'a: b', to: null, before: [], exit: 3 },
    ]);
  });

  test('without a block, or with a key that is not known, is refused', () => {
    const page = readPage('a.md', '<!-- output: skipbeat list -->\n\ntext\n');
    expect(() => markedBlocks(page)).toThrow(new MarkerError('a.md:1: expected a code block below this comment'));
    expect(() => marked('<!-- output: skipbeat list\n  til: x -->')).toThrow(
      new MarkerError('a.md:1: expected from, to, before, show, exit, received "til: x"'),
    );
  });

  test('of a real run has a date and a machine', async () => {
    const text = '<!-- seen: npm run scenario -- fast -->\n```text\n```\n';
    expect(await problemsIn({ 'README.md': text })).toEqual([
      'README.md:2: npm run scenario -- fast: expected date: YYYY-MM-DD of a real run',
      'README.md:2: npm run scenario -- fast: expected machine: … of a real run',
    ]);
  });

  test('shows the part that is asked for, and that it is a part', () => {
    expect(shownPart('a\nb  \nc\nd\n', { from: 'b', to: 'c' })).toEqual(['…', 'b', 'c', '…']);
    expect(shownPart('a\nb\n', { from: null, to: null })).toEqual(['a', 'b']);
    expect(() => shownPart('a\n', { from: 'x', to: null })).toThrow(new MarkerError('printed no line with "x"'));
  });

  test('of another exit code than the page says is refused', () => {
    const [one] = marked('<!-- output: skipbeat list\n  exit: 1 -->');
    if (one === undefined) throw new Error('no block');
    expect(blockLines(one, { text: 'x\n', exitCode: 1 })).toEqual(['$ skipbeat list', 'x', '$ echo $?', '1']);
    expect(() => blockLines(one, { text: 'x\n', exitCode: 0 })).toThrow(
      new MarkerError('skipbeat list: expected exit code 1, received 0:\nx\n'),
    );
  });

  test('a code block without an end is refused', () => {
    expect(() => readPage('a.md', 'x\n```text\n')).toThrow(
      'a.md:2: expected an end of the code block that begins here',
    );
  });
});
