import type { FigureUnit } from '../figures/index.ts';
import { isHollow, nodesText } from '../plan/index.ts';
import type { ExpectationResult } from './document.ts';

const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3, signDisplay: 'negative' });
const oneDecimal = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: 'negative',
});

/** What stands where nothing was seen or measured. Never 0. */
export const notSeen = '–';

/** A number for people: `1,471`, `0.25`; `–` for null. */
export const numberText = (value: number | null): string => (value === null ? notSeen : plain.format(value));

/** What an expectation is held against: `1,471`, `at least 12` where more may have been missed, `–` where nothing is known. */
export const observedText = ({ observed, atLeast }: ExpectationResult): string =>
  atLeast === undefined ? numberText(observed) : `at least ${numberText(atLeast)}`;

/** Milliseconds as seconds with one decimal: `2.7 s`, `1,234.5 s`; `–` for null. */
export const secondsText = (ms: number | null): string => (ms === null ? notSeen : `${oneDecimal.format(ms / 1000)} s`);

/** Milliseconds with one decimal: `1.9 ms`; `–` for null. */
export const millisecondsText = (ms: number | null): string => (ms === null ? notSeen : `${oneDecimal.format(ms)} ms`);

const rounded = (value: number | null): string => numberText(value === null ? null : Math.round(value * 10) / 10);

/** A figure for people, by its unit; of no more digits than tell something. */
export const unitText: Readonly<Record<FigureUnit, (value: number | null) => string>> = {
  count: rounded,
  seconds: rounded,
  perNodeMinute: rounded,
  durationMs: millisecondsText,
  momentMs: secondsText,
};

/** A part of a whole: `43.6 %`; `–` where there is no whole, or the part is not known. */
export const percentText = (part: number | null, total: number): string =>
  part === null || total === 0 ? notSeen : `${oneDecimal.format((100 * part) / total)} %`;

/** `a`, `a and b`, `a, b and c`. */
export const listText = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** Nodes by name; of many hollow ones their number, the first and the last. */
export const nodeList = (names: readonly string[]): string =>
  names.some(isHollow) ? nodesText(names) : listText(names);

/** A predicted chance (0 to 1) and its range, rounded outwards: `49 % to 68 %`; nothing that may fail is `100 %`. */
export const chanceText = ([min, max]: readonly [number, number]): string => {
  const low = Math.floor(min * 100);
  const high = Math.ceil(max * 100);
  if (low >= 99 && min < 1) return 'over 99 %';
  if (low === high) return `${low} %`;
  return high === 100 && max < 1 ? `${low} % to over 99 %` : `${low} % to ${high} %`;
};
