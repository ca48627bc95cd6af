// What the check of the docs needs of Markdown: lines inside and outside of code, headings, links. Not a parser of all of it.

/** A fenced code block. `first` and `last` are the indices of its fences among the lines of the page. */
export type CodeBlock = { readonly first: number; readonly last: number; readonly lines: readonly string[] };

export type Page = {
  /** Relative to the root of the repository, with slashes. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly blocks: readonly CodeBlock[];
  /** By line: whether it lies in a fenced block, its fences included. */
  readonly isCode: readonly boolean[];
};

export const readPage = (file: string, text: string): Page => {
  const lines = text.split('\n');
  const blocks: CodeBlock[] = [];
  const isCode = lines.map(() => false);
  for (let index = 0; index < lines.length; index += 1) {
    const [, fence] = /^ {0,3}(`{3,})/.exec(lines[index] ?? '') ?? [];
    if (fence === undefined) continue;
    const rest = lines.slice(index + 1).findIndex((line) => line.trim() === fence);
    if (rest === -1) throw new Error(`${file}:${index + 1}: expected an end of the code block that begins here`);
    const last = index + 1 + rest;
    blocks.push({ first: index, last, lines: lines.slice(index + 1, last) });
    isCode.fill(true, index, last + 1);
    index = last;
  }
  return { file, lines, blocks, isCode };
};

/** Names that headings have as the target of a link. @see github.com/Flet/github-slugger, which does as GitHub does */
export const anchorsOf = ({ lines, isCode }: Page): ReadonlySet<string> => {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const [, heading] = isCode[index] === true ? [] : (/^#{1,6} +(.+?) *$/.exec(line) ?? []);
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{Mn}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
};

/** A piece of text with the number of its line, from 1. */
export type Found = { readonly line: number; readonly text: string };

/** Targets of links and pictures, outside of code. */
export const linksOf = ({ lines, isCode }: Page): readonly Found[] =>
  lines.flatMap((line, index) => {
    if (isCode[index] === true) return [];
    const plain = line.replaceAll(/`[^`]*`/g, '');
    const inline = [...plain.matchAll(/\]\(([^()\s]+)\)/g)];
    const html = [...plain.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)];
    return [...inline, ...html].map(([, text = '']) => ({ line: index + 1, text }));
  });

/** What stands between backticks, outside of code blocks. */
export const inlineCodeOf = ({ lines, isCode }: Page): readonly Found[] =>
  lines.flatMap((line, index) =>
    isCode[index] === true ? [] : [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => ({ line: index + 1, text })),
  );

/** Lines that somebody may paste into a shell: in fenced blocks those behind `$ ` (all of a `sh` block), and indented ones. */
export const shellLinesOf = ({ lines, blocks, isCode }: Page): readonly Found[] => {
  const fenced = blocks.flatMap(({ first, last }) => {
    const isShell = /^`{3,}(sh|bash)$/.test((lines[first] ?? '').trim());
    const found: Found[] = [];
    for (let index = first + 1; index < last; index += 1) {
      const prompt = /^\$ /.test(lines[index] ?? '');
      if (!isShell && !prompt) continue;
      const line = index + 1;
      let text = (lines[index] ?? '').replace(/^\$ /, '');
      while (text.endsWith('\\') && index + 1 < last) {
        index += 1;
        text = `${text.slice(0, -1)} ${(lines[index] ?? '').trim()}`;
      }
      found.push({ line, text });
    }
    return found;
  });
  const indented = lines.flatMap((line, index) =>
    isCode[index] !== true && /^ {4}\S/.test(line) ? [{ line: index + 1, text: line.trim() }] : [],
  );
  return [...fenced, ...indented];
};
