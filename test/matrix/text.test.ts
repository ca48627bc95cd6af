import { describe, expect, test } from 'vitest';
import { matrixMarkdown, matrixText } from '../../src/matrix/text.ts';
import type { CellFigures, CellResult, MatrixCell, MatrixDocument } from '../../src/matrix/types.ts';

const none = { observed: null, predicted: null, fit: null };

const figures: CellFigures = {
  notReadyNodes: { observed: 2, predicted: [1, 2], fit: 'inside' },
  notReadyNodeSeconds: 53.12,
  refused: 41,
  failed: 1341,
  evicted: 1,
  offered: 3562,
  detectMs: { observed: 9100, predicted: [0, 20_000], fit: 'inside' },
  evictMs: { observed: 39_900, predicted: [9600, 30_100], fit: 'outside' },
  recoverMs: { observed: 10_600, predicted: [0, 10_400], fit: 'inside' },
  leaseWrites: { observed: 5.9, predicted: [6, 6], fit: null },
  statusWrites: { ...none, predicted: [0.2, 0.2] },
};

const cell = (profile: string, disturbance: MatrixCell['disturbance'] = 'pause'): MatrixCell => ({
  name: `v1.34.4-${profile}${disturbance === 'pause' ? '' : '-dead-node'}`,
  profile,
  kubernetesVersion: 'v1.34.4',
  disturbance,
});

const result = (of: MatrixCell, changes: Partial<CellResult> = {}): CellResult => ({
  ...of,
  folder: of.name,
  verdict: 'pass',
  reason: null,
  figures,
  harm: { seen: true, unnamed: [] },
  tookMs: 1,
  ...changes,
});

const document: MatrixDocument = {
  schemaVersion: 1,
  startedAt: '2026-11-24T08:00:00.000Z',
  backend: 'kind',
  predicted: false,
  sets: [],
  cells: [cell('tight-grace'), cell('fast', 'dead-node'), cell('slow')],
  asked: { profiles: ['tight-grace', 'fast', 'slow'], versions: ['v1.34.4'], disturbances: ['pause', 'dead-node'] },
  results: [
    result(cell('tight-grace')),
    result(cell('fast', 'dead-node'), { verdict: null, reason: 'the engine went away', figures: null }),
  ],
};

