import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/index.ts';
import { waitUntil } from '../../src/common/wait.ts';
import { executeRun, readRunFolder } from '../../src/run/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { callProgram } from '../support/call-program.ts';
import { tightPlan } from '../verdict/timeline-builder.ts';
import { modelRun } from './model-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-clock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const eventsOf = (of: string): readonly TimelineEvent[] =>
  readFileSync(join(of, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TimelineEvent);

const clockOf = (of: string) => eventsOf(of).filter((event) => event.type === 'clock');

const execute = (backend: Backend) =>
  executeRun({
    plan: tightPlan,
    backend,
    folder,
    scenarioYaml: 'name: tight-grace\n',
    startedAt: new Date(),
    listeners: [],
    signal: new AbortController().signal,
  });

test('a real run keeps the wall clock beside its own, from its start to its end', async () => {
  const signal = new AbortController().signal;
  const { document } = await execute({
    name: 'kind',
    predicted: false,
    // Long enough for a reading by the timer.
    run: async (_, recorder) => {
      const probe = () => Promise.resolve(recorder.nowMs() > 1200 ? ({ found: true } as const) : { seen: 'too early' });
      await waitUntil('a second of the run', probe, { timeoutMs: 30_000, everyMs: 50, signal });
    },
  });
  const events = eventsOf(folder);
  const clock = clockOf(folder);
  expect(clock.length).toBeGreaterThanOrEqual(2);
  expect(events.at(-1)?.type).toBe('run.ended');
  const [first, last] = [clock[0], clock.at(-1)];
  if (first === undefined || last === undefined) throw new Error('expected two readings');
  expect(last.unixMs - first.unixMs).toBeCloseTo(last.atMs - first.atMs, -2);
  expect(document?.clock).toEqual({ readings: clock.length, jumps: [] });
});

test('one that broke keeps it up to there', async () => {
  await execute({
    name: 'kind',
    predicted: false,
    run: async () => {
      throw new Error('no cluster');
    },
  });
  expect(clockOf(folder).length).toBeGreaterThanOrEqual(1);
  expect(eventsOf(folder).at(-1)).toMatchObject({ type: 'run.ended', reason: 'no cluster' });
});

test('a prediction has none: its clock is its own', async () => {
  const run = await modelRun();
  expect(clockOf(run.folder)).toEqual([]);
  expect((await readRunFolder(run.folder)).document).toMatchObject({ clock: null, findings: [] });
  run.remove();
});

test('a folder of a run whose clock jumped says so in every report', async () => {
  const run = await modelRun();
  const copy = run.copy();
  rmSync(join(copy, 'manifest.json'));
  const startMs = Date.parse('2026-11-24T08:03:11Z');
  const clock = Array.from({ length: 90 }, (_, second) => {
    const atMs = second * 1000;
    return JSON.stringify({ atMs, type: 'clock', unixMs: startMs + atMs + (second < 50 ? 0 : 61_000) });
  });
  const [first = '', ...others] = readFileSync(join(copy, 'events.ndjson'), 'utf8').split('\n');
  writeFileSync(join(copy, 'events.ndjson'), [first, ...clock, ...others].join('\n'));
  const said = 'the wall clock jumped ahead by 61.0 s between 49.0 s and 50.0 s';
  const { stdout, stderr } = await callProgram(['report', copy], { cwd: folder });
  expect(stderr).toBe(
    `manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them
events.ndjson: expected what the model makes of plan.json; line 2: expected run.place at 0 ms, found clock at 0 ms; another model made it, or it was edited
`,
  );
  // The rest of it is compared where nothing jumped.
  const findings = stdout.replace(/\s+/g, ' ').split(' findings ')[1]?.split(' Writes ')[0];
  expect(findings).toBe(
    `- ${said} (it was set, or the machine slept): times here are monotonic and did not move, but stamps of objects from before and after it (renewTime, lastTransitionTime, deletionTimestamp) do not compare`,
  );
  for (const file of ['run.json', 'summary.md', 'report.html', 'junit.xml'])
    expect([file, readFileSync(join(copy, file), 'utf8').includes(said)]).toEqual([file, true]);
  run.remove();
});

test('an edited reading that is no number is refused', async () => {
  const run = await modelRun();
  const copy = run.copy();
  rmSync(join(copy, 'manifest.json'));
  const path = join(copy, 'events.ndjson');
  const [first = '', ...others] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [first, '{"atMs":5,"type":"clock","unixMs":"noon"}', ...others].join('\n'));
  await expect(readRunFolder(copy)).rejects.toThrow(`${path}: line 2: unixMs: expected number, received string`);
  run.remove();
});
