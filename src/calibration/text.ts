import { clip, table } from '../common/layout.ts';
import { countedGrouped } from '../common/text/counted.ts';
import {
  type ConditionalMilestone,
  conditionalNames,
  conditionText,
  judgedCounts,
  judgedWindow,
  milestoneLabels,
  numberText,
  secondsText,
} from '../verdict/index.ts';
import { slackRangeMs } from './conditional/predicted-milestone.ts';
import type { Calibration, CalibrationCount, CalibrationMilestone } from './document.ts';

const rangeText = (window: readonly [number, number] | null): string =>
  window === null ? '' : `${secondsText(window[0]).replace(/ s$/, '')} … ${secondsText(window[1])}`;

const markOf = (fit: 'inside' | 'outside' | null): string => (fit === 'outside' ? 'OUT' : fit === null ? '' : 'in');

const isKnown = ({ observedMs, window, model }: CalibrationMilestone): boolean =>
  observedMs !== null || window !== null || (model?.seen ?? 0) > 0;

/** The requests without an answer, in the columns of the milestones; no seconds. */
const countRow = ({ model, ...check }: CalibrationCount): readonly string[] => {
  const window = judgedCounts(check);
  const number = (count: number | undefined): string => (count === undefined ? '' : numberText(Math.round(count)));
  return [
    'requests lost',
    numberText(check.observed),
    window === null ? '' : `${numberText(window[0])} … ${numberText(window[1])}`,
    markOf(check.fit),
    ...[model?.p5, model?.p50, model?.p95].map(number),
    markOf(model?.fit ?? null),
  ];
};

const maxConditional = 12;

/** Milestones predicted from what was seen before them, the widest question first: when a silent node was given up. */
const conditionalLines = ({ conditional }: Calibration): readonly string[] => {
  if (conditional === undefined) return [];
  if (conditional.why !== null) return [`  Nothing is predicted from what was seen: ${conditional.why}`];
  const seen = conditional.links.filter(({ observedMs }) => observedMs !== null);
  if (seen.length === 0) return [];
  const since = ({ given }: ConditionalMilestone, ms: number): string =>
    secondsText(ms - given.atMs).replace(/ s$/, '');
  const rows = seen
    .slice(0, maxConditional)
    .map((one) => [
      `${clip(one.of, 16)} ${conditionalNames[one.link]}`,
      secondsText((one.observedMs ?? 0) - one.given.atMs),
      `${since(one, one.p1Ms)} … ${since(one, one.p99Ms)} s`,
      markOf(one.fit),
      `after ${conditionText(one)}`,
    ]);
  const more = seen.length - rows.length;
  return [
    `  Predicted from what was seen before: p1 … p99, and ${rangeText(slackRangeMs)} for the machine`,
    ...table(rows, 1, [0, 3, 4]).map((line) => `    ${line}`),
    ...(more > 0 ? [`    … and ${more} more in calibration.json`] : []),
  ];
};

/**
 * A calibration for people, in 80 columns: observed, the window by formula, and the model's own 5 %, 50 % and 95 %, each
 * with whether the observation lies inside. Ends in a line feed.
 */
export const calibrationText = (calibration: Calibration): string => {
  const { model, why, links: milestones } = calibration;
  const seconds = (ms: number | null): string => (ms === null ? '' : secondsText(ms).replace(/ s$/, ''));
  const rows = [
    ['since the fault', 'observed', 'by formula', '', 'model p5', 'p50', 'p95', ''],
    ...milestones
      .filter(isKnown)
      .map(({ model: spread, ...check }) => [
        milestoneLabels[check.link],
        secondsText(check.observedMs),
        rangeText(judgedWindow(check)),
        markOf(check.fit),
        seconds(spread?.p5Ms ?? null),
        seconds(spread?.p50Ms ?? null),
        seconds(spread?.p95Ms ?? null),
        markOf(spread?.fit ?? null),
      ]),
  ];
  const lost = calibration.requestsLost ?? null;
  const counts = lost === null || (lost.window === null && lost.model === null) ? [] : [countRow(lost)];
  const lines = table([...rows, ...counts], 1, [0, 3, 7]);
  const by =
    model === null ? `the model could not be asked: ${why}` : `${countedGrouped(model.runs, 'run')} of the model`;
  return [
    '',
    `  Calibration: closed formulas and ${by}`,
    ...lines.map((line) => `    ${line}`),
    ...conditionalLines(calibration),
  ]
    .map((line) => `${line}\n`)
    .join('');
};
