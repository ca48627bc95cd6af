import { table } from '../common/layout.ts';
import { judgedWindow, linkNames, numberText, secondsText } from '../verdict/index.ts';
import type { Calibration, CalibrationLink } from './calibration.ts';

const rangeText = (window: readonly [number, number] | null): string =>
  window === null ? '' : `${secondsText(window[0]).replace(/ s$/, '')} … ${secondsText(window[1])}`;

const markOf = (fit: 'inside' | 'outside' | null): string => (fit === 'outside' ? 'OUT' : fit === null ? '' : 'in');

const isKnown = ({ observedMs, window, model }: CalibrationLink): boolean =>
  observedMs !== null || window !== null || (model?.seen ?? 0) > 0;

/**
 * A calibration for people, in 80 columns: observed, the window by formula, and the model's own 5 %, 50 % and 95 %, each
 * with whether the observation lies inside. Ends in a line feed.
 */
export const calibrationText = ({ model, why, links }: Calibration): string => {
  const seconds = (ms: number | null): string => (ms === null ? '' : secondsText(ms).replace(/ s$/, ''));
  const rows = [
    ['since the fault', 'observed', 'by formula', '', 'model p5', 'p50', 'p95', ''],
    ...links
      .filter(isKnown)
      .map(({ model: spread, ...check }) => [
        linkNames[check.link],
        secondsText(check.observedMs),
        rangeText(judgedWindow(check)),
        markOf(check.fit),
        seconds(spread?.p5Ms ?? null),
        seconds(spread?.p50Ms ?? null),
        seconds(spread?.p95Ms ?? null),
        markOf(spread?.fit ?? null),
      ]),
  ];
  const lines = table(rows, 1, [0, 3, 7]);
  const by = model === null ? `the model could not be asked: ${why}` : `${numberText(model.runs)} runs of the model`;
  return ['', `  Calibration: closed formulas and ${by}`, ...lines.map((line) => `    ${line}`)]
    .map((line) => `${line}\n`)
    .join('');
};
