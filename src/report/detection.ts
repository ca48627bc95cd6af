import { clean, table, wrap } from '../common/layout.ts';
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
export const detectionNotes = ({ nodes, requestsPerSecond, burst, lost, pace }: Detection): readonly string[] => {
  const parts = nodes.flatMap((node) => [...detectionParts.map((part) => node.parts[part]), node.taint.workQueue]);
  const whys = [...new Set(parts.flatMap(({ why }) => (why === null ? [] : [why])))];
  const hasInferred = parts.some(({ how }) => how === 'inferred');
  const perSecond = pace.perSecond === null ? '' : `, ${Math.round(pace.perSecond * 10) / 10} a second`;
  return [
    `${lost} lost${perSecond}; each client of the controller manager may make ${requestsPerSecond} requests a second, ${burst} at once`,
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

/** For a terminal of 80 columns: the parts one below the other, each beside the median of the model's runs. Ends in a line feed. */
export const detectionText = (detection: Detection, columns: number): string => {
  const { nodes } = detection;
  const hasModel = nodes.some(({ predictedLateMs }) => predictedLateMs !== undefined);
  const cells = (text: (node: DetectedNode) => string, predicted: (node: DetectedNode) => Predicted): string[] =>
    nodes.flatMap((node) => {
      const model = predicted(node);
      return [text(node), ...(hasModel ? [model == null ? '' : secondsText(model.p50)] : [])];
    });
  const rows = [
    ['', ...nodes.flatMap(({ which }) => [whichNames[which], ...(hasModel ? ['model'] : [])])],
    ...detectionParts.map((part) => [
      rowNames[part],
      ...cells(
        ({ parts }) => partText(parts[part]),
        ({ parts }) => parts[part].predicted,
      ),
    ]),
    [
      'NotReady since the fault',
      ...cells(
        ({ lateMs }) => secondsText(lateMs),
        ({ predictedLateMs }) => predictedLateMs,
      ),
    ],
    [
      'then in the taints’ queue',
      ...cells(
        ({ taint }) => partText(taint.workQueue),
        () => undefined,
      ),
    ],
  ];
  const notes = detectionNotes(detection).flatMap((note) => wrap(note, columns - 4));
  const lines = ['', `  ${detectionTitle}${hasModel ? ', beside the median of the model’s runs' : ''}`];
  return [...lines, ...[...table(rows, 1), ...notes].map((line) => `    ${line}`)].map((line) => `${line}\n`).join('');
};
