import type { RunDocument } from '../../../verdict/index.ts';
import type { Clock, Label, Panel, Part } from './panel.ts';

const gapAbove = 42;
const left = 122;
const right = 22;

export type ChartData = {
  readonly option: Part;
  readonly height: number;
  /** Labels of each panel, by its index. */
  readonly labels: readonly (readonly Label[])[];
};

/** What stands behind a panel, in seconds since the page's zero: faults as bands, and a hair where a phase begins. */
export type Backdrop = { readonly faults: readonly (readonly [number, number])[]; readonly starts: readonly number[] };

export const backdropOf = (document: RunDocument, clock: Clock, endMs: number): Backdrop => ({
  faults: document.faults.flatMap(({ startMs, injectedMs, endMs: undoneMs }) =>
    startMs === null ? [] : [[clock(injectedMs ?? startMs), clock(undoneMs ?? endMs)] as const],
  ),
  starts: document.steps.map(({ startMs }) => clock(startMs)),
});

const bands = ({ faults, starts }: Backdrop): Part => ({
  markArea: {
    silent: true,
    animation: false,
    itemStyle: { color: '$band' },
    data: faults.map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
  },
  markLine: {
    silent: true,
    animation: false,
    symbol: 'none',
    label: { show: false },
    z: 1,
    lineStyle: { color: '$hair', width: 1, type: 'solid' },
    data: starts.map((start) => ({ xAxis: start })),
  },
});

/** A series in its panel; what is stacked there is stacked upon nothing of another. */
const own = (series: Part, index: number): Part => ({
  ...series,
  xAxisIndex: index,
  yAxisIndex: index,
  ...(series.stack === undefined ? {} : { stack: `${series.stack}-${index}` }),
});

/** All panels one above the other, over one time axis. */
export const chartOf = (
  panels: readonly Panel[],
  backdrop: (panel: number) => Backdrop,
  { entire, view }: { readonly entire: readonly [number, number]; readonly view: readonly [number, number] },
): ChartData => {
  let top = -16;
  const grids = panels.map(({ height }) => {
    top += gapAbove;
    const grid = { left, right, top, height };
    top += height;
    return grid;
  });
  const last = panels.length - 1;
  const option = {
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: 'system-ui, "DejaVu Sans", sans-serif' },
    title: panels.map(({ title }, index) => ({
      text: title,
      left: 0,
      top: (grids[index]?.top ?? 0) - 20,
      padding: 0,
      textStyle: { fontSize: 12, fontWeight: 600, color: '$ink' },
    })),
    grid: grids.map((grid) => ({
      ...grid,
      // Grids stay where they are, one under the other, whatever their labels take.
      outerBoundsMode: 'none',
      show: true,
      borderWidth: 0,
      backgroundColor: '$plot',
    })),
    xAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: entire[0],
      max: entire[1],
      axisLabel: {
        show: gridIndex === last,
        color: '$muted',
        fontSize: 11,
        hideOverlap: true,
      },
      axisTick: { show: gridIndex === last, lineStyle: { color: '$line' } },
      axisLine: { show: gridIndex === last, onZero: false, lineStyle: { color: '$line' } },
      splitLine: { show: true, lineStyle: { color: '$grid', width: 1 } },
    })),
    yAxis: panels.map(({ yAxis }, gridIndex) => ({
      gridIndex,
      splitLine: { show: true, lineStyle: { color: '$grid' } },
      axisLine: { show: false },
      axisTick: { show: false },
      axisPointer: { show: false },
      ...yAxis,
      axisLabel: {
        color: '$muted',
        fontSize: 11,
        width: left - 18,
        overflow: 'truncate',
        ...(yAxis.axisLabel as Part | undefined),
      },
    })),
    axisPointer: {
      link: [{ xAxisIndex: 'all' }],
      lineStyle: { color: '$ink', width: 1, type: 'solid' },
      label: { show: false },
    },
    tooltip: { show: true, trigger: 'axis', showContent: false, axisPointer: { type: 'line', animation: false } },
    dataZoom: [
      {
        type: 'inside',
        xAxisIndex: 'all',
        filterMode: 'none',
        zoomOnMouseWheel: 'ctrl',
        moveOnMouseWheel: false,
        moveOnMouseMove: true,
        preventDefaultMouseMove: false,
        startValue: view[0],
        endValue: view[1],
      },
    ],
    series: panels.flatMap((panel, index) => {
      const [first, ...rest] = panel.series;
      const place = { xAxisIndex: index, yAxisIndex: index };
      const label = {
        id: `labels-${index}`,
        type: 'scatter',
        symbolSize: 0,
        silent: true,
        animation: false,
        z: 6,
        data: [],
        label: { show: true, fontSize: 11, position: 'inside' },
        ...place,
      };
      return [{ ...own(first ?? {}, index), ...bands(backdrop(index)) }, ...rest.map((one) => own(one, index)), label];
    }),
  };
  return { option, height: top + 30, labels: panels.map(({ labels }) => labels) };
};
