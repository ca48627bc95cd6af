import { formatDuration } from '../common/duration.ts';
import { table } from '../common/layout.ts';
import { counted, countedGrouped } from '../common/text/counted.ts';
import { numberText, secondsText } from '../verdict/index.ts';
import { shareText } from './layout.ts';
import { load, replicas } from './run/cells.ts';
import type { Cell, Chance, Detection, SweepDocument } from './types.ts';

const shades = [' ', '░', '▒', '▓', '█'] as const;

/** Blank for never, full for always, three shades between. */
const shadeOf = (share: number): string => {
  if (share === 0 || share === 1) return share === 0 ? shades[0] : shades[4];
  return shades[1 + Math.min(2, Math.floor(share * 3))] as string;
};

/**
 * Pause × profile → the chance that clients are refused, of the cells of one cluster. Each has its shade and, since a
 * shade alone tells little, its percentage; where there is no cell (another shard has it), `–`.
 */
export const heatMapLines = (cells: readonly Cell[]): readonly string[] => {
  const profiles = [...new Set(cells.map(({ profile }) => profile))];
  const pauses = [...new Set(cells.map(({ pauseMs }) => pauseMs))].toSorted((one, other) => one - other);
  const square = (profile: string, pauseMs: number): string => {
    const cell = cells.find((one) => one.profile === profile && one.pauseMs === pauseMs);
    if (cell === undefined) return '–';
    return `${shadeOf(cell.refused.share).repeat(3)} ${shareText(cell.refused.share).padStart(6)}`;
  };
  return table(
    [
      ['pause', ...profiles],
      ...pauses.map((pauseMs) => [formatDuration(pauseMs), ...profiles.map((profile) => square(profile, pauseMs))]),
    ],
    2,
  );
};

/** `0 of 200: at most 1.5 %`, `31 of 200: 11 … 21 %`. */
export const chanceText = ({ count, trials, low, high }: Chance): string => {
  const counted = `${numberText(count)} of ${numberText(trials)}`;
  if (count === 0) return `${counted}: at most ${shareText(high)}`;
  if (count === trials) return `${counted}: at least ${shareText(low)}`;
  return `${counted}: ${shareText(low).replace(/ %$/, '')} … ${shareText(high)}`;
};

const detectionLines = (detections: readonly Detection[]): readonly string[] =>
  table(
    [
      ['', 'dead node NotReady after: p5', 'p50', 'p95', 'writes/min', 'answer'],
      ...detections.map(({ profile, detectMs, heartbeatWritesPerMinute, heartbeatAnswerMs }) => [
        profile,
        ...[detectMs.p5, detectMs.p50, detectMs.p95].map(secondsText),
        numberText(Math.round(heartbeatWritesPerMinute)),
        heartbeatAnswerMs === undefined ? '–' : formatDuration(heartbeatAnswerMs),
      ]),
    ],
    2,
  );

type Row = { readonly profile: string; readonly first: number; last: number; readonly cells: readonly string[] };

/** Pauses in a row of one profile that came to the same are one line. */
const rowsOf = (cells: readonly Cell[]): readonly Row[] => {
  const rows: Row[] = [];
  for (const { profile, pauseMs, refused, notReady, evicted, notReadyNodeSeconds, notRecovered } of cells) {
    const texts = [
      chanceText(refused),
      shareText(notReady.share),
      shareText(evicted.share),
      numberText(Math.round(notReadyNodeSeconds)),
      numberText(notRecovered),
    ];
    const before = rows.at(-1);
    if (before?.profile === profile && before.cells.join('|') === texts.join('|')) before.last = pauseMs;
    else rows.push({ profile, first: pauseMs, last: pauseMs, cells: texts });
  }
  return rows;
};

const pausesText = ({ first, last }: Row): string =>
  first === last ? formatDuration(first) : `${formatDuration(first)}…${formatDuration(last)}`;

/** A profile's name on a line of its own, its pauses under it. */
const cellLines = (cells: readonly Cell[]): readonly string[] => {
  const rows = rowsOf(cells);
  const [head, ...lines] = table(
    [
      ['pause', 'clients are refused', 'NotReady', 'evicted', 'node-s', 'unhealthy'],
      ...rows.map((row) => [pausesText(row), ...row.cells]),
    ],
    2,
    [1],
  );
  return [
    `  ${head}`,
    ...rows.flatMap(({ profile }, index) => [
      ...(rows[index - 1]?.profile === profile ? [] : [profile]),
      `  ${lines[index]}`,
    ]),
  ];
};

const legend = [
  'refused: trials with a refused connection, and the 95 % interval of the chance',
  'answer: longest answer of an API server with which all nodes stay Ready',
  'node-s: median node-seconds NotReady · unhealthy: not recovered after 90 s',
];

const block = (document: SweepDocument, nodes: number, version: string): readonly string[] => {
  const here = (one: { readonly nodes: number; readonly kubernetesVersion: string }): boolean =>
    one.nodes === nodes && one.kubernetesVersion === version;
  const cells = document.cells.filter(here);
  const detections = document.detections.filter(here);
  return [
    '',
    `${countedGrouped(nodes, 'node')}, Kubernetes ${version}`,
    ...(detections.length === 0 ? [] : ['', ...indented(detectionLines(detections))]),
    ...(cells.length === 0
      ? []
      : ['', '  chance that clients are refused', ...indented(heatMapLines(cells)), '', ...indented(cellLines(cells))]),
  ];
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => (line === '' ? '' : `  ${line}`));

/** A sweep for people: for each cluster the profiles, a heat map and every cell; 80 columns. Ends in a line feed. */
export const sweepText = (document: SweepDocument): string => {
  const { sweep, shard } = document;
  const lines = [
    `predicted, nothing was run: the model, ${countedGrouped(sweep.repeats, 'trial')} a cell, seed ${sweep.seed}`,
    `${sweep.reading} reading; all workers’ kubelets paused once; ${counted(replicas, 'replica')}, ${counted(load.ratePerSecond, 'request')}/s`,
    ...(shard === null
      ? []
      : [`shard ${shard.index} of ${shard.of}: the other cells are in the others; join them with sweep merge`]),
    ...sweep.nodes.flatMap((nodes) => sweep.kubernetesVersions.flatMap((version) => block(document, nodes, version))),
    '',
    ...legend,
  ];
  return lines.map((line) => `${line}\n`).join('');
};
