import {
  type BandPoint,
  type CountCurve,
  type CurveBand,
  type HollowCurveName,
  hollowCurveNames,
  hollowCurves,
  percentText,
} from '../../../verdict/index.ts';
import type { HtmlInput } from '../input.ts';
import { type Clock, drawn, type Panel, type Part } from './panel.ts';

const names: Readonly<Record<HollowCurveName, string>> = {
  notReady: 'Hollow nodes NotReady',
  tainted: 'Hollow nodes tainted NoExecute',
  evicted: 'Pods evicted from hollow nodes',
};

const colors: Readonly<Record<HollowCurveName, string>> = {
  notReady: '$unknown',
  tainted: '$taint',
  evicted: '$ink',
};

/** As points of a line in steps. */
const stepPoints = ({ atMs, counts }: CountCurve, clock: Clock, endMs: number): (readonly [number, number])[] => [
  [clock(0), 0],
  ...atMs.map((ms, index) => [clock(ms), counts[index] ?? 0] as const),
  [clock(endMs), counts.at(-1) ?? 0],
];

type Spread = 'p1' | 'p5' | 'p50' | 'p95' | 'p99';

/** The area between two quantiles: what lies under the lower one is not painted. */
const area = (
  points: readonly BandPoint[],
  [low, high]: readonly [Spread, Spread],
  opacity: number,
  stack: string,
  at: (ms: number) => number,
): readonly Part[] => {
  const unpainted = { lineStyle: { opacity: 0 }, stack };
  return [
    drawn(
      points.map((point) => [at(point.atMs), point[low]]),
      '$given',
      0,
      unpainted,
    ),
    drawn(
      points.map((point) => [at(point.atMs), point[high] - point[low]]),
      '$given',
      0,
      { ...unpainted, areaStyle: { color: '$given', opacity } },
    ),
  ];
};

const bandParts = ({ points: stretches }: CurveBand, at: (ms: number) => number): readonly Part[] =>
  stretches.flatMap((points, index) => [
    ...area(points, ['p1', 'p99'], 0.2, `outer-${index}`, at),
    ...area(points, ['p5', 'p95'], 0.3, `inner-${index}`, at),
    drawn(
      points.map(({ atMs, p50 }) => [at(atMs), p50]),
      '$given',
      1.5,
      { lineStyle: { type: [1.5, 2.5] } },
    ),
  ]);

const maxOf = ({ counts }: CountCurve, band: CurveBand | null): number =>
  [...counts, ...(band?.points.flat().map(({ p99 }) => p99) ?? [])].reduce((max, count) => Math.max(max, count), 0);

const withinText = (band: CurveBand | null): string =>
  band === null || band.within === null
    ? ''
    : `, within the model’s p1 to p99 at ${percentText(band.within, 1)} of the moments`;

/** A figure that is not known where the watches behind a curve missed some of it. */
const figureBehind: Readonly<Record<HollowCurveName, string>> = {
  notReady: 'nodes.maxNotReady',
  tainted: 'nodes.maxNotReady',
  evicted: 'pods.evicted',
};

/** To be put behind the name of a curve. */
export const missedText = ({ unknown = [] }: HtmlInput['document'], name: HollowCurveName): string =>
  unknown.some(({ figure }) => figure === figureBehind[name]) ? ', of which the watch missed some' : '';

/** Each count over time, before what runs of the model had; no panel of evictions where there is none in either. */
export const hollowCountPanels = (
  { document, events, hollowBand }: HtmlInput,
  endMs: number,
  clock: Clock,
): readonly Panel[] => {
  if (document.topology.hollow === undefined) return [];
  const faultMs = document.timing.faultStartMs ?? 0;
  const curves = hollowCurves(events);
  return hollowCurveNames.flatMap((name): readonly Panel[] => {
    const band = hollowBand?.[name] ?? null;
    const max = maxOf(curves[name], band);
    if (max === 0 && name === 'evicted') return [];
    const [color, under] = [colors[name], band === null ? { areaStyle: { color: colors[name], opacity: 0.2 } } : {}];
    return [
      {
        title: `${names[name]}${missedText(document, name)}${withinText(band)}`,
        height: 120,
        yAxis: {
          type: 'value',
          min: 0,
          max: Math.max(1, max),
          interval: Math.ceil(Math.max(1, max) / 2),
          splitNumber: 2,
        },
        series: [
          ...(band === null ? [] : bandParts(band, (ms) => clock(faultMs + ms))),
          drawn(stepPoints(curves[name], clock, endMs), color, 2, { step: 'end', ...under }),
        ],
        labels: [],
      },
    ];
  });
};
