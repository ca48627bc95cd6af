import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type TestSuites } from 'junit2json';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { readDocument } from '../../src/run/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { numberText, type RepeatsDocument, type RunDocument } from '../../src/verdict/index.ts';
import { readOpenMetrics } from '../report/formats/open-metrics-reader.ts';
import { openChromium, openReport } from '../report/html/chromium.ts';
import { expectFigures } from '../report/html/figures.ts';
import { bytesOf } from '../run/model-run.ts';
import { containers, fixture, leftovers, madeCluster, makePlace, skipbeat } from './support/harness.ts';

// One cluster, two repeats of half a minute each: what is under test is what stands between and after them.
const place = makePlace();
const folder = join(place.folder, 'set');
const names = ['01', '02'] as const;
let browser: Browser;
let exitCode: number | undefined;
let output = '';

beforeAll(async () => {
  browser = await openChromium();
  const args = ['run', fixture('grace-pause'), '--backend', 'kind', '--repeats', '2', '--out', folder];
  const ended = await skipbeat(place, args);
  exitCode = ended.exitCode;
  output = ended.all ?? '';
});
afterAll(async () => {
  await browser.close();
  place.remove();
});

const textOf = (...path: readonly string[]): string => readFileSync(join(folder, ...path), 'utf8');
const jsonOf = <T>(...path: readonly string[]): T => JSON.parse(textOf(...path)) as T;
const linesOf = <T>(...path: readonly string[]): T[] =>
  textOf(...path)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const complete = (): RepeatsDocument => jsonOf<RepeatsDocument>('run.json');
const repeat = (name: string): RunDocument => jsonOf<RunDocument>('repeats', name, 'run.json');

