/** A piece of an ECharts option, as JSON. A colour is a word that begins with `$`: the page has it in both schemes. */
export type Part = Readonly<Record<string, unknown>>;

/** Words in the chart that the page shows where they fit, in the middle of what is seen of their span. */
export type Label = {
  /** Seconds since the page's zero. */
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly text: string;
  readonly color: string;
};

/** One grid of the chart; all share the time axis. */
export type Panel = {
  readonly title: string;
  readonly height: number;
  readonly yAxis: Part;
  readonly series: readonly Part[];
  readonly labels: readonly Label[];
};

/** ms since the run's start to seconds since the page's zero. */
export type Clock = (ms: number) => number;

export const clockFrom =
  (zeroMs: number): Clock =>
  (ms) =>
    Math.round(ms - zeroMs) / 1000;

/** Spans at one height each, as points of one broken line. */
export const spanPoints = (
  spans: readonly { readonly fromMs: number; readonly toMs: number; readonly y: number }[],
  clock: Clock,
): (readonly [number, number | null])[] =>
  spans.flatMap(({ fromMs, toMs, y }) => [
    [clock(fromMs), y],
    [clock(toMs), y],
    [clock(toMs), null],
  ]);

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** Short upright strokes from `low` to `high`, as points of one broken line. */
export const tickPoints = (
  timesMs: readonly number[],
  low: number,
  high: number,
  clock: Clock,
): (readonly [number, number | null])[] =>
  timesMs.flatMap((ms) => [
    [clock(ms), hundredths(low)],
    [clock(ms), hundredths(high)],
    [clock(ms), null],
  ]);

/** A line that is only drawn: no symbols, nothing under the pointer, no movement. */
export const drawn = (data: readonly unknown[], color: string, width: number, more: Part = {}): Part => ({
  type: 'line',
  data,
  symbol: 'none',
  emphasis: { disabled: true },
  silent: true,
  animation: false,
  lineStyle: { color, width, cap: 'butt', join: 'miter', ...(more.lineStyle as Part | undefined) },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'lineStyle')),
});

/** Rows from top to bottom, named at their left; a row's middle is its index. */
export const rowAxis = (names: readonly string[]): Part => ({
  type: 'value',
  min: -0.5,
  max: names.length - 0.5,
  inverse: true,
  // Above the lanes, whose thick lines reach a little past the grid.
  z: 10,
  names,
  axisLabel: {
    customValues: names.map((_, index) => index),
    margin: 0,
    padding: [8, 8, 8, 4],
    backgroundColor: '$surface',
  },
  splitLine: { show: false },
});
