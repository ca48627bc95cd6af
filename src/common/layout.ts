import { stripVTControlCharacters, styleText } from 'node:util';

export type Screen = { readonly columns: number; readonly colour: boolean };

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** Styles a text that is already padded and clipped, for escape sequences have no width. */
export const paint = (text: string, style: Style | readonly Style[], { colour }: Pick<Screen, 'colour'>): string =>
  colour ? styleText(typeof style === 'string' ? style : [...style], text, { validateStream: false }) : text;

/**
 * A text from a cluster, a process or a file, made safe for a terminal: one line, without escape sequences, control
 * characters or marks that turn the direction of writing.
 */
export const clean = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();

/** The same of a text of several lines, which stay what they are, with what they are indented by. */
export const cleanLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => `${/^ */.exec(line)?.[0] ?? ''}${clean(line)}`)
    .join('\n');

export const widthOf = (text: string): number => [...text].length;

/** At most `columns` wide; what was cut off is shown by `…`. */
export const clip = (text: string, columns: number): string => {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
};

const padding = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text)));

export const padStart = (text: string, width: number): string => padding(text, width) + text;

export const padEnd = (text: string, width: number): string => text + padding(text, width);

/** Lines of words, none wider than `columns`: a word that is wider (a path) is cut. */
export const wrap = (text: string, columns: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, columns))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
};

const pieces = (word: string, columns: number): string[] => {
  const characters = [...word];
  const width = Math.max(1, columns);
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(''),
  );
};

/** Wraps beside a first prefix; later lines stand under the text's first letter. */
export const hang = (prefix: string, text: string, columns: number): string[] =>
  wrap(text, Math.max(20, columns - widthOf(prefix))).map(
    (line, index) => (index === 0 ? prefix : ' '.repeat(widthOf(prefix))) + line,
  );

/**
 * Rows of cells under one another. @param gap blanks between columns
 * @param left the columns that are text; the others are numbers
 */
export const table = (rows: readonly (readonly string[])[], gap = 3, left: readonly number[] = [0]): string[] => {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, widthOf(cell))),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (left.includes(index) ? padEnd : padStart)(cell, widths[index] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
};

/** At most `max` lines; the last one then says how many are left out and where they are. */
export const capped = (
  entries: readonly (readonly string[])[],
  max: number,
  rest: (left: number) => string,
): string[] => {
  const all = entries.flat();
  if (all.length <= max) return all;
  const shown: string[] = [];
  let count = 0;
  for (const entry of entries) {
    if (shown.length + entry.length > max - 1) break;
    shown.push(...entry);
    count += 1;
  }
  return [...shown, rest(entries.length - count)];
};

/** Dashes and what follows them; long ones go on under their first letter. */
export const bullets = (texts: readonly string[], { columns }: Pick<Screen, 'columns'>, max: number): string[] =>
  capped(
    texts.map((text) => hang('    - ', clean(text), columns)),
    max,
    (left) => `    … and ${left} more in run.json`,
  );
