import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/index.ts';
import { modelBackend } from '../../src/backend/model/index.ts';
import { exitCodes, SkipbeatError } from '../../src/common/errors.ts';
import { makePlan } from '../../src/plan/index.ts';
import { executeRepeats, executeRun } from '../../src/run/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-failures-'));
  // A folder in its place is no report that can be written.
  mkdirSync(join(folder, 'report.html'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const calledOff = AbortSignal.abort(
  new SkipbeatError('INTERRUPTED', 'Interrupted by SIGINT; everything this run did was undone.', {
    exitCode: exitCodes.interrupted,
  }),
);
const model = modelBackend();
/** The model asks no signal, so that its first repeat is complete; a cluster's backend ends with it. */
const endedBySignal: Backend = {
  ...model,
  run: async (plan, recorder, signal) => {
    await model.run(plan, recorder, signal);
    signal.throwIfAborted();
  },
};
const both = {
  exitCode: exitCodes.interrupted,
  error: {
    code: 'INTERRUPTED',
    message: expect.stringMatching(
      /^Interrupted by SIGINT; everything this run did was undone\.\n.*: not written: report\.html \(EISDIR/s,
    ),
  },
};
const optionsOf = (repeats: number, backend: Backend = model) => {
  const { scenario, resolved } = loadScenario('tight-grace', {
    overrides: [{ origin: 'test', path: ['repeats'], value: repeats }],
  });
  return {
    ...{ plan: makePlan(scenario, { kubernetesVersion: 'v1.34.4' }), backend, folder },
    ...{ scenarioYaml: resolved, startedAt: new Date() },
  };
};

test('a run that was called off and whose report cannot be written says both', async () => {
  expect(await executeRun({ ...optionsOf(1, endedBySignal), listeners: [], signal: calledOff })).toMatchObject(both);
});

test('so do repeats', async () => {
  const onRepeat = () => ({ listeners: [], ended: () => undefined });
  expect(await executeRepeats({ ...optionsOf(2), onRepeat, signal: calledOff })).toMatchObject(both);
});

test('a report alone that cannot be written is the failure', async () => {
  const { signal } = new AbortController();
  expect(await executeRun({ ...optionsOf(1), listeners: [], signal })).toMatchObject({
    ...{ exitCode: exitCodes.bug, error: { code: 'REPORT_BROKEN' }, document: { predicted: true } },
  });
});
