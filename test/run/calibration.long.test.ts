import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { judgeFolder, readCalibration } from '../../src/run/index.ts';
import { modelRun } from './model-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-calibration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const complete = { schemaVersion: 1, model: null, why: 'there was no time for it', links: [] };

const readOf = (text: string) => {
  const path = join(folder, 'calibration.json');
  writeFileSync(path, text);
  return () => readCalibration(folder);
};

test('a calibration is read as it was kept; a run without one has none', async () => {
  expect(await readCalibration(folder)).toBeNull();
  expect(await readOf(JSON.stringify(complete))()).toEqual(complete);
});

test.each([
  ['truncated', JSON.stringify(complete).slice(0, 30), /calibration\.json: expected JSON, found /],
  ['no object', '7', /calibration\.json: expected a JSON object\.$/],
  [
    'of another schema version',
    JSON.stringify({ ...complete, schemaVersion: 2 }),
    /calibration\.json: schemaVersion: /,
  ],
  ['with a key that none has', JSON.stringify({ ...complete, colour: 'red' }), /Unrecognized key: "colour"/],
  ['with text for a number', JSON.stringify({ ...complete, model: { runs: 'all', asked: 1, seed: 1 } }), /model/],
])('one that is %s is refused', async (_, text, problem) => {
  await expect(readOf(text)()).rejects.toThrow(problem);
  await expect(readOf(text)()).rejects.toThrow(expect.objectContaining({ code: 'EVIDENCE_UNREADABLE', exitCode: 64 }));
});

test('what the model had of hollow nodes over time is at hand wherever the folder is judged, for its page', async () => {
  const run = await modelRun('default');
  try {
    const plan = JSON.parse(readFileSync(join(run.folder, 'plan.json'), 'utf8')) as Plan;
    expect((await judgeFolder(run.folder, plan)).hollowBand).toBeNull();
    const none = { points: [], within: null };
    const notReady = { points: [[{ atMs: 0, p1: 0, p5: 0, p50: 1, p95: 2, p99: 2 }]], within: 0.5 };
    const hollow = { notReady, tainted: none, evicted: none };
    writeFileSync(join(run.folder, 'calibration.json'), JSON.stringify({ ...complete, hollow }));
    expect((await judgeFolder(run.folder, plan)).hollowBand).toEqual(hollow);
  } finally {
    run.remove();
  }
});

test('what speaks against the model is among the findings whenever the folder is judged', async () => {
  const run = await modelRun('default');
  try {
    const plan = JSON.parse(readFileSync(join(run.folder, 'plan.json'), 'utf8')) as Plan;
    const before = (await judgeFolder(run.folder, plan)).document.findings;
    const model = { seen: 200, minMs: 1, p5Ms: 1, p50Ms: 1, p95Ms: 1, maxMs: 1, fit: 'outside' };
    const milestones = [{ link: 'notReady', observedMs: null, window: null, slackMs: [0, 0], fit: null, model }];
    const kept = { ...complete, model: { runs: 200, asked: 200, seed: 1 }, why: null, links: milestones };
    writeFileSync(join(run.folder, 'calibration.json'), JSON.stringify(kept));
    expect((await judgeFolder(run.folder, plan)).document.findings).toEqual([
      ...before,
      'first node NotReady was not seen; every one of 200 runs of the model had it',
    ]);
  } finally {
    run.remove();
  }
});
