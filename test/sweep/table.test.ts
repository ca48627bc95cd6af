import { expect, test } from 'vitest';
import { type Cell, type Detection, type SweepDocument, sweepText } from '../../src/sweep/index.ts';
import { shareText } from '../../src/sweep/layout.ts';
import { createSweepProgress } from '../../src/sweep/run/progress.ts';
import { chanceOf } from '../../src/sweep/statistics.ts';
import { chanceText, heatMapLines } from '../../src/sweep/table.ts';

const cell = (profile: string, pauseMs: number, refused: number): Cell => ({
  profile,
  pauseMs,
  nodes: 3,
  kubernetesVersion: 'v1.34.4',
  refused: chanceOf(refused, 200),
  notReady: chanceOf(refused, 200),
  evicted: chanceOf(0, 200),
  notReadyNodeSeconds: refused,
  notRecovered: 0,
});

const cells = [
  cell('default', 5000, 0),
  cell('default', 10_000, 0),
  cell('default', 15_000, 3),
  cell('fast', 5000, 66),
  cell('fast', 10_000, 199),
  cell('fast', 15_000, 200),
];

const detection: Detection = {
  profile: 'fast',
  nodes: 3,
  kubernetesVersion: 'v1.34.4',
  detectMs: { seen: 200, p5: 17_000, p50: 20_250, p95: 23_100 },
  heartbeatWritesPerMinute: 63,
  heartbeatAnswerMs: 4000,
};

const document: SweepDocument = {
  schemaVersion: 1,
  skipbeat: '0.1.0',
  predicted: true,
  sweep: {
    profiles: ['default', 'fast'],
    reading: 'literal',
    pausesMs: [5000, 10_000, 15_000],
    nodes: [3],
    kubernetesVersions: ['v1.34.4'],
    repeats: 200,
    seed: 1,
  },
  shard: { index: 2, of: 3 },
  cells,
  detections: [detection],
};

test('the heat map shades what is likely, always beside its percentage', () => {
  expect(heatMapLines(cells)).toEqual([
    'pause     default        fast',
    '5s            0 %  ░░░   33 %',
    '10s           0 %  ▓▓▓  >99 %',
    '15s    ░░░  1.5 %  ███  100 %',
  ]);
});

test('the heat map shows a dash where another shard has the cell, and pauses rise all the same', () => {
  expect(heatMapLines([cell('default', 10_000, 0), cell('fast', 5000, 0)])).toEqual([
    'pause     default        fast',
    '5s              –         0 %',
    '10s           0 %           –',
  ]);
});

test('a share that is not certain is never rounded to 0 or 100 %', () => {
  expect([0, 0.0004, 0.015, 0.994, 0.996, 1].map(shareText)).toEqual([
    '0 %',
    '<0.1 %',
    '1.5 %',
    '99 %',
    '>99 %',
    '100 %',
  ]);
});

test('a chance is printed as a count with its interval', () => {
  expect([0, 31, 200].map((count) => chanceText(chanceOf(count, 200)))).toEqual([
    '0 of 200: at most 1.5 %',
    '31 of 200: 11 … 21 %',
    '200 of 200: at least 99 %',
  ]);
});

test('a sweep is printed whole, pauses that came to the same in one line, within 80 columns', () => {
  const text = sweepText(document);
  expect(text.split('\n').slice(0, 27)).toEqual([
    'predicted, nothing was run: the model, 200 trials a cell, seed 1',
    'literal reading; all workers’ kubelets paused once; 2 replicas, 50 requests/s',
    'shard 2 of 3: the other cells are in the others; join them with sweep merge',
    '',
    '3 nodes, Kubernetes v1.34.4',
    '',
    '        dead node NotReady after: p5     p50     p95  writes/min  answer',
    '  fast                        17.0 s  20.3 s  23.1 s          63      4s',
    '',
    '  chance that clients are refused',
    '  pause     default        fast',
    '  5s            0 %  ░░░   33 %',
    '  10s           0 %  ▓▓▓  >99 %',
    '  15s    ░░░  1.5 %  ███  100 %',
    '',
    '     pause  clients are refused        NotReady  evicted  node-s  unhealthy',
    '  default',
    '    5s…10s  0 of 200: at most 1.5 %         0 %      0 %       0          0',
    '       15s  3 of 200: 0.5 … 4.3 %         1.5 %      0 %       3          0',
    '  fast',
    '        5s  66 of 200: 27 … 40 %           33 %      0 %      66          0',
    '       10s  199 of 200: 97 … >99 %        >99 %      0 %     199          0',
    '       15s  200 of 200: at least 99 %     100 %      0 %     200          0',
    '',
    'refused: trials with a refused connection, and the 95 % interval of the chance',
    'answer: longest answer of an API server with which all nodes stay Ready',
    'node-s: median node-seconds NotReady · unhealthy: not recovered after 90 s',
  ]);
});

test('every line of a large sweep fits 80 columns', () => {
  const large = ['default', 'tight-grace', 'fast', 'medium', 'slow'].map((profile) => ({
    ...cell(profile, 115_000, 150),
    refused: chanceOf(1000, 1000),
    nodes: 5000,
    notReadyNodeSeconds: 598_880,
    notRecovered: 200,
    kubernetesVersion: 'v1.34.4',
  }));
  const text = sweepText({
    ...document,
    sweep: { ...document.sweep, reading: 'equivalent', nodes: [5000], seed: 4_294_967_295 },
    cells: large,
    detections: [],
  });
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

const progressed = (isTerminal: boolean, steps: number, stepMs: number): readonly string[] => {
  const written: string[] = [];
  let nowMs = 0;
  const progress = createSweepProgress({ write: (text) => written.push(text), isTerminal, nowMs: () => nowMs });
  for (let step = 1; step <= steps; step += 1) {
    nowMs += stepMs;
    progress.onProgress({ share: step / steps, unitsDone: step, units: steps });
  }
  progress.end();
  return written;
};

test('without a terminal progress is a plain line at each tenth of the work', () => {
  const lines = progressed(false, 100, 1000);
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe('10 %, 10 of 100 parts, about 1m30s left\n');
  expect(lines.at(-1)).toBe('100 %, 100 of 100 parts, took 1m40s\n');
});

test('without a terminal a long sweep still shows a sign of life each minute', () => {
  expect(progressed(false, 100, 60_000)).toHaveLength(100);
});

test('on a terminal progress is one line that is painted over, and left at the end', () => {
  const written = progressed(true, 4, 1000);
  expect(written).toHaveLength(5);
  expect(written[1]).toBe('\r\u001b[2K[##########----------] 50 %, 2 of 4 parts, about 2s left');
  expect(written.at(-1)).toBe('\n');
});