describe('the table of a matrix', () => {
  test('praises no cell of which nothing was expected', () => {
    const none = { seen: false, unnamed: [] };
    const measured = { ...document, results: [result(cell('given'), { measured: true, harm: none })] };
    expect(matrixText(measured).split('\n').slice(1, 4)).toEqual([
      '           NotReady node-s      failed   detect    evict  recover  writes verdict',
      'given             2   53.1 1,341 37.6%      9.1    39.9!     10.6   5.9+– measured',
      ' predicted      1…2                    0.0…20.0 9.6…30.1 0.0…10.4 6.0+0.2',
    ]);
    expect(matrixMarkdown(measured).split('\n').slice(2, 6)).toEqual([
      '| profile | NotReady | node-s | failed | detect | evict | recover | writes | verdict |',
      '|---|---:|---:|---:|---:|---:|---:|---:|---|',
      '| `given` | 2 (1…2) | 53.1 | 1,341 37.6% | 9.1 (0.0…20.0) | 39.9! (9.6…30.1) | 10.6 (0.0…10.4) | 5.9+– (6.0+0.2) | measured |',
      '',
    ]);
  });

  test('calls pass only what did no harm, and marks harm of which nothing that was expected speaks', () => {
    const verdictIn = (harm?: CellResult['harm']) => {
      const { harm: _, ...bare } = result(cell('slow'));
      const one = { ...document, cells: [cell('slow')], results: [harm === undefined ? bare : { ...bare, harm }] };
      return [matrixText(one), matrixMarkdown(one)].map((text) => /^\|? ?`?slow.*?([\w!]+)(?: \|)?$/m.exec(text)?.[1]);
    };
    expect(verdictIn({ seen: false, unnamed: [] })).toEqual(['pass', 'pass']);
    expect(verdictIn({ seen: true, unnamed: [] })).toEqual(['harm', 'harm']);
    expect(verdictIn({ seen: true, unnamed: ['9 requests failed (9 timeout)'] })).toEqual(['harm!', 'harm!']);
    // Neither is what nobody knows, or did not look at, a pass.
    expect(verdictIn({ seen: null, unnamed: [] })).toEqual(['unknown', 'unknown']);
    expect(verdictIn()).toEqual(['unknown', 'unknown']);
    const harm = { seen: true, unnamed: ['9 requests failed (9 timeout)'] };
    expect(
      matrixText({ ...document, results: [result(cell('slow'), { harm })] })
        .split('\n')
        .slice(-4),
    ).toEqual([
      'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
      'v1.34.4-slow: 9 requests failed (9 timeout), and nothing that was expected speaks of it',
      'not run: v1.34.4-tight-grace, v1.34.4-fast-dead-node',
      '',
    ]);
  });

  test('shows each figure above what was predicted for it, and marks what lies outside', () => {
    expect(matrixText(document).split('\n').slice(0, 6)).toEqual([
      'Kubernetes v1.34.4',
      '            NotReady node-s      failed   detect    evict  recover  writes verdict',
      'tight-grace        2   53.1 1,341 37.6%      9.1    39.9!     10.6   5.9+– harm',
      ' predicted       1…2                    0.0…20.0 9.6…30.1 0.0…10.4 6.0+0.2',
      'fast †             –      –           –        –        –        –       – no result',
      ' predicted',
    ]);
  });

  test('has beneath a figure the window that it was judged by, slack included', () => {
    const judged: CellFigures = { ...figures, recoverMs: { ...figures.recoverMs, judged: [0, 11_400] } };
    expect(
      matrixText({
        ...document,
        results: [result(cell('tight-grace'), { figures: judged })],
      })
        .split('\n')
        .slice(0, 4),
    ).toEqual([
      'Kubernetes v1.34.4',
      '            NotReady node-s      failed   detect    evict  recover  writes verdict',
      'tight-grace        2   53.1 1,341 37.6%      9.1    39.9!     10.6   5.9+– harm',
      ' predicted       1…2                    0.0…20.0 9.6…30.1 0.0…11.4 6.0+0.2',
    ]);
  });

  test('says why a cell has no result, and which were not run', () => {
    expect(matrixText(document).split('\n').slice(-4)).toEqual([
      'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
      'v1.34.4-fast-dead-node: the engine went away',
      'not run: v1.34.4-slow',
      '',
    ]);
  });

  test('of which nobody knows what was asked says so', () => {
    const { asked: _, ...unasked } = document;
    const sentence =
      'matrix.json: expected what the matrix was asked for, found none: whether a cell is missing is not known\n';
    expect(matrixText(unasked)).toBe(`${matrixText(document)}${sentence}`);
    expect(matrixMarkdown(unasked)).toBe(`${matrixMarkdown(document)}\n${sentence}`);
  });

  test('says what was injected, as the scenarios of its cells have it', () => {
    const injected = (changes: Partial<MatrixDocument>) =>
      matrixText({ ...document, ...changes })
        .split('\n')
        .filter((line) => line.startsWith('Each run'));
    const pauses = '24.3s of kubelet-pause on worker, worker2';
    expect(injected({})).toEqual([`Each run: ${pauses}; † one worker dead instead.`]);
    expect(injected({ cells: [cell('slow')] })).toEqual([`Each run: ${pauses}.`]);
    const phases =
      'phases=[{steady: 5s}, {fault: 20s, inject: [{kind: node-pause, target: {nodes: [worker]}}]}, {recover: {within: 90s}}]';
    expect(injected({ cells: [cell('slow')], sets: [phases] })).toEqual(['Each run: 20s of node-pause on worker.']);
  });

  test('fits 80 columns but for the word of a failure', () => {
    const passed = { ...document, results: document.results.slice(0, 1) };
    for (const line of matrixText(passed).split('\n')) expect([...line].length).toBeLessThanOrEqual(82);
  });

  test('as Markdown has one row a cell, predicted in brackets', () => {
    expect(matrixMarkdown(document).split('\n').slice(0, 5)).toEqual([
      '### Kubernetes v1.34.4',
      '',
      '| profile | NotReady | node-s | failed | detect | evict | recover | writes | verdict |',
      '|---|---:|---:|---:|---:|---:|---:|---:|---|',
      '| `tight-grace` | 2 (1…2) | 53.1 | 1,341 37.6% | 9.1 (0.0…20.0) | 39.9! (9.6…30.1) | 10.6 (0.0…10.4) | 5.9+– (6.0+0.2) | harm |',
    ]);
  });

  test('of the model says that nothing was run', () => {
    const text = matrixText({ ...document, predicted: true });
    expect(text.split('\n')[0]).toBe('Kubernetes v1.34.4, predicted by the model: nothing was run');
    expect(text.split('\n')[3]).toBe(' by formula      1…2                    0.0…20.0 9.6…30.1 0.0…10.4 6.0+0.2');
  });
});
