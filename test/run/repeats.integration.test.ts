import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, type TestSuites } from 'junit2json';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/index.ts';
import { modelBackend } from '../../src/backend/model/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { repeatsText } from '../../src/report/index.ts';
import { executeRepeats, readRepeatsFolder, writeRepeatsReports } from '../../src/run/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import type { RepeatsDocument } from '../../src/verdict/index.ts';
import { readOpenMetrics } from '../report/formats/open-metrics-reader.ts';
import { callProgram } from '../support/call-program.ts';
import { runProgram } from '../support/program.ts';
import { bytesOf } from './model-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-repeats-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { scenario, resolved } = loadScenario('tight-grace', {
  overrides: [
    { origin: 'test', path: ['repeats'], value: 3 },
    { origin: 'test', path: ['expect'], value: [] },
  ],
});
const plan = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });

const run = (backend: Backend, signal = new AbortController().signal, into = folder) =>
  executeRepeats({
    startedAt: new Date(),
    plan,
    backend,
    folder: into,
    scenarioYaml: resolved,
    signal,
    onRepeat: () => ({ listeners: [], ended: () => undefined }),
  });

let complete: string;
let ended: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  complete = mkdtempSync(join(tmpdir(), 'skipbeat-repeats-'));
  ended = await run(modelBackend(), undefined, complete);
});
afterAll(() => rmSync(complete, { recursive: true }));

/** The folder as those repeats left it, for a test to spoil. */
const copyComplete = (): void => cpSync(complete, folder, { recursive: true, preserveTimestamps: true });

const report = (path: string) => callProgram(['report', path], { cwd: folder });

const reportNames = ['run.json', 'summary.md', 'junit.xml', 'report.html', 'openmetrics.txt'] as const;

const written = (): RepeatsDocument => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RepeatsDocument;

const problemOf = async (path: string): Promise<string> => {
  const thrown: unknown = await readRepeatsFolder(path).catch((problem: unknown) => problem);
  if (thrown instanceof Error) return thrown.message;
  throw new Error('expected a refusal');
};

const withoutSums = (text: string): string => text.replaceAll(/\b[0-9a-f]{12}…/g, 'SUM');

const noSeal =
  'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them';

