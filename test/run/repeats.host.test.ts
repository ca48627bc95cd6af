import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/index.ts';
import { modelBackend } from '../../src/backend/model/index.ts';
import { repeatsText } from '../../src/report/index.ts';
import { executeRepeats, readRepeatsFolder, writeRepeatsReports } from '../../src/run/index.ts';
import type { RepeatsDocument } from '../../src/verdict/index.ts';
import { pausePlan } from '../backend/model/plans.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-repeats-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plan = { ...pausePlan('tight-grace', 'v1.34.4'), repeats: 3 };

const run = (backend: Backend, signal = new AbortController().signal) =>
  executeRepeats({
    plan,
    backend,
    folder,
    scenarioYaml: 'name: tight-grace\n',
    signal,
    onRepeat: () => ({ listeners: [], ended: () => undefined }),
  });

const written = (): RepeatsDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RepeatsDocument;

describe('a plan with repeats', () => {
  test('leaves a run folder for each, and one document over all of them', async () => {
    const { document, error, exitCode } = await run(modelBackend());
    expect([error, exitCode]).toEqual([null, 0]);
    expect(readdirSync(join(folder, 'repeats'))).toEqual(['01', '02', '03']);
    expect(written()).toEqual(JSON.parse(JSON.stringify(document)));
    for (const number of ['01', '02', '03']) {
      const own = JSON.parse(readFileSync(join(folder, 'repeats', number, 'run.json'), 'utf8'));
      expect(own).toEqual(written().repeats[Number(number) - 1]);
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest.sha256)).toContain('repeats/03/events.ndjson');
  });

  test('draws every repeat from a stream of its own: they differ, and their leases are of every age', async () => {
    const { document } = await run(modelBackend());
    const ages = document?.repeats.map(({ repeat }) => repeat?.leaseAgeAtFaultMs ?? 0) ?? [];
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(3000);
    const firsts = new Set(document?.repeats.map(({ timing }) => timing.firstNotReadyMs));
    expect(firsts.size).toBe(3);
  });

  test('is summed up again from its folder to the same byte', async () => {
    await run(modelBackend());
    const before = readFileSync(join(folder, 'run.json'), 'utf8');
    await writeRepeatsReports(folder, await readRepeatsFolder(folder));
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe(before);
  });

  test('keeps the repeats that came to their end when it is interrupted, and begins no other', async () => {
    const interruption = new AbortController();
    const model = modelBackend();
    let closed = 0;
    const interrupted: Backend = {
      ...model,
      run: async (own, recorder, signal) => {
        if (own.repeat?.number === 2) interruption.abort(new Error('enough'));
        signal.throwIfAborted();
        await model.run(own, recorder, signal);
      },
      close: async () => {
        closed += 1;
      },
    };
    const { document, error } = await run(interrupted, interruption.signal);
    expect((error as Error).message).toBe('enough');
    expect(closed).toBe(1);
    expect(readdirSync(join(folder, 'repeats'))).toEqual(['01', '02']);
    expect(document).toMatchObject({ verdict: 'inconclusive', requests: { offered: { of: 1 } } });
    expect(document?.reasons.at(-1)).toBe('1 of 3 repeats came to their end');
    expect(document?.reasons[0]).toMatch(/^repeat 2 was cut short: /);
  });

  test('says why where not even the first came to its end', async () => {
    const broken: Backend = {
      ...modelBackend(),
      run: async () => {
        throw new Error('no cluster');
      },
    };
    const { document, error } = await run(broken);
    expect((error as Error).message).toBe('no cluster');
    if (document === null) throw new Error('expected a document');
    expect(repeatsText(document, { columns: 80, colour: false, folder: 'runs/x' })).toBe(
      `  predicted, nothing was run: every figure comes from the model
  INCONCLUSIVE  neither pass nor fail: the evidence is not valid or not whole
    - repeat 1 was cut short: the run failed: no cluster
    - 0 of 3 repeats came to their end
  Evidence  runs/x  (run.json; each repeat in repeats/)
`,
    );
  });

  test('a repeat whose record was edited afterwards is refused, and named', async () => {
    await run(modelBackend());
    const events = join(folder, 'repeats', '02', 'events.ndjson');
    writeFileSync(events, readFileSync(events, 'utf8').replace('"NodeStatusUnknown"', '"Nothing"'));
    await expect(readRepeatsFolder(folder)).rejects.toThrow(
      /^.*: expected the files that manifest\.json has the sums of:\nrepeats\/02\/events\.ndjson: expected sha256 /,
    );
    const { notes } = await readRepeatsFolder(folder, { acceptChanges: true });
    expect(notes.join()).toContain('repeats/02/events.ndjson');
  });

  test('a folder in which no repeat was begun is refused', async () => {
    mkdirSync(join(folder, 'repeats'));
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    await expect(readRepeatsFolder(folder)).rejects.toThrow(
      `${join(folder, 'repeats')}: expected repeats, found none.`,
    );
  });
});
