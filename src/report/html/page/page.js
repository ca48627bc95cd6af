// What the page does once it is open: draws the chart, and keeps zoom, cursor and words together. The page's figures
// stand in its tables already; nothing here computes one.
(() => {
  /** @type {import('./data.d.ts').PageData} */
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '');
  const holder = /** @type {HTMLElement} */ (document.getElementById('chart'));
  const reading = /** @type {HTMLElement} */ (document.getElementById('reading'));
  const moment = /** @type {HTMLInputElement} */ (document.getElementById('moment'));
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const print = matchMedia('print');
  const panels = data.chart.labels.length;
  const [entire, view] = [data.entire, data.view];
  const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

  /** @param {number} seconds */
  const timeText = (seconds) => {
    const sign = seconds < 0 ? '−' : '';
    const all = Math.abs(seconds);
    if (entire[1] - entire[0] < 900) return `${sign}${number.format(all)} s`;
    const minutes = Math.floor(all / 60);
    return `${sign}${minutes} min${all % 60 === 0 ? '' : ` ${number.format(all % 60)} s`}`;
  };

  /** Colours by their words, as the style sheet has them for the scheme in force. */
  const paletteNow = () => {
    const style = getComputedStyle(document.documentElement);
    /** @param {string} word */
    return (word) => style.getPropertyValue(`--${word.slice(1)}`).trim();
  };

  /**
   * A copy with every colour word replaced; only under keys that hold colours, for text may begin with anything.
   * @param {unknown} value
   * @param {(word: string) => string} colour
   * @returns {any}
   */
  const coloured = (value, colour) => {
    if (Array.isArray(value)) return value.map((one) => coloured(one, colour));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        /color$/i.test(key) && typeof one === 'string' ? colour(one) : coloured(one, colour),
      ]),
    );
  };

  const chart = echarts.init(holder, null, { renderer: 'svg', height: data.chart.height });
  let shown = view;
  /** @type {any[]} The points of the milestones, as they were drawn. */
  let firsts = [];

  const draw = () => {
    const option = coloured(data.chart.option, paletteNow());
    for (const axis of option.xAxis) axis.axisLabel.formatter = timeText;
    for (const axis of option.yAxis) {
      if (axis.names === undefined) continue;
      const names = axis.names;
      delete axis.names;
      axis.axisLabel.formatter = (/** @type {number} */ row) => names[row] ?? '';
    }
    for (const title of option.title)
      Object.assign(title.textStyle, { width: holder.clientWidth, overflow: 'truncate' });
    if (holder.clientWidth < 480) {
      for (const grid of option.grid) Object.assign(grid, { left: 108, right: 8 });
      for (const axis of option.yAxis) axis.axisLabel.width = 90;
    }
    firsts = option.series.find((/** @type {any} */ series) => series.id === 'milestones')?.data ?? [];
    Object.assign(option.dataZoom[0], { startValue: shown[0], endValue: shown[1] });
    chart.setOption(option, { notMerge: true });
    placeLabels();
  };

  /** Steps of the time axis that people count in. */
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

  const marksNow = () => {
    const maxTicks = holder.clientWidth < 480 ? 4 : 9;
    const step = steps.find((one) => (shown[1] - shown[0]) / one <= maxTicks) ?? 86400;
    const first = Math.ceil(shown[0] / step);
    const count = Math.max(0, Math.floor(shown[1] / step) - first + 1);
    return Array.from({ length: count }, (_, index) => Math.round((first + index) * step * 10) / 10);
  };

  /** Words in the middle of what is seen of their span, and only where they fit. */
  const placeLabels = () => {
    const colour = paletteNow();
    const series = data.chart.labels.map((labels, index) => ({
      id: `labels-${index}`,
      data: labels.flatMap(({ from, to, y, text, color }) => {
        const [a, b] = [Math.max(from, shown[0]), Math.min(to, shown[1])];
        if (b <= a) return [];
        const [x0, x1] = [a, b].map((x) => chart.convertToPixel({ gridIndex: index }, [x, y])?.[0] ?? 0);
        if (x1 - x0 < text.length * 6.2 + 6) return [];
        return [{ value: [(a + b) / 2, y], label: { formatter: () => text, color: colour(color) } }];
      }),
    }));
    const marks = marksNow();
    const edge = chart.convertToPixel({ gridIndex: 0 }, [shown[1], 0])?.[0] ?? 0;
    const points = firsts.map((point) => {
      const x = chart.convertToPixel({ gridIndex: 1 }, /** @type {number[]} */ (point.value))?.[0] ?? 0;
      const position = x + 12 + point.text.length * 6.4 > edge + 8 ? 'left' : 'right';
      return { ...point, label: { ...point.label, position, formatter: () => point.text } };
    });
    chart.setOption({
      xAxis: data.chart.labels.map(() => ({
        axisLabel: { customValues: marks },
        axisTick: { customValues: marks },
        splitLine: { customValues: marks },
      })),
      series: points.length === 0 ? series : [...series, { id: 'milestones', data: points }],
    });
  };

  /** @template T @param {readonly T[]} spans @param {(span: T) => [number, number]} of @param {number} at */
  const covering = (spans, of, at) => spans.filter((span) => of(span)[0] <= at && at < of(span)[1]);

  /**
   * The state of everything at one moment, in words.
   * @param {number} at seconds since the page's zero
   * @returns {[string, string][]}
   */
  const stateAt = (at) => {
    const { phases, faults, nodes, endpoints, requests } = data.reading;
    const phase = covering(phases, ([from, to]) => [from, to], at).map(([, , name]) => name);
    const active = covering(faults, ([from, to]) => [from, to], at).map(([, , name]) => name);
    /** @type {[string, string][]} */
    const rows = [
      [timeText(Math.round(at * 10) / 10), [...phase, ...active].join(', ') || (phases.length === 0 ? '' : 'no phase')],
    ];
    for (const { node, ready, taints, leases } of nodes) {
      const status = covering(ready, ([from, to]) => [from, to], at)[0]?.[2];
      const last = leases.findLast((time) => time <= at);
      const effects = covering(taints, ([from, to]) => [from, to], at).map(([, , effect]) => effect);
      rows.push([
        node,
        [
          status === undefined ? 'not seen yet' : status === 'True' ? 'Ready' : `NotReady (${status})`,
          ...(last === undefined ? [] : [`lease ${number.format(at - last)} s old`]),
          ...(effects.length === 0 ? [] : [`tainted ${effects.join(' and ')}`]),
        ].join(', '),
      ]);
    }
    const now = endpoints.findLast(([time]) => time <= at);
    if (now !== undefined) rows.push(['endpoints', `${now[1]} ready, ${now[2]} not ready`]);
    if (requests !== null) {
      const index = Math.floor((at - requests.from) / requests.width);
      const inside = index >= 0 && index < requests.spans;
      const rates = Object.entries(requests.outcomes)
        .map(([outcome, counts]) => [outcome, (counts[index] ?? 0) / requests.width])
        .filter(([, rate]) => Number(rate) > 0);
      const rateTexts = rates.map(([outcome, rate]) => `${number.format(Number(rate))} ${outcome}`);
      rows.push(['requests / s', inside && rateTexts.length > 0 ? rateTexts.join(', ') : 'none']);
      const { p50, p99 } = requests.latency;
      const [mid, high] = [p50[index], p99[index]];
      if (inside) {
        const text =
          mid == null || high == null
            ? 'nothing was answered'
            : `p50 ${number.format(mid)} ms, p99 ${number.format(high)} ms`;
        rows.push(['latency', text]);
      }
    }
    return rows;
  };

  /** @param {number} at */
  const read = (at) => {
    const rows = stateAt(at);
    reading.replaceChildren(
      ...rows.map(([name, value], index) => {
        const row = document.createElement('div');
        const term = document.createElement(index === 0 ? 'strong' : 'span');
        term.textContent = name;
        const text = document.createElement('span');
        text.textContent = value;
        row.append(term, text);
        return row;
      }),
    );
    moment.value = String(at);
    moment.setAttribute('aria-valuetext', rows.map(([name, value]) => `${name}: ${value}`).join('; '));
    reading.hidden = false;
  };

  /** @param {number} at */
  const pointAt = (at) => {
    const x = chart.convertToPixel({ gridIndex: panels - 1 }, [at, 0])?.[0];
    if (x === undefined || at < shown[0] || at > shown[1]) return;
    chart.dispatchAction({ type: 'showTip', x, y: data.chart.height - 60 });
  };

  /** @param {number} from @param {number} to */
  const zoomTo = (from, to) => {
    const length = Math.min(to - from, entire[1] - entire[0]);
    const start = Math.min(Math.max(from, entire[0]), entire[1] - length);
    chart.dispatchAction({ type: 'dataZoom', startValue: start, endValue: start + length });
  };

  chart.on('dataZoom', () => {
    const zoom = /** @type {any} */ (chart.getOption()).dataZoom[0];
    shown = [zoom.startValue, zoom.endValue];
    placeLabels();
  });
  chart.on('updateAxisPointer', (/** @type {any} */ event) => {
    const at = event.axesInfo?.find((/** @type {any} */ axis) => axis.axisDim === 'x')?.value;
    if (typeof at === 'number') read(at);
  });
  moment.addEventListener('input', () => {
    const at = Number(moment.value);
    if (at < shown[0] || at > shown[1]) zoomTo(at - (shown[1] - shown[0]) / 2, at + (shown[1] - shown[0]) / 2);
    pointAt(at);
    read(at);
  });

  /** @type {Record<string, () => void>} */
  const moves = {
    in: () => zoomTo(shown[0] + (shown[1] - shown[0]) / 4, shown[1] - (shown[1] - shown[0]) / 4),
    out: () => zoomTo(shown[0] - (shown[1] - shown[0]) / 2, shown[1] + (shown[1] - shown[0]) / 2),
    earlier: () => zoomTo(shown[0] - (shown[1] - shown[0]) / 4, shown[1] - (shown[1] - shown[0]) / 4),
    later: () => zoomTo(shown[0] + (shown[1] - shown[0]) / 4, shown[1] + (shown[1] - shown[0]) / 4),
    view: () => zoomTo(view[0], view[1]),
    whole: () => zoomTo(entire[0], entire[1]),
  };
  for (const button of document.querySelectorAll('button[data-move]')) {
    button.addEventListener('click', () => moves[/** @type {HTMLElement} */ (button).dataset.move ?? '']?.());
  }

  const toWidth = () => {
    chart.resize({ height: data.chart.height });
    placeLabels();
  };
  new ResizeObserver(toWidth).observe(holder);
  dark.addEventListener('change', draw);
  print.addEventListener('change', () => {
    toWidth();
    draw();
  });
  draw();
  read(Math.max(view[0], Math.min(0, view[1])));
  document.documentElement.dataset.drawn = 'yes';
})();
