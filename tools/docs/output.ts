// Output that a page shows is made by a command that stands in a comment above its block:
//
//   <!-- output: npm run -s skipbeat -- plan tight-grace --kubernetes v1.34.4
//        from: first line to show      (a part of it; the default is the first)
//        to: last line to show         (the first such line from there on; the default is the last)
//        before: a command to run before it, not shown; may be repeated
//        show: all                     (what it says on stderr, too; the default is results alone, on stdout)
//        exit: 1                       (the exit code; the default is 0) -->
//
//   <!-- seen: npm run scenario -- tight-grace
//        date: 2026-11-26
//        machine: two cores, Linux -->
//
// The first kind is made by the model or by formula, and is made again and compared. The second needs real clusters: its
// command has to parse, and its date and machine have to be there. All commands of a page run in one folder, in order.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandsIn } from './commands.ts';
import type { CodeBlock, Page } from './markdown.ts';

const root = join(import.meta.dirname, '..', '..');

export type Marked = {
  readonly kind: 'output' | 'seen';
  readonly command: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly before: readonly string[];
  readonly show: 'all' | 'results';
  readonly exit: number;
  readonly date: string | null;
  readonly machine: string | null;
  readonly block: CodeBlock;
};

/** A fault of the page itself, for people: where and what. */
export class MarkerError extends Error {}

const known = {
  output: ['from', 'to', 'before', 'show', 'exit'],
  seen: ['date', 'machine'],
} as const;

const markerOf = (page: Page, comment: string, line: number, block: CodeBlock): Marked | null => {
  const [first = '', ...rest] = comment.split('\n').map((one) => one.trim());
  const [, kind, command = ''] = /^(output|seen): (.+)$/.exec(first) ?? [];
  if (kind !== 'output' && kind !== 'seen') return null;
  const fields = rest
    .filter((one) => one !== '')
    .map((one): readonly [string, string] => {
      const [, key = '', value = ''] = /^([a-z]+): (.+)$/.exec(one) ?? [];
      if ((known[kind] as readonly string[]).includes(key)) return [key, value];
      throw new MarkerError(
        `${page.file}:${line}: expected ${known[kind].join(', ')}, received ${JSON.stringify(one)}`,
      );
    });
  const fieldOf = (key: string): string | null => fields.find(([name]) => name === key)?.[1] ?? null;
  return {
    kind,
    command,
    from: fieldOf('from'),
    to: fieldOf('to'),
    before: fields.flatMap(([key, value]) => (key === 'before' ? [value] : [])),
    show: fieldOf('show') === 'all' ? 'all' : 'results',
    exit: Number(fieldOf('exit') ?? '0'),
    date: fieldOf('date'),
    machine: fieldOf('machine'),
    block,
  };
};

/** The marked blocks of a page, in order. @throws MarkerError where a marker has a key that is not known, or no block */
export const markedBlocks = (page: Page): readonly Marked[] => {
  const text = page.lines.map((line, index) => (page.isCode[index] === true ? '' : line)).join('\n');
  return [...text.matchAll(/<!-- *((?:output|seen): [\s\S]*?) *-->/g)].map((found) => {
    const line = text.slice(0, found.index).split('\n').length;
    const end = text.slice(0, found.index + found[0].length).split('\n').length;
    const block = page.blocks.find(({ first }) => first === end);
    if (block === undefined) throw new MarkerError(`${page.file}:${line}: expected a code block below this comment`);
    const marked = markerOf(page, found[1] ?? '', line, block);
    if (marked === null) throw new MarkerError(`${page.file}:${line}: expected a command behind the colon`);
    return marked;
  });
};

export type Printed = { readonly text: string; readonly exitCode: number };

/** Runs the program in a folder; where both of its streams are shown they go to one file, as a terminal would show them. */
const print = (folder: string, command: string, show: Marked['show']): Printed => {
  const [only, ...others] = commandsIn(command);
  if (only?.kind !== 'skipbeat' || others.length > 0) {
    throw new MarkerError(`expected one command of skipbeat, received ${JSON.stringify(command)}`);
  }
  const file = join(folder, '.printed');
  const descriptor = openSync(file, 'w');
  try {
    const { status, error } = spawnSync(process.execPath, [join(root, 'src/main.ts'), ...only.arguments], {
      cwd: folder,
      stdio: ['ignore', descriptor, show === 'all' ? descriptor : 'ignore'],
      env: { ...process.env, SKIPBEAT_STATE_DIR: join(folder, '.state'), NO_COLOR: '1' },
    });
    if (error !== undefined) throw error;
    return { text: readFileSync(file, 'utf8'), exitCode: status ?? -1 };
  } finally {
    closeSync(descriptor);
  }
};

/** The part of what was printed that a block shows; `…` stands for what is left out. @throws MarkerError where it is not there */
export const shownPart = (printed: string, { from, to }: Pick<Marked, 'from' | 'to'>): readonly string[] => {
  const lines = printed
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => line.trimEnd());
  const indexOf = (wanted: string, start: number): number => {
    const index = lines.findIndex((line, at) => at >= start && line.includes(wanted));
    if (index === -1) throw new MarkerError(`printed no line with ${JSON.stringify(wanted)}`);
    return index;
  };
  const first = from === null ? 0 : indexOf(from, 0);
  const last = to === null ? lines.length - 1 : indexOf(to, first);
  return [...(first > 0 ? ['…'] : []), ...lines.slice(first, last + 1), ...(last < lines.length - 1 ? ['…'] : [])];
};

/** Lines of the block of a command that printed this. */
export const blockLines = (marked: Marked, { text, exitCode }: Printed): readonly string[] => {
  if (exitCode !== marked.exit) {
    throw new MarkerError(`${marked.command}: expected exit code ${marked.exit}, received ${exitCode}:\n${text}`);
  }
  const status = exitCode === 0 ? [] : ['$ echo $?', String(exitCode)];
  return [`$ ${marked.command}`, ...shownPart(text, marked), ...status];
};

/** A page with every output made again: the same text where all are current. */
export const withOutputs = (page: Page): string => {
  const wanted = markedBlocks(page).filter(({ kind }) => kind === 'output');
  if (wanted.length === 0) return page.lines.join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-docs-'));
  try {
    // Commands name files of the repository as a reader does who stands in its folder.
    for (const entry of readdirSync(root)) {
      if (!/^(\.|runs$|node_modules$)/.test(entry)) symlinkSync(join(root, entry), join(folder, entry));
    }
    mkdirSync(join(folder, 'runs'));
    const made = wanted.map((marked) => {
      for (const command of marked.before) print(folder, command, 'results');
      return blockLines(marked, print(folder, marked.command, marked.show));
    });
    const lines = [...page.lines];
    // From the last to the first, so that the places of those before it stay as they are.
    for (const [index, { block }] of [...wanted.entries()].reverse()) {
      lines.splice(block.first + 1, block.last - block.first - 1, ...(made[index] ?? []));
    }
    return lines.join('\n');
  } catch (thrown) {
    if (thrown instanceof MarkerError) throw new MarkerError(`${page.file}: ${thrown.message}`);
    throw thrown;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
