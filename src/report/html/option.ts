import type { HtmlInput } from './input.ts';
import type { Label, Panel, Part } from './panel.ts';

const gapAbove = 42;
const left = 122;
const right = 22;

export type ChartData = {
  readonly option: Part;
  readonly height: number;
  /** Labels of each panel, by its index. */
  readonly labels: readonly (readonly Label[])[];
};

/** Faults as bands through every panel, and a hair where a phase begins. */
const bands = ({ document }: HtmlInput, clock: (ms: number) => number, endMs: number): Part => ({
  markArea: {
    silent: true,
    animation: false,
    itemStyle: { color: '$band' },
    data: document.faults.flatMap(({ startMs, injectedMs, endMs: undoneMs }) =>
      startMs === null ? [] : [[{ xAxis: clock(injectedMs ?? startMs) }, { xAxis: clock(undoneMs ?? endMs) }]],
    ),
  },
  markLine: {
    silent: true,
    animation: false,
    symbol: 'none',
    label: { show: false },
    z: 1,
    lineStyle: { color: '$hair', width: 1, type: 'solid' },
    data: document.steps.map(({ startMs }) => ({ xAxis: clock(startMs) })),
  },
});

/** All panels one above the other, over one time axis. */
export const chartOf = (
  input: HtmlInput,
  panels: readonly Panel[],
  clock: (ms: number) => number,
  extent: { readonly fromMs: number; readonly toMs: number; readonly view: readonly [number, number] },
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
      min: clock(extent.fromMs),
      max: clock(extent.toMs),
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
        startValue: clock(extent.view[0]),
        endValue: clock(extent.view[1]),
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
      return [
        { ...first, ...bands(input, clock, extent.toMs), ...place },
        ...rest.map((one) => ({ ...one, ...place })),
        label,
      ];
    }),
  };
  return { option, height: top + 30, labels: panels.map(({ labels }) => labels) };
};
