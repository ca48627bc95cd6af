import { clean, table, widthOf, wrap } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import {
  type DetectedNode,
  type Detection,
  type DetectionPart,
  detectionParts,
  type Part,
  secondsText,
} from '../verdict/index.ts';

type Predicted = DetectedNode['predictedLateMs'];

export const detectionTitle = 'Why detection was late';

export const whichNames: Readonly<Record<DetectedNode['which'], string>> = {
  first: 'first',
  median: 'median',
  last: 'last',
};

/** What was waited for, short enough for the head of a column. */
export const partNames: Readonly<Record<DetectionPart, string>> = {
  grace: 'grace',
  passes: 'next pass',
  rateLimiter: 'rate limiter',
  priorityLevel: 'priority levels',
  requests: 'answers',
  controller: 'controller',
};

/** `41.2 s`, `~0.3 s` where it is inferred; `–` where it is not known. */
export const partText = ({ ms, how }: Part): string => `${how === 'inferred' ? '~' : ''}${secondsText(ms)}`;

/** `40.1 … 45.0 s`, the model's p1 to p99; empty where it says nothing. */
export const predictedText = (predicted: Predicted): string =>
  predicted == null ? '' : `${secondsText(predicted.p1).replace(/ s$/, '')} … ${secondsText(predicted.p99)}`;

/** What a reader has to know of the figures: the budget, what is inferred, and why something is not known. */
export const detectionNotes = ({ nodes, requestsPerSecond, burst, lost, pace, why }: Detection): readonly string[] => {
  if (lost === null) return [clean(why ?? 'which nodes were lost, and when, is not known')];
  const parts = nodes.flatMap((node) => [...detectionParts.map((part) => node.parts[part]), node.taint.workQueue]);
  const whys = [...new Set(parts.flatMap(({ why }) => (why === null ? [] : [why])))];
  const hasInferred = parts.some(({ how }) => how === 'inferred');
  const perSecond = pace.perSecond === null ? '' : `, ${Math.round(pace.perSecond * 10) / 10} a second`;
  return [
    `${lost} lost${perSecond}; each client of the controller manager may make ${counted(requestsPerSecond, 'request')} a second, ${burst} at once`,
    ...(hasInferred ? ['~ inferred: not measured by itself, but shared out as the counters of all passes are'] : []),
    ...whys.map((why) => `– not known: ${clean(why)}`),
  ];
};

const rowNames: Readonly<Record<DetectionPart, string>> = {
  grace: 'until the grace was over',
  passes: 'until the next pass',
  rateLimiter: 'in it, for the rate limiter',
  priorityLevel: 'in it, for priority levels',
  requests: 'in it, for answers',
  controller: 'in it, for the controller',
};

type Cells = readonly [text: string, model: string];

const rowsOf = ({ nodes }: Detection): readonly (readonly [name: string, cells: readonly Cells[]])[] => {
  if (nodes.length === 0) return [];
  const model = (predicted: Predicted): string => (predicted == null ? '' : secondsText(predicted.p50));
  return [
    ['', nodes.map(({ which }): Cells => [whichNames[which], 'model'])],
    ...detectionParts.map(
      (part) =>
        [
          rowNames[part],
          nodes.map(({ parts }): Cells => [partText(parts[part]), model(parts[part].predicted)]),
        ] as const,
    ),
    [
      'NotReady since the fault',
      nodes.map(({ lateMs, predictedLateMs }): Cells => [secondsText(lateMs), model(predictedLateMs)]),
    ],
    ['then in the taints’ queue', nodes.map(({ taint }): Cells => [partText(taint.workQueue), ''])],
  ];
};

/**
 * For a terminal of 80 columns: the parts one below the other, each beside the median of the model's runs; where that is too wide
 * without units, and then without the model. Ends in a line feed.
 */
export const detectionText = (detection: Detection, columns: number): string => {
  const rows = rowsOf(detection);
  const isModelled = detection.nodes.some(({ predictedLateMs }) => predictedLateMs !== undefined);
  const linesOf = (hasModel: boolean, hasUnits: boolean): readonly string[] =>
    table(
      rows.map(([name, cells]) => [
        name,
        ...cells
          .flatMap(([text, model]) => (hasModel ? [text, model] : [text]))
          .map((text) => (hasUnits ? text : text.replace(/ s$/, ''))),
      ]),
      1,
    );
  const forms = [
    [isModelled, true],
    [isModelled, false],
    [false, false],
  ] as const;
  const isNarrow = (lines: readonly string[]): boolean => lines.every((line) => widthOf(line) <= columns - 4);
  const [hasModel, hasUnits] = forms.find((form) => isNarrow(linesOf(form[0], form[1]))) ?? [false, false];
  const notes = detectionNotes(detection).flatMap((note) => wrap(note, columns - 4));
  const beside = hasModel ? ', beside the median of the model’s runs' : '';
  return [
    '',
    `  ${detectionTitle}${hasUnits ? '' : ', in seconds'}${beside}`,
    ...[...linesOf(hasModel, hasUnits), ...notes].map((line) => `    ${line}`),
  ]
    .map((line) => `${line}\n`)
    .join('');
};