describe('two repeats on one real cluster', () => {
  test('both come to their end with valid evidence', () => {
    expect(output.split('\n')).toContain('  MEASURED  nothing was expected of it; all 2 repeats are complete');
    expect(exitCode).toBe(0);
    expect(complete()).toMatchObject({
      verdict: 'pass',
      reasons: [],
      lacking: [],
      predicted: false,
      backend: 'kind',
      repeatsPlanned: 2,
      repeats: names.map(repeat),
      requests: { offered: { seen: 2, of: 2 } },
    });
  });

  test('one cluster was made for both, and nothing of it is left', async () => {
    const commands = linesOf<{ readonly command: string }>('logs', 'commands.ndjson').map(({ command }) => command);
    const made = commands.flatMap((command) => /\bcreate cluster --name (skipbeat-[0-9a-f]+)/.exec(command)?.[1] ?? []);
    expect(made).toEqual([madeCluster(folder)]);
    expect(await containers(`${made[0]}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });

  test('before each of them the gate was passed, and it is on record', () => {
    for (const name of names) {
      const events = linesOf<TimelineEvent>('repeats', name, 'events.ndjson');
      const gate = events.find((event) => event.type === 'step.ended' && event.name === 'gate');
      expect(gate).toMatchObject({
        outcome: 'done',
        detail: expect.stringMatching(
          /^stable for 3\.0 s(, pods spread anew)?; \d\.\d s after worker renewed its lease$/,
        ),
      });
      const load = events.find(({ type }) => type === 'load.started');
      expect(load?.atMs).toBeGreaterThanOrEqual(gate?.atMs ?? Number.POSITIVE_INFINITY);
    }
  });

  test('each load came through an entrance that knew no connection from before, and held back no refusal', () => {
    for (const name of names) {
      const events = linesOf<TimelineEvent>('repeats', name, 'events.ndjson');
      const load = events.find(({ type }) => type === 'load.started');
      const forgot = events.find((event) => event.type === 'entrance.forgot');
      expect(forgot?.atMs).toBeLessThanOrEqual(load?.atMs ?? 0);
      // The gate's own questions came through it, before the second repeat a load of some 500 requests.
      expect(forgot?.connections).toBeGreaterThan(name === '01' ? 0 : 100);
      const states = events.filter((event) => event.type === 'entrance.icmp');
      expect(states).toMatchObject([
        { moment: 'start', limitsRefusals: false },
        { moment: 'end', limitsRefusals: false, heldBack: states[0]?.heldBack },
      ]);
      expect(repeat(name).requests.reusedPort).not.toBeNull();
    }
  });

  test('their starts are spread over the heartbeat, on purpose and on record', () => {
    const planned = names.map((name) => jsonOf<Plan>('repeats', name, 'plan.json').repeat?.afterRenewalMs ?? -1);
    // Each half of the renewal interval of 10 s has one.
    const [early = -1, late = -1] = planned.toSorted((a, b) => a - b);
    expect(early).toBeGreaterThanOrEqual(0);
    expect(early).toBeLessThan(5000);
    expect(late).toBeGreaterThanOrEqual(5000);
    expect(late).toBeLessThan(10_000);
    const ages = names.map((name) => repeat(name).repeat?.leaseAgeAtFaultMs ?? null);
    expect(ages.filter((age) => age === null)).toEqual([]);
    expect(Math.abs(Number(ages[0]) - Number(ages[1]))).toBeGreaterThan(1000);
    const shown = ages.map(Number).toSorted((a, b) => a - b);
    const seconds = shown.map((ms) => (ms / 1000).toFixed(1)).join(', ');
    expect(output.split('\n').filter((line) => line.startsWith('  Starts '))).toEqual([
      `  Starts    the lease of worker was ${seconds} s old when the faults began`,
    ]);
  });

  test('each has its own fault, proved and undone, and saw its harm', () => {
    for (const name of names) {
      const { faults, nodes, clock } = repeat(name);
      expect(faults).toMatchObject([{ kind: 'kubelet-pause', attested: true, undone: true }]);
      expect(nodes.notReadyTransitions).toBeGreaterThanOrEqual(1);
      expect(clock?.readings).toBeGreaterThanOrEqual(2);
    }
    expect(complete().chances.nodeNotReady.words).toBe('2 of 2: at least 22 %');
  });
});

describe('what two real repeats leave', () => {
  test('run.json is what its schema says, of the whole and of each', async () => {
    expect((await readDocument(join(folder, 'run.json'))).unmarked).toEqual(complete());
    for (const name of names)
      expect((await readDocument(join(folder, 'repeats', name, 'run.json'))).unmarked).toEqual(repeat(name));
  });

  test('summary.md fits a pull request and has every figure with its range', () => {
    const lines = textOf('summary.md').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines[0]).toMatch(/^### MEASURED: grace-pause, /);
    const { median, min, max } = complete().requests.refused;
    expect(lines.filter((line) => line.startsWith('| requests refused |'))).toEqual([
      `| requests refused | ${numberText(median)} | ${numberText(min)} … ${numberText(max)} | – | 2 of 2 |`,
    ]);
  });

  test('junit.xml has a suite for each repeat', async () => {
    const { testsuite: suites = [], ...all } = (await parse(textOf('junit.xml'))) as TestSuites;
    expect(suites.map(({ name }) => name)).toEqual(['grace-pause, repeat 1', 'grace-pause, repeat 2']);
    expect(all).toMatchObject({ failures: 0, errors: 0 });
  });

  test('openmetrics.txt is OpenMetrics, with the requests of each repeat', () => {
    const families = readOpenMetrics(textOf('openmetrics.txt'));
    const refused = families
      .find(({ name }) => name === 'skipbeat_requests')
      ?.samples.filter(({ labels }) => labels.outcome === 'refused')
      .map(({ labels, value }) => [labels.repeat, value]);
    expect(refused).toEqual([
      ['1', repeat('01').requests.refused],
      ['2', repeat('02').requests.refused],
    ]);
  });

  test.each(names)('report.html of repeat %s opens, is silent, and shows the figures of run.json', async (name) => {
    const path = join(folder, 'repeats', name, 'report.html');
    const { page, complaints } = await openReport(browser, path);
    await expectFigures(page, repeat(name));
    expect(await page.locator('#chart svg path').count()).toBeGreaterThan(20);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('report.html of both opens, is silent, and shows how they spread', async () => {
    const { page, complaints } = await openReport(browser, join(folder, 'report.html'));
    const row = page.locator('#figures tbody tr', { hasText: 'requests refused' });
    expect((await row.innerText()).split('\t')[1]).toBe(numberText(complete().requests.refused.median));
    expect(await page.getByRole('link', { name: /^repeat [12]$/ }).count()).toBe(2);
    expect(complaints()).toEqual([]);
    await page.close();
  });

  test('report makes every file again, byte for byte', async () => {
    const before = bytesOf(folder);
    const { exitCode: code, stderr } = await skipbeat(place, ['report', folder]);
    expect([code, stderr.trim()]).toEqual([
      0,
      'sealed against accident, not against whoever can write the folder: see docs/run-folder.md',
    ]);
    expect(bytesOf(folder)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual([
      ...['junit.xml', 'logs', 'manifest.json', 'openmetrics.txt', 'plan.json', 'repeats', 'report.html', 'run.json'],
      ...['scenario.yaml', 'summary.md'],
    ]);
  });
});

describe('comparisons of two real repeats', () => {
  test('with themselves, copied, are none: a copy is no repeat, and copies alone are nothing to compare', async () => {
    const copy = join(place.folder, 'copy');
    cpSync(folder, copy, { recursive: true });
    const ended = await skipbeat(place, ['compare', folder, copy, '--json']);
    const again = [1, 2].map(
      (number) =>
        `  counted once: ${copy}, repeat ${number} is ${folder}, repeat ${number} over again (the same evidence)`,
    );
    expect([ended.exitCode, ended.all]).toEqual([
      2,
      [
        `NOTHING_TO_COMPARE  ${copy}: expected runs of its own, found copies alone.`,
        ...again,
        'Try: run the scenario again, in the model with another --seed',
      ].join('\n'),
    ]);
  });

  test('by the very same folder are refused', async () => {
    const same = await skipbeat(place, ['compare', folder, folder]);
    expect([same.exitCode, same.all]).toEqual([
      64,
      `SAME_RUNS  ${folder}: expected other runs than those of the base, found the same.
Try: npm run skipbeat -- compare --self ${folder}   (what a comparison finds where there is nothing to find)`,
    ]);
  });

  test('--self says how many runs it takes, and counts none of them twice', async () => {
    // The set and its copy lie in one folder: two runs.
    for (const of of [folder, place.folder]) {
      const few = await skipbeat(place, ['compare', '--self', of]);
      expect([few.exitCode, few.all]).toEqual([
        64,
        `TOO_FEW_RUNS  ${of}: expected 4 runs or more to split, found 2.\nTry: npm run scenario -- NAME --repeats 10`,
      ]);
    }
  });
});
