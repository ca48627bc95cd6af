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
    .replace(/^(?:[-+=]|\d+(?=[.)]))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`))
    // What GitHub makes of these it makes of the finished text: only a mark without width between keeps it from that.
    .replace(/(@|\\#)(?=[\p{L}\p{N}])/gu, '$1&#8203;')
    .replace(/:\/\//g, ':&#8203;//')
    .replace(/\bwww\./gi, 'www&#8203;.');

/** A table of cells that are Markdown already; the first column is text, the others numbers. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
  const line = (cells: readonly string[]): string => `| ${head.map((_, index) => cells[index] ?? '').join(' | ')} |`;
  return [line(head), `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)];
};