describe('a plan with repeats', () => {
  test('leaves a run folder for each, and one document over all of them', async () => {
    copyComplete();
    const { document, error, exitCode } = ended;
    expect([error, exitCode]).toEqual([null, 0]);
    expect(readdirSync(join(folder, 'repeats'))).toEqual(['01', '02', '03']);
    expect(written()).toEqual(JSON.parse(JSON.stringify(document)));
    for (const number of ['01', '02', '03']) {
      const own = JSON.parse(readFileSync(join(folder, 'repeats', number, 'run.json'), 'utf8'));
      expect(own).toEqual(written().repeats[Number(number) - 1]);
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const recorded = ['events.ndjson', 'plan.json', 'requests.ndjson.gz', 'scenario.yaml'];
    expect(Object.keys(manifest.sha256)).toEqual(
      [
        ...['plan.json', 'scenario.yaml', ...reportNames],
        ...['01', '02', '03'].flatMap((number) =>
          [...recorded, ...reportNames, 'manifest.json'].map((name) => `repeats/${number}/${name}`),
        ),
      ].sort(),
    );
  });

  test('draws every repeat from a stream of its own: they differ, and their leases are of every age', async () => {
    const { document } = ended;
    const ages = document?.repeats.map(({ repeat }) => repeat?.leaseAgeAtFaultMs ?? 0) ?? [];
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(3000);
    const firsts = new Set(document?.repeats.map(({ timing }) => timing.firstNotReadyMs));
    expect(firsts.size).toBe(3);
  });

  test('has every format of a single run, together and in each repeat', async () => {
    copyComplete();
    const made = [...reportNames, 'manifest.json', 'plan.json', 'scenario.yaml'];
    expect(readdirSync(folder).sort()).toEqual([...made, 'repeats'].sort());
    for (const number of ['01', '03'])
      expect(readdirSync(join(folder, 'repeats', number)).sort()).toEqual(
        [...made, 'events.ndjson', 'requests.ndjson.gz'].sort(),
      );
    expect(readFileSync(join(folder, 'summary.md'), 'utf8').split('\n')[0]).toBe(
      '### MEASURED: tight-grace, Grace as short as the heartbeat',
    );
    expect(((await parse(readFileSync(join(folder, 'junit.xml'), 'utf8'))) as TestSuites).testsuite).toHaveLength(3);
    expect(readOpenMetrics(readFileSync(join(folder, 'openmetrics.txt'), 'utf8')).length).toBeGreaterThan(15);
  });

  test('is summed up again from its folder to the same byte, whatever of its reports is gone', async () => {
    copyComplete();
    const before = bytesOf(folder);
    for (const name of reportNames) rmSync(join(folder, name));
    writeFileSync(join(folder, 'repeats', '02', 'summary.md'), 'edited');
    rmSync(join(folder, 'repeats', '03', 'report.html'));
    const read = await readRepeatsFolder(folder);
    expect(read.notes.map((note) => note.replaceAll(/\b[0-9a-f]{12}…/g, 'SUM'))).toEqual([
      'junit.xml: expected this file, found none; it is made again',
      'openmetrics.txt: expected this file, found none; it is made again',
      'repeats/02/summary.md: expected sha256 SUM, found SUM; it is made again',
      'repeats/03/report.html: expected this file, found none; it is made again',
      'report.html: expected this file, found none; it is made again',
      'run.json: expected this file, found none; it is made again',
      'summary.md: expected this file, found none; it is made again',
    ]);
    await writeRepeatsReports(folder, read);
    expect(bytesOf(folder)).toEqual(before);
  });

  test('makes one format alone, of the whole and of each repeat', async () => {
    copyComplete();
    const before = bytesOf(folder);
    const places = [folder, join(folder, 'repeats', '02')];
    for (const place of places)
      for (const name of ['junit.xml', 'summary.md']) writeFileSync(join(place, name), 'edited');
    await writeRepeatsReports(folder, await readRepeatsFolder(folder), ['junit']);
    for (const place of places) expect(readFileSync(join(place, 'summary.md'), 'utf8')).toBe('edited');
    for (const name of ['junit.xml', 'repeats/02/junit.xml']) expect(bytesOf(folder)[name]).toBe(before[name]);
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
    expect(document?.reasons[0]).toBe('repeat 2 was cut short: the run was interrupted: enough');
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
  INCONCLUSIVE  neither pass nor fail: not every repeat decides it
    - repeat 1 was cut short: the run failed: no cluster
    - 0 of 3 repeats came to their end
  Evidence  runs/x  (run.json; each repeat in repeats/)
`,
    );
  });

  test('a repeat whose record was edited afterwards is refused, and named', async () => {
    copyComplete();
    const events = join(folder, 'repeats', '02', 'events.ndjson');
    writeFileSync(events, readFileSync(events, 'utf8').replace('"NodeStatusUnknown"', '"Nothing"'));
    const changed = 'repeats/02/events.ndjson: expected sha256 SUM, found SUM';
    expect(withoutSums(await problemOf(folder))).toBe(
      `${folder}: expected the files that manifest.json has the sums of:\n${changed}`,
    );
    const { notes } = await readRepeatsFolder(folder, { acceptChanges: true });
    expect(notes.map(withoutSums)).toEqual([`${changed}; taken as it is`]);
  });

  test('a repeat whose folder is missing is named, and never left out in silence', async () => {
    copyComplete();
    rmSync(join(folder, 'repeats', '02'), { recursive: true });
    const missing = [
      ...['events.ndjson', 'junit.xml', 'manifest.json', 'openmetrics.txt', 'plan.json', 'report.html'],
      ...['requests.ndjson.gz', 'run.json', 'scenario.yaml', 'summary.md'],
    ].map((name) => `repeats/02/${name}: expected this file, found none`);
    const sums = `${folder}: expected the files that manifest.json has the sums of:`;
    expect(await problemOf(folder)).toBe([sums, ...missing].join('\n'));
    const read = await readRepeatsFolder(folder, { acceptChanges: true });
    expect(read.document).toMatchObject({
      verdict: 'inconclusive',
      evidence: { sealed: false },
      reasons: [
        ...missing.map((text) => `${text}; taken as it is`),
        'repeat 2: what was seen in it is missing from the folder',
        '2 of 3 repeats came to their end and are here',
      ],
      lacking: [{ number: 2, how: 'missing', reasons: ['its folder is missing'] }],
    });
    expect(read.document.repeats.map(({ repeat }) => repeat?.number)).toEqual([1, 3]);
    expect(read.document.requests.offered).toMatchObject({ seen: 2, of: 2 });
    expect(read.notes.every((note) => note.endsWith('; taken as it is'))).toBe(true);
    await writeRepeatsReports(folder, read);
    const [, why = ''] = readFileSync(join(folder, 'summary.md'), 'utf8').split('**Why it proves nothing**\n\n');
    expect(why.split('\n\n')[0]?.split('\n')).toEqual([
      ...missing.slice(0, 3).map((text) => `- ${text}; taken as it is`),
      '- … and 9 more in `run.json`',
    ]);
    expect(await problemOf(folder)).toBe([sums, ...missing].join('\n'));
  });

  test('one that is missing from a folder without sums is known by those after it', async () => {
    copyComplete();
    rmSync(join(folder, 'manifest.json'));
    rmSync(join(folder, 'repeats', '01'), { recursive: true });
    const { document, notes } = await readRepeatsFolder(folder);
    expect(document.lacking).toMatchObject([{ number: 1, how: 'missing' }]);
    expect(document.verdict).toBe('inconclusive');
    expect(notes).toEqual([noSeal]);
  });

  test.each([
    ['requests.ndjson.gz', 'expected requests.ndjson.gz beside what is there, found none.'],
    ['plan.json', 'expected plan.json beside what is there, found none.'],
  ])('a repeat without its %s is refused even where changes are accepted', async (name, problem) => {
    copyComplete();
    rmSync(join(folder, 'repeats', '02', name));
    await expect(readRepeatsFolder(folder, { acceptChanges: true })).rejects.toThrow(
      `${join(folder, 'repeats', '02')}: ${problem}`,
    );
  });

  test.each([
    [
      'another number',
      (own: Plan) => ({ ...own, repeat: { ...own.repeat, number: 3 } }),
      'expected repeat 2 of 3, received repeat 3 of 3.',
    ],
    [
      'another set of repeats',
      (own: Plan) => ({ ...own, repeat: { ...own.repeat, of: 9 } }),
      'expected repeat 2 of 3, received repeat 2 of 9.',
    ],
    ['a single run', ({ repeat, ...own }: Plan) => own, 'expected repeat 2 of 3, received a run that is no repeat.'],
    [
      'another load',
      (own: Plan) => ({ ...own, load: { ...own.load, ratePerSecond: 500 } }),
      'expected the plan that the whole has for it, received another.',
    ],
  ])('a repeat with the plan of %s is refused', async (_, edit, problem) => {
    copyComplete();
    const own = join(folder, 'repeats', '02');
    for (const place of [folder, own]) rmSync(join(place, 'manifest.json'));
    const path = join(own, 'plan.json');
    writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')) as Plan)));
    await expect(readRepeatsFolder(folder)).rejects.toThrow(`${path}: ${problem}`);
  });

  test('a set that a kill cut in its second repeat is sealed by report, and the next gives the same bytes', async () => {
    copyComplete();
    rmSync(join(folder, 'repeats', '03'), { recursive: true });
    const second = join(folder, 'repeats', '02');
    for (const place of [folder, second])
      for (const name of ['manifest.json', ...reportNames]) rmSync(join(place, name));
    const events = readFileSync(join(second, 'events.ndjson'));
    writeFileSync(join(second, 'events.ndjson'), events.subarray(0, events.length >> 1));
    const requests = readFileSync(join(second, 'requests.ndjson.gz'));
    writeFileSync(join(second, 'requests.ndjson.gz'), requests.subarray(0, requests.length >> 1));
    const first = await runProgram(['report', folder], { cwd: folder });
    expect(first.exitCode).toBe(2);
    expect(first.stderr).toBe(`${noSeal}\nrepeats/02/${noSeal}\n`);
    // Where half of the events end is their matter.
    expect(written().reasons.map((reason) => reason.replace(/at \d+\.\d s/, 'at TIME'))).toEqual([
      noSeal,
      `repeat 2: ${noSeal}`,
      'repeat 2 was cut short: the record ends at TIME, before the end of the run',
      '1 of 3 repeats came to their end',
    ]);
    expect(written().lacking).toMatchObject([
      { number: 2, how: 'cutShort' },
      { number: 3, how: 'neverBegun' },
    ]);
    const before = bytesOf(folder);
    const made = [...reportNames, 'manifest.json', 'plan.json', 'scenario.yaml'];
    const ofOne = [...made, 'events.ndjson', 'requests.ndjson.gz'];
    expect(Object.keys(before).sort()).toEqual(
      [...made, ...['01', '02'].flatMap((number) => ofOne.map((name) => `repeats/${number}/${name}`))].sort(),
    );
    const again = await report(folder);
    expect([again.exitCode, again.stdout]).toEqual([2, first.stdout]);
    expect(bytesOf(folder)).toEqual(before);
  });

  test('a set without any of its repeats says what is missing', async () => {
    copyComplete();
    rmSync(join(folder, 'repeats'), { recursive: true });
    const { exitCode, stderr } = await report(folder);
    expect([exitCode, stderr]).toEqual([
      64,
      `EVIDENCE_UNREADABLE  ${join(folder, 'repeats')}: expected the 3 repeats that plan.json asks for, found none.\nTry: get the folder again from where it was made\n`,
    ]);
  });

  test('a folder in which no repeat was begun is refused', async () => {
    mkdirSync(join(folder, 'repeats'));
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    await expect(readRepeatsFolder(folder)).rejects.toThrow(
      `${join(folder, 'repeats')}: expected repeats, found none.`,
    );
  });
});
