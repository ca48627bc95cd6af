import { table } from '../common/layout.ts';
import { codeSpan, markdown, markdownTable } from '../common/text/markdown.ts';
import { heads, legend, observedCells, predictedCells, rowName, verdictText } from './layout.ts';
import { notAsked } from './lost-cells.ts';
import type { CellResult, MatrixDocument } from './types.ts';

const title = ({ predicted }: MatrixDocument, version: string): string =>
  predicted ? `Kubernetes ${version}, predicted by the model: nothing was run` : `Kubernetes ${version}`;

const versionsOf = (document: MatrixDocument): ReadonlyMap<string, readonly CellResult[]> =>
  Map.groupBy(document.results, ({ kubernetesVersion }) => kubernetesVersion);

/** Cells that have no result yet, or none at all. */
const missing = ({ cells, results }: MatrixDocument): readonly string[] => {
  const done = new Set(results.map(({ name }) => name));
  return cells.filter(({ name }) => !done.has(name)).map(({ name }) => name);
};

const notes = (document: MatrixDocument): readonly string[] => [
  ...document.results.flatMap(({ name, verdict, reason }) =>
    verdict === 'pass' || reason === null ? [] : [`${name}: ${reason}`],
  ),
  ...document.results.flatMap(({ name, verdict, harm }) =>
    verdict === 'pass' && harm !== undefined && harm.unnamed.length > 0
      ? [`${name}: ${harm.unnamed.join(', ')}, and nothing that was expected speaks of it`]
      : [],
  ),
  ...document.results.flatMap(({ name, tries = 1 }) =>
    tries === 1 ? [] : [`${name}: begun ${tries} times, and earlier tries came to no result`],
  ),
  ...(missing(document).length === 0 ? [] : [`not run: ${missing(document).join(', ')}`]),
  ...(document.asked === undefined ? [notAsked] : []),
];

/** One table a version, profiles as rows, what was predicted below each. Ends in a line feed. */
export const matrixText = (document: MatrixDocument): string => {
  const below = document.predicted ? ' by formula' : ' predicted';
  const tables = [...versionsOf(document)].flatMap(([version, results]) => [
    title(document, version),
    ...table(
      [
        ['', ...heads, 'verdict'],
        ...results.flatMap((result) => [
          [rowName(result), ...observedCells(result.figures), verdictText(result)],
          [below, ...predictedCells(result.figures), ''],
        ]),
      ],
      1,
      [0, heads.length + 1],
    ),
    '',
  ]);
  return [...tables, ...legend(document), ...notes(document)].map((line) => `${line}\n`).join('');
};

/** The same as GitHub's Markdown, observed and predicted in one place: `9.1 (0.0…20.0)`. */
export const matrixMarkdown = (document: MatrixDocument): string => {
  const tables = [...versionsOf(document)].flatMap(([version, results]) => {
    const rows = results.map((result) => {
      const predicted = predictedCells(result.figures);
      const both = observedCells(result.figures).map((seen, index) =>
        (predicted[index] ?? '') === '' ? seen : `${seen} (${predicted[index]})`,
      );
      return [codeSpan(rowName(result)), ...both, verdictText(result)];
    });
    return [
      `### ${title(document, version)}`,
      '',
      ...markdownTable(['profile', ...heads, 'verdict'], rows, [0, heads.length + 1]),
      '',
    ];
  });
  return [...tables, ...legend(document), ...notes(document).flatMap((note) => ['', markdown(note)])]
    .map((text) => `${text}\n`)
    .join('');
};
