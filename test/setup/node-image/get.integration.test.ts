import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { predictionHint } from '../../../src/cli/machine/setup.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import type { Engine } from '../../../src/setup/engine/engine.ts';
import { getNodeImage } from '../../../src/setup/node-image/get.ts';
import { parseKubernetes } from '../../../src/setup/versions.ts';
import { simulatePlan } from '../../../src/sweep/index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-get-'));
  vi.stubEnv('SKIPBEAT_CACHE_DIR', folder);
  vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'no.sock')}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** As far as it is read: no engine is asked where there is one to pull by. */
const engine = { rootDirectory: '/', cgroupVersion: 2, pullsThroughOthers: false } as unknown as Engine;

/** What was noted up to the first step of the build, which finds no engine to build with. */
const notesUntilTheBuild = async (onBuild?: (version: string) => Promise<string>): Promise<readonly string[]> => {
  const notes: string[] = [];
  const options = { note: (text: string) => notes.push(text), signal: new AbortController().signal, onBuild };
  const sources = { published: null, buildable: 'v1.34.4' };
  await expect(getNodeImage(parseKubernetes('v1.34'), sources, engine, false, options)).rejects.toThrow();
  return notes;
};

describe('a node image that has to be built', () => {
  test('is waited for with a hint, which is asked for that very version', async () => {
    expect(await notesUntilTheBuild(async (version) => `building ${version}`)).toEqual(['building v1.34.4']);
  });

  test('is built without a hint where none is asked for, and where the hint fails, which is printed', async () => {
    expect(await notesUntilTheBuild()).toEqual([]);
    const failing = (): Promise<string> => Promise.reject(new Error('no model'));
    expect(await notesUntilTheBuild(failing)).toEqual(['no prediction: no model']);
  });
});

test.each(['v1.34.4', 'v1.20.2'])(
  'the hint for %s has the figures of the model, and a command that shows one run',
  async (version) => {
    const overrides = [{ origin: 'test', path: ['cluster', 'kubernetes'], value: version }];
    const plan = makePlan(loadScenario('tight-grace', { overrides }).scenario, { kubernetesVersion: version });
    const { refused, firstRefusedMs } = await simulatePlan(plan, 100, { workers: 1, heapBytes: 2 ** 31 });
    const first = ((firstRefusedMs?.p50 ?? Number.NaN) / 1000).toFixed(1);
    expect(await predictionHint(version)).toBe(
      'this takes minutes. Predicted meanwhile, nothing was run: ' +
        `in ${refused?.count} of 100 simulations of tight-grace on Kubernetes ${version} clients are refused, ` +
        `first ${first} s after the fault at the median. ` +
        `To see one, in another terminal: npm run scenario -- tight-grace --backend model --kubernetes ${version}`,
    );
  },
);
