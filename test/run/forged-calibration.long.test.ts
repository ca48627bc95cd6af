import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelBackend } from '../../src/backend/model/index.ts';
import { readSide } from '../../src/compare/index.ts';
import { makePlan } from '../../src/plan/index.ts';
import { executeRepeats, executeRun, modelProblems, readRepeatsFolder, readRunFolder } from '../../src/run/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';

let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'skipbeat-forged-'));
  const folder = join(base, 'whole');
  mkdirSync(folder);
  const { scenario, resolved } = loadScenario('tight-grace');
  // What the model does, recorded as a real run records it: only such a run is held against the model and keeps what came of it.
  await executeRun({
    plan: makePlan(scenario, { kubernetesVersion: 'v1.34.4' }),
    backend: { ...modelBackend(), name: 'kind', predicted: false },
    folder,
    scenarioYaml: resolved,
    startedAt: new Date(),
    listeners: [],
    signal: new AbortController().signal,
  });
});
afterAll(() => rmSync(base, { recursive: true }));

type Milestones = { links: { link: string; observedMs: number | null; model: { maxMs: number | null } | null }[] };

/** Puts the sum of one file of a folder right. */
const resum = (folder: string, file: string): void => {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { sha256: Record<string, string> };
  manifest.sha256[file] = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');
  writeFileSync(path, JSON.stringify(manifest));
};

const changeIn = (folder: string, change: (calibration: Milestones) => void): void => {
  const path = join(folder, 'calibration.json');
  const calibration = JSON.parse(readFileSync(path, 'utf8')) as Milestones;
  change(calibration);
  writeFileSync(path, JSON.stringify(calibration));
  resum(folder, 'calibration.json');
};

/** A copy whose calibration was edited together with its sum. */
const forged = (name: string, change: (calibration: Milestones) => void): string => {
  const folder = join(base, name);
  cpSync(join(base, 'whole'), folder, { recursive: true });
  changeIn(folder, change);
  return folder;
};

const widen = ({ links: milestones }: Milestones): void => {
  for (const { model } of milestones) if (model !== null && model.maxMs !== null) model.maxMs += 60_000;
};
const otherModel = /calibration\.json: expected what this skipbeat's model says .* links\[\d\]\.model\.maxMs/;

test('a calibration as the run left it is what the record and the model say again', async () => {
  const folder = join(base, 'whole');
  const run = await readRunFolder(folder);
  expect(run.notes.filter((note) => note.startsWith('calibration.json'))).toEqual([]);
  expect(await modelProblems(folder, run)).toEqual([]);
});

test('an observation in it that the record does not have is found', async () => {
  const folder = forged('observed', ({ links: milestones }) => {
    for (const one of milestones) if (one.observedMs !== null) one.observedMs += 1;
  });
  const { document } = await readRunFolder(folder);
  expect(document.evidence?.sealed).toBe(false);
  expect(document.reasons.join()).toMatch(
    /calibration\.json: expected what the record says, found another links\[\d\]\.observedMs/,
  );
});

test('a spread in it that the model does not have is found', async () => {
  const folder = forged('model', widen);
  expect(await modelProblems(folder, await readRunFolder(folder))).toEqual([expect.stringMatching(otherModel)]);
  await expect(readSide(folder)).rejects.toThrow(otherModel);
});

test('a spread in one of several repeats that the model does not have is found', async () => {
  const folder = join(base, 'repeats');
  mkdirSync(folder);
  const { scenario, resolved } = loadScenario('tight-grace', {
    overrides: [{ origin: 'the test', path: ['repeats'], value: 2 }],
  });
  await executeRepeats({
    startedAt: new Date(),
    plan: makePlan(scenario, { kubernetesVersion: 'v1.34.4' }),
    backend: { ...modelBackend(), name: 'kind', predicted: false },
    folder,
    scenarioYaml: resolved,
    onRepeat: () => ({ listeners: [], ended: () => undefined }),
    signal: new AbortController().signal,
  });
  const whyOf = async (): Promise<string> =>
    ((await readRepeatsFolder(folder, { againstModel: true })).document.evidence?.why ?? []).join('\n');
  expect(await whyOf()).not.toContain('calibration.json');
  changeIn(join(folder, 'repeats', '02'), widen);
  for (const file of ['calibration.json', 'manifest.json']) resum(folder, `repeats/02/${file}`);
  expect((await whyOf()).split('\n').filter((line) => line.includes('calibration.json'))).toEqual([
    "repeat 2: calibration.json: expected what this skipbeat's model says of the plan, found another links[0].model.maxMs, links[1].model.maxMs, links[2].model.maxMs, links[3].model.maxMs, links[4].model.maxMs",
  ]);
  await expect(readSide(folder)).rejects.toThrow(otherModel);
});

test('a real run without one is not as it was left', async () => {
  const folder = forged('gone', () => undefined);
  rmSync(join(folder, 'calibration.json'));
  await expect(readRunFolder(folder)).rejects.toThrow('calibration.json: expected this file, found none');
  rmSync(join(folder, 'manifest.json'));
  const { document } = await readRunFolder(folder);
  expect(document.evidence?.why).toContain('calibration.json: expected this file, found none');
});
