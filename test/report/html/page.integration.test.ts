import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configOfPlan } from '../../../src/backend/model/index.ts';
import { calibrate } from '../../../src/calibration/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { htmlReport, repeatsReport } from '../../../src/report/html/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { createRequestSeries } from '../../../src/verdict/figures/series.ts';
import {
  judge,
  numberText,
  type RepeatsDocument,
  type RunDocument,
  withEvidence,
  withModel,
} from '../../../src/verdict/index.ts';
import { record } from '../../backend/model/support/runs.ts';
import { type ModelRun, modelRun } from '../../run/model-run.ts';
import { at, event, ready, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from '../formats/hostile.ts';
import { hostileRepeats, repeatsPlan } from '../formats/repeats.ts';
import { openChromium, openReport } from './chromium.ts';
import { expectFigures } from './figures.ts';

let browser: Browser;
let run: ModelRun;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-page-'));
  [browser, run] = await Promise.all([openChromium(), modelRun()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  run.remove();
  rmSync(folder, { recursive: true });
});

const report = () => join(run.folder, 'report.html');
const document = () => JSON.parse(readFileSync(join(run.folder, 'run.json'), 'utf8')) as RunDocument;

/** What tells the element with the focus from others, in the page's own words. */
const nameOfActive = `(({ id, tagName, dataset, hash }) => id || dataset.move || hash || tagName)(document.activeElement)`;

describe('report.html in Chromium', () => {
  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 400],
  ] as const)(
    'opens in %s, %i wide, says nothing, asks for nothing and does not scroll sideways',
    async (colorScheme, width) => {
      const { page, complaints } = await openReport(browser, report(), { colorScheme, width });
      const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(15, 18, 21)' : 'rgb(246, 247, 248)');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await page.locator('#chart svg path').count()).toBeGreaterThan(20);
      expect(complaints()).toEqual([]);
      await page.close();
    },
  );

  test('shows the figures of run.json', async () => {
    const { page } = await openReport(browser, report());
    expect(document().verdict).toBe('pass');
    await expectFigures(page, document());
    await page.close();
  });

  test('moves one cursor through all lanes and reads them out, by pointer and by keyboard', async () => {
    const { page, complaints } = await openReport(browser, report());
    const chart = page.locator('#chart');
    const before = await page.locator('#reading').innerText();
    const box = await chart.boundingBox();
    // The chart may be taller than the window: hover scrolls to the very place.
    await chart.hover({ position: { x: (box?.width ?? 0) * 0.62, y: 40 } });
    await expect.poll(() => page.locator('#reading').innerText(), { timeout: 20_000 }).not.toBe(before);
    const moment = page.locator('#moment');
    await moment.focus();
    const pointed = await moment.getAttribute('aria-valuetext');
    for (let presses = 0; presses < 5; presses += 1) await page.keyboard.press('ArrowRight');
    await expect.poll(() => moment.getAttribute('aria-valuetext'), { timeout: 20_000 }).not.toBe(pointed);
    expect(await moment.getAttribute('aria-valuetext')).toMatch(/worker: (Ready|NotReady).*requests \/ s: \d+/);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('is reached whole by the tabulator key, and zooms by its buttons', async () => {
    const { page, complaints } = await openReport(browser, report());
    const reached = new Set<unknown>();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(nameOfActive));
    }
    // In this order: the links of the contents, the table of the verdict, the chart with its buttons, what can be opened, and round.
    expect([...reached]).toEqual([
      ...['#verdict', '#expectations', '#timeline', '#milestones', '#requests', '#nodes', '#settings', '#faults'],
      ...['#findings', '#steps', '#reproduce', 'DIV', 'in', 'out', 'earlier', 'later', 'view', 'whole', 'moment'],
      ...['SUMMARY', 'PRE', 'BODY'],
    ]);
    const axis = () => page.locator('#chart svg').innerHTML();
    const [first, button] = [await axis(), page.locator('button[data-move="in"]')];
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(axis, { timeout: 20_000 }).not.toBe(first);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('follows the reader from light to dark and onto paper', async () => {
    const { page, complaints } = await openReport(browser, report());
    const light = await page.locator('#chart svg').innerHTML();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => page.locator('#chart svg').innerHTML(), { timeout: 20_000 }).not.toBe(light);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('bears a thousand hollow nodes with what the model had of them, in less than 3 MB', async () => {
    const plan = makePlan(loadScenario('storm-1000').scenario, { kubernetesVersion: 'v1.34.4' });
    const { events: recorded, requests } = record({ ...configOfPlan(plan), seed: 77 });
    const events = recorded.toSorted((one, other) => one.atMs - other.atMs);
    const judged = await judge(plan, events, requests);
    const budget = { runs: 4, withinMs: 120_000, signal: new AbortController().signal };
    const calibration = await calibrate(plan, events, judged, budget);
    if (calibration?.hollow === undefined) throw new Error('expected hollow nodes in the calibration');
    const path = join(folder, 'storm.html');
    const html = htmlReport({
      plan,
      events,
      document: withModel(judged, calibration),
      series: createRequestSeries(0).result(),
      hollowBand: calibration.hollow,
      scenarioYaml: null,
    });
    expect(Buffer.byteLength(html)).toBeLessThan(3_000_000);
    writeFileSync(path, html);
    const { page, complaints } = await openReport(browser, path);
    expect(await page.locator('#chart svg text', { hasText: 'Hollow nodes NotReady, within' }).count()).toBe(1);
    await page.locator('summary', { hasText: 'Hollow nodes over time' }).click();
    const last = page.locator('table', { hasText: 'Hollow nodes NotReady' }).locator('tbody tr').last();
    expect((await last.innerText()).split('\t').slice(1)).toEqual(['0', '0', '0 … 0', '0', '0', '0 … 0']);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('keeps names with markup in them inert', async () => {
    const nodes = hostileTexts.map((name, index) => ready(at.fault + index, name, 'Unknown'));
    const notes = hostileTexts.map((text, index) => event(at.fault + index, { type: 'note', text }));
    const { plan, events, requests } = tightRun([...nodes, ...notes]);
    const series = createRequestSeries(at.steady);
    for (const request of requests) series.add(request);
    const judged = hostile(await judge(plan, events, requests));
    const path = join(folder, 'hostile.html');
    writeFileSync(
      path,
      htmlReport({
        plan,
        events,
        document: withEvidence(judged, hostileTexts),
        series: series.result(),
        hollowBand: null,
        scenarioYaml: hostileTexts.join('\n'),
      }),
    );
    const { page, complaints } = await openReport(browser, path);
    expect(await page.locator('h1').innerText()).toBe(hostileTexts[3]);
    expect(await page.locator('main script, main img, main a:not([href^="#"])').count()).toBe(0);
    expect(complaints()).toEqual([]);
    await page.close();
  });
});

describe('report.html of repeats in Chromium', () => {
  test('keeps names with markup in them inert, and shows a repeat that is missing under its number', async () => {
    const document = await hostileRepeats();
    const { requests } = tightRun();
    const series = createRequestSeries(at.steady);
    for (const request of requests) series.add(request);
    const runs = document.repeats.map((run) => ({ document: run, series: series.result(), href: hostileTexts[4] }));
    const [first, , third] = runs;
    if (first === undefined || third === undefined) throw new Error('expected three repeats');
    const path = join(folder, 'hostile-repeats.html');
    writeFileSync(path, repeatsReport({ plan: repeatsPlan, document, runs: [first, third] }));
    const { page, complaints } = await openReport(browser, path);
    expect(await page.locator('h1').innerText()).toBe(hostileTexts[3]);
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await page.locator('#repeats tbody td:first-child, #repeats tbody th').allInnerTexts()).toEqual([
      'repeat 1',
      'repeat 3',
    ]);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('shows how they spread, each of them in small, and leads to the report of each', async () => {
    const out = join(folder, 'repeats');
    await execa(process.execPath, [
      'src/main.ts',
      'run',
      'tight-grace',
      '--backend',
      'model',
      '--repeats',
      '3',
      '--out',
      out,
    ]);
    const { page, complaints } = await openReport(browser, join(out, 'report.html'));
    const summed = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RepeatsDocument;
    const row = page.locator('#figures tbody tr', { hasText: 'requests refused' });
    expect((await row.innerText()).split('\t').slice(1, 3)).toEqual([
      numberText(summed.requests.refused.median),
      `${numberText(summed.requests.refused.min)} … ${numberText(summed.requests.refused.max)}`,
    ]);
    expect(await page.locator('#chances tbody tr').first().innerText()).toBe(
      `a node went NotReady\t${summed.chances.nodeNotReady.words}`,
    );
    expect(await page.locator('.predicted').innerText()).toBe(
      'Predicted, nothing was run. Every figure on this page comes from the model of the node lifecycle, none from a cluster.',
    );
    expect(complaints()).toEqual([]);
    await page.getByRole('link', { name: 'repeat 3' }).click();
    await page.waitForSelector('html[data-drawn]');
    expect(page.url()).toBe(pathToFileURL(join(out, 'repeats/03/report.html')).href);
    await page.close();
  });
});
