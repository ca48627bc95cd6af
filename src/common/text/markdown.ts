import { clean } from '../layout.ts';

/**
 * A text from anywhere as Markdown that shows it and does nothing: no markup, no HTML, no mention of a person, no
 * reference to an issue, no link. One line; table cells may hold it.
 */
export const markdown = (text: string): string =>
  clean(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]#|~$]/g, '\\$&')
    .replace(/^(?:[-+=]|\d+(?=[.)](?:\s|$)))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`))
    // What GitHub makes of these it makes of the finished text: only a mark without width between keeps it from that.
    .replace(/(@|\\#)(?=[\p{L}\p{N}])/gu, '$1&#8203;')
    .replace(/:\/\//g, ':&#8203;//')
    .replace(/\bwww\./gi, 'www&#8203;.');

/** A name that is no text from outside, as code. What would end a table's cell is escaped. */
export const codeSpan = (name: string): string => `\`${name.replaceAll('|', '\\|')}\``;

/** A table of cells that are Markdown already. @param left the columns that are text; the others are numbers */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): readonly string[] => {
  const line = (cells: readonly string[]): string => `| ${head.map((_, index) => cells[index] ?? '').join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, index) => (left.includes(index) ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ];
};
