import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../../src/report/html/index.ts';
import type { HtmlInput } from '../../../src/report/html/input.ts';
import { createRequestSeries } from '../../../src/verdict/figures/series.ts';
import { type ConditionalMilestone, judge, type RunDocument, withEvidence } from '../../../src/verdict/index.ts';
import { at, defaultRun, event, type Run, ready, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from '../formats/hostile.ts';

const inputOf = async ({ plan, events, requests }: Run, change: Partial<HtmlInput> = {}): Promise<HtmlInput> => {
  const series = createRequestSeries(at.steady);
  for (const request of requests) series.add(request);
  const document = await judge(plan, events, requests);
  return { plan, events, document, series: series.result(), hollowBand: null, scenarioYaml: 'name: x\n', ...change };
};

/** What a person reads: the text of the page, without its scripts and style. */
const textOf = (html: string): string =>
  html
    .replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

const dataOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '');

describe('report.html', () => {
  test('is the same for the same input, one file below 1.5 MB that names no other', async () => {
    const html = htmlReport(await inputOf(tightRun()));
    expect(htmlReport(await inputOf(tightRun()))).toBe(html);
    expect(Buffer.byteLength(html)).toBeLessThan(1_500_000);
    const own = html.replace(/<script>[\s\S]*?<\/script>/g, '');
    expect(own).not.toMatch(/\b(src|href)="(?!#|data:,")/);
    expect(own).not.toMatch(/url\(|@import/);
  });

  test('lets no script or style run but its own, by their hashes', async () => {
    const html = htmlReport(await inputOf(tightRun()));
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1]?.replaceAll('&#39;', "'") ?? '';
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const inner = (tag: string) =>
      [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text = '']) => hash(text));
    const directives = Object.fromEntries(
      policy.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]),
    );
    expect(directives).toEqual({
      'default-src': ["'none'"],
      'script-src': inner('script'),
      'style-src': inner('style'),
      'img-src': ['data:'],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
    });
    expect(html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')).not.toMatch(/ (style|on[a-z]+)="/);
  });

  test('draws what was predicted from what was seen within the window of the same event, and says it in the table', async () => {
    const input = await inputOf(tightRun());
    const faultMs = input.document.timing.faultStartMs ?? 0;
    const milestoneSeen = (of: string, afterMs: number): ConditionalMilestone => ({
      ...{ link: 'notReady', of, chance: 1, rank: 0.5, fit: 'inside' },
      given: { what: 'lease', atMs: faultMs - 6700 },
      observedMs: faultMs + afterMs,
      ...{
        p1Ms: faultMs + 1000,
        p5Ms: faultMs + 1200,
        p50Ms: faultMs + 3000,
        p95Ms: faultMs + 4000,
        p99Ms: faultMs + 5000,
      },
    });
    const withConditional = (afterMs: number): HtmlInput => {
      const conditional = [milestoneSeen('worker', afterMs)];
      return { ...input, document: { ...input.document, prediction: { ...input.document.prediction, conditional } } };
    };
    const html = htmlReport(withConditional(2700));
    const text = textOf(html);
    expect(text).toContain('predicted from what was seen, p1 to p99');
    expect(text).toMatch(/node NotReady 2\.7 s .*?✓ inside 1\.0 … 5\.0 s the last lease ✓ inside last NotReady/);
    const band = dataOf(html).chart.option.series.filter(
      (one: { lineStyle?: { color: string } }) => one.lineStyle?.color === '$given',
    );
    // The second row: the first node NotReady.
    expect(band.map(({ data }: { data: unknown }) => data)).toEqual([
      [
        [1, 1],
        [5, 1],
        [5, null],
      ],
    ]);
    expect(html).toMatch(/--given:#?[^;]+;/);
    // That of another event, and where nothing was predicted, is no band of this one.
    for (const other of [htmlReport(withConditional(2900)), htmlReport(input)]) {
      expect(other).not.toContain('"$given"');
      expect(textOf(other)).not.toContain('predicted from what was seen');
      expect(textOf(other)).not.toContain('the last lease ✓');
    }
  });

  test('tells a run in three sentences, its verdict first', async () => {
    const text = textOf(htmlReport(await inputOf(tightRun())));
    expect(text).toContain(
      '✓ Pass both expectations met kubelet-pause stood on worker and worker2 for 24.8 s. At most 2 nodes were NotReady at once, the first 2.7 s after the fault began; the last was Ready again after 36.2 s.',
    );
  });

  test('says in words what was not seen, and never as a zero', async () => {
    const { plan, events } = defaultRun();
    const blind = events.filter(({ type }) => type !== 'pod' && type !== 'node.ready');
    const text = textOf(htmlReport(await inputOf({ plan, events: blind, requests: [] })));
    expect(text).toContain('Whether a node went NotReady was not seen. No request was offered.');
    expect(text).toContain('pods evicted not seen');
    expect(text).toContain('No node was seen.');
  });

  test('does not say that nothing was answered where nobody knows what was', async () => {
    const { plan, events, requests } = defaultRun();
    const [first] = requests;
    const text = textOf(htmlReport(await inputOf({ plan, events, requests: first === undefined ? [] : [first] })));
    expect(text).toContain('How all of them ended is not known: no request was due from');
    expect(text).toContain('requests refused – of 1 requests answered ok – of 1 ');
    expect(text).toContain('latency, p99 – of answers; not known');
    expect(text).not.toContain('nothing was answered');
    const known = textOf(htmlReport(await inputOf({ plan, events, requests: [] })));
    expect(known).toContain('No request was offered.');
  });

  test('does not call heartbeats that were not measured none', async () => {
    const { document, ...rest } = await inputOf(tightRun());
    const writes = { ...document.writes, leasePerNodeMinute: null, statusPerNodeMinute: null };
    expect(textOf(htmlReport({ ...rest, document: { ...document, writes } }))).toContain(
      'Heartbeats in undisturbed time: not measured lease renewals and not measured status posts per node and minute.',
    );
  });

  test('says in the place of the table why nobody knows which nodes were lost', async () => {
    const { document, ...rest } = await inputOf(tightRun());
    const why = 'which nodes were lost, and when, is not known: the watch on nodes was blind for 6.0 s from 50.0 s on';
    const detection = {
      ...{ lost: null, requestsPerSecond: 20, burst: 30, nodes: [], counters: null, why },
      pace: { perSecond: null },
    };
    const html = htmlReport({ ...rest, document: { ...document, detection } });
    const section = textOf(/<section id="detection".*?<\/section>/s.exec(html)?.[0] ?? '');
    expect(section.trim()).toBe(`Why detection was late ${why}`);
  });

  test('says that a prediction is one, in the title, in a banner and over each figure', async () => {
    const { plan, events, requests } = tightRun();
    const predicted = events.map((one) =>
      one.type === 'run.started' ? { ...one, predicted: true, backend: 'model' as const } : one,
    );
    const html = htmlReport(await inputOf({ plan, events: predicted, requests }));
    const text = textOf(html);
    expect(html).toContain('<title>Pass: tight-grace on v1.34.4 (predicted)</title>');
    expect(text).toContain('Predicted, nothing was run. Every figure on this page comes from the model');
    expect(text).toContain('In the model: kubelet-pause');
    expect(text).toContain('modelled');
    expect(text).not.toContain('observed');
  });

  test('shows any beginning of a run, and names what is missing', async () => {
    const { plan, events, requests } = tightRun();
    for (let length = 0; length < events.length; length += 7) {
      const input = await inputOf({ plan, events: events.slice(0, length), requests: requests.slice(0, length) });
      const html = htmlReport({
        ...input,
        document: withEvidence(input.document, ['events.ndjson: other sums; taken as it is']),
        scenarioYaml: null,
      });
      const text = textOf(html);
      expect(text).toContain('? Inconclusive');
      expect(text).toContain('the end of the run is not on record');
      expect(text).toContain('scenario.yaml is missing from the folder');
      expect(text).toContain('events.ndjson: other sums; taken as it is');
      expect(dataOf(html).entire[1]).toBeGreaterThan(dataOf(html).entire[0]);
    }
  });

  test('keeps names with markup in them inert wherever they come from', async () => {
    const nodes = hostileTexts.flatMap((name, index) => [
      ready(at.fault + index, name, 'True'),
      ready(at.fault + 99 + index, name, 'False'),
    ]);
    const notes = hostileTexts.map((text, index) => event(at.fault + index, { type: 'note', text }));
    const input = await inputOf(tightRun([...nodes, ...notes]));
    const html = htmlReport({ ...input, document: hostile(input.document), scenarioYaml: hostileTexts.join('\n') });
    const outside = html.replace(/<script>[\s\S]*?<\/script>/g, '');
    expect(outside).not.toMatch(/<script>alert|<img|javascript:alert\(1\)"/);
    expect([...html.matchAll(/<script/g)]).toHaveLength(3);
    expect(dataOf(html).reading.nodes.map(({ node }: { node: string }) => node)).toContain(hostileTexts[0]);
  });

  test('counts in its chart every request that run.json counts', async () => {
    const { document, ...rest } = await inputOf(tightRun());
    const { outcomes } = dataOf(htmlReport({ document, ...rest })).reading.requests as {
      outcomes: Record<string, number[]>;
    };
    const sums = Object.fromEntries(
      Object.entries(outcomes).map(([outcome, counts]) => [outcome, counts.reduce((a, b) => a + b, 0)]),
    );
    const { ok, refused, timeout } = document.requests;
    expect({ ok: 0, refused: 0, timeout: 0, ...sums }).toMatchObject({ ok, refused, timeout });
    expect(Object.values(sums).reduce((a, b) => a + b, 0)).toBe(document.requests.offered);
  });

  test('says how many nodes have no lane where there are too many to draw', async () => {
    const crowd = Array.from({ length: 60 }, (_, index) => ready(at.steady, `extra-${index}`, 'True'));
    const input = await inputOf(defaultRun(crowd));
    const html = htmlReport(input);
    expect(dataOf(html).reading.nodes).toHaveLength(24);
    expect(textOf(html)).toMatch(/\d+ more nodes have no lane of their own: Ready throughout\./);
    const targets = new Set(input.document.faults.flatMap((fault: RunDocument['faults'][number]) => fault.targets));
    const lanes = dataOf(html).reading.nodes.map(({ node }: { node: string }) => node);
    expect([...targets].every((node) => lanes.includes(node))).toBe(true);
  });
});
