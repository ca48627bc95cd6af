import type { RepeatsDocument, RunDocument } from '../../verdict/index.ts';
import { clean } from '../layout.ts';
import { nothingExpected, outcomeOf } from '../outcome.ts';

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

const heads = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE', measured: 'MEASURED' } as const;

/** What came of it and what was run, before any figure. */
export const headLines = (document: RunDocument | RepeatsDocument): readonly string[] => {
  const { profile, topology, kubernetesVersion, backend, predicted } = document;
  const outcome = outcomeOf(document);
  const place = `${topology.controlPlanes} control plane${topology.controlPlanes === 1 ? '' : 's'} + ${topology.workers} workers`;
  return [
    `### ${heads[outcome]}: ${markdown(document.scenario)}, ${markdown(document.title)}`,
    '',
    ...(outcome === 'measured' ? [`Neither pass nor fail: ${nothingExpected}.`, ''] : []),
    ...(predicted ? ['**Predicted, nothing was run**: every figure comes from the model.', ''] : []),
    `Profile ${markdown(profile.name)} (${profile.reading}) on Kubernetes ${markdown(kubernetesVersion)}, ${place}` +
      `${backend === null ? '' : `, ${backend}`}, seed ${document.seed}`,
  ];
};

/** Empty where there is nothing under the title. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `**${title}**`, '', ...lines];

/** The first ones, escaped, and in a last one how many are left out. */
export const bullets = (texts: readonly string[], most: number): readonly string[] => {
  const lines = texts.map((text) => `- ${markdown(text)}`);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `- … and ${lines.length - most + 1} more in \`run.json\``];
};
