import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelBackend } from '../../src/backend/model/index.ts';
import { makePlan } from '../../src/plan/index.ts';
import { executeRun } from '../../src/run/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';

/** The nodes of tight-grace flap by themselves in one run of six; by this seed none is lost before the fault. */
const quietSeed = 2;

/** A folder as a run of the model leaves it, and as many copies of it as a test likes to spoil. */
export const modelRun = async (scenario = 'tight-grace') => {
  const base = mkdtempSync(join(tmpdir(), 'skipbeat-report-'));
  const folder = join(base, 'whole');
  mkdirSync(folder);
  const overrides = [{ origin: 'test', path: ['seed'], value: quietSeed }];
  const { scenario: loaded, resolved } = loadScenario(scenario, { overrides });
  const ended = await executeRun({
    plan: makePlan(loaded, { kubernetesVersion: 'v1.34.4' }),
    backend: modelBackend(),
    folder,
    scenarioYaml: resolved,
    startedAt: new Date(),
    listeners: [],
    signal: new AbortController().signal,
  });
  if (ended.error !== null) throw ended.error;
  let copies = 0;
  return {
    folder,
    copy: (): string => {
      copies += 1;
      const copy = join(base, `copy-${copies}`);
      cpSync(folder, copy, { recursive: true });
      return copy;
    },
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
};

export type ModelRun = Awaited<ReturnType<typeof modelRun>>;

/** Of every file of a folder and below it, by its path in it. */
export const bytesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')];
      }),
  );
