import { wrap } from '../common/layout.ts';
import { notSeen, numberText, percentText } from '../verdict/index.ts';
import { injectedInto } from './scenarios.ts';
import type { Beside, CellFigures, CellResult, MatrixDocument } from './types.ts';

const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 99_950 ? 1 : 0);

const timeText = ({ observed }: Beside): string => (observed === null ? notSeen : seconds(observed));

/** `40 … 60`, as it was judged by; one number where both ends are the same. */
const windowText = ({ predicted, judged = predicted }: Beside, text: (value: number) => string): string => {
  if (judged === null) return '';
  const [from, to] = [text(judged[0]), text(judged[1])];
  return from === to ? from : `${from}…${to}`;
};

const rate = (value: number | null): string => (value === null ? notSeen : value.toFixed(1));

const nominal = ({ predicted }: Beside): string => (predicted === null ? '' : rate(predicted[0]));

/** Times that lie outside of their windows bear a mark, for a table has no room for a sentence. */
const marked = (text: string, { fit }: Beside): string => (fit === 'outside' ? `${text}!` : text);

export const heads = ['NotReady', 'node-s', 'failed', 'detect', 'evict', 'recover', 'writes'] as const;

/** What was seen, one text a head. */
export const observedCells = (figures: CellFigures | null): readonly string[] => {
  if (figures === null) return heads.map(() => notSeen);
  const { notReadyNodes, notReadyNodeSeconds, failed = null, offered, detectMs, evictMs, recoverMs } = figures;
  return [
    marked(numberText(notReadyNodes.observed), notReadyNodes),
    notReadyNodeSeconds === null ? notSeen : notReadyNodeSeconds.toFixed(1),
    failed === null || failed === 0
      ? numberText(failed)
      : `${numberText(failed)} ${percentText(failed, offered).replace(' ', '')}`,
    marked(timeText(detectMs), detectMs),
    marked(timeText(evictMs), evictMs),
    marked(timeText(recoverMs), recoverMs),
    `${rate(figures.leaseWrites.observed)}+${rate(figures.statusWrites.observed)}`,
  ];
};

/** What was predicted for it; empty where nothing is. */
export const predictedCells = (figures: CellFigures | null): readonly string[] => {
  if (figures === null) return heads.map(() => '');
  const { notReadyNodes, detectMs, evictMs, recoverMs, leaseWrites, statusWrites } = figures;
  return [
    windowText(notReadyNodes, String),
    '',
    '',
    windowText(detectMs, seconds),
    windowText(evictMs, seconds),
    windowText(recoverMs, seconds),
    `${nominal(leaseWrites)}+${nominal(statusWrites)}`,
  ];
};

/**
 * The verdict in one word; a cell without a judgement has none. `pass` is for those without harm alone, and what nobody
 * spoke of beforehand is marked, whatever else held.
 */
export const verdictText = ({ verdict, measured, harm }: CellResult): string => {
  if (verdict !== 'pass') return verdict ?? 'no result';
  if (harm === undefined || (harm.seen === null && harm.unnamed.length === 0)) return 'unknown';
  if (harm.unnamed.length > 0) return 'harm!';
  if (measured === true) return 'measured';
  return harm.seen === true ? 'harm' : 'pass';
};

/** Whether a cell is as expected: what was expected was seen, and no harm beside it. */
export const isAsExpected = (result: CellResult): boolean => ['pass', 'harm', 'measured'].includes(verdictText(result));

export const rowName = ({ profile, disturbance }: CellResult): string =>
  disturbance === 'pause' ? profile : `${profile} †`;

const disturbanceLine = (document: MatrixDocument): string => {
  const pauses = injectedInto(document);
  const dead = document.cells.some(({ disturbance }) => disturbance === 'dead-node');
  return `Each run: ${pauses.join('; or ')}${dead ? '; † one worker dead instead' : ''}.`;
};

/** What each word and sign means; 80 columns. */
export const legend = (document: MatrixDocument): readonly string[] => [
  ...wrap(disturbanceLine(document), 80),
  'NotReady: most nodes at once; node-s: node-seconds of it. failed: requests that',
  'failed in any way, and their share. detect, evict: s from the fault to the first',
  'node NotReady and the first pod evicted; recover: from the undo to the last node',
  'Ready. writes: leases + status posts a node and minute. –: not seen (a pause may',
  'be too short for it). !: outside of what is predicted, which stands beneath, with',
  'the slack for it. pass: as expected, without harm: no node NotReady, no pod',
  'evicted, no request failed. harm: as expected or predicted, and it does harm.',
  'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
];
