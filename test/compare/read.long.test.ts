import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelBackend } from '../../src/backend/model/index.ts';
import { readSide } from '../../src/compare/index.ts';
import { assertTwo } from '../../src/compare/read.ts';
import { executeRepeats } from '../../src/run/index.ts';
import { gracePlan, graceYaml } from './runs.ts';

let place: string;
let complete: string;

const runInto = async (folder: string, repeats: number, seed: number): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  await executeRepeats({
    startedAt: new Date(),
    plan: gracePlan('20s', repeats, seed),
    backend: modelBackend(),
    folder,
    scenarioYaml: graceYaml('20s', repeats, seed),
    signal: new AbortController().signal,
    onRepeat: () => ({ listeners: [], ended: () => undefined }),
  });
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-compare-'));
  complete = join(place, 'whole');
  await runInto(complete, 2, 1);
});
afterAll(() => rmSync(place, { recursive: true }));

/** A copy of the run with its run.json changed. */
const edited = (name: string, change: (text: string) => string): string => {
  const folder = join(place, name);
  cpSync(complete, folder, { recursive: true });
  const path = join(folder, 'run.json');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return path;
};

describe('a side of a comparison', () => {
  test('is the same from a folder with repeats, from its run.json, and from a folder of run folders', async () => {
    const { runs, notes, unsealed } = await readSide(complete);
    expect([runs.length, notes, unsealed]).toEqual([2, [], []]);
    expect((await readSide(join(complete, 'run.json'), { unsealed: true })).runs).toEqual(
      JSON.parse(JSON.stringify(runs)),
    );
    expect((await readSide(join(complete, 'repeats'))).runs).toEqual(runs);
  });

  describe('that is a folder full of run folders', () => {
    const full = (name: string): string => {
      const folder = join(place, name);
      cpSync(join(complete, 'repeats'), folder, { recursive: true });
      return folder;
    };

    test('is refused where plan.json was taken out of one of them, not read without it', async () => {
      const folder = full('robbed');
      const [, robbed = ''] = readdirSync(folder).sort();
      rmSync(join(folder, robbed, 'plan.json'));
      await expect(readSide(folder)).rejects.toThrow(
        `${join(folder, robbed)}: expected plan.json beside what is there, found none`,
      );
    });

    test('takes in what a link leads to, and names each folder that is no run’s', async () => {
      const folder = full('linked');
      const [, second = ''] = readdirSync(folder).sort();
      renameSync(join(folder, second), join(place, 'elsewhere'));
      symlinkSync(join(place, 'elsewhere'), join(folder, second));
      mkdirSync(join(folder, 'more'));
      const { runs, notes } = await readSide(folder);
      expect([runs.length, notes]).toEqual([2, [`not read, no run folder: more in ${folder}`]]);
    });
  });

  test('is refused where a folder beside its runs has runs, too, however deep: those may be the ones that speak against it', async () => {
    const folder = join(place, 'hiding');
    cpSync(complete, join(folder, 'good'), { recursive: true });
    cpSync(complete, join(folder, 'old', 'deep', 'bad'), { recursive: true });
    await expect(readSide(folder)).rejects.toThrow(expect.objectContaining({ code: 'RUNS_BESIDE', exitCode: 64 }));
    await expect(readSide(folder)).rejects.toThrow(
      `${folder}: expected run folders alone, found beside them folders with runs in them: old.`,
    );
    expect((await readSide(join(folder, 'good'))).runs).toHaveLength(2);
    expect((await readSide(join(folder, 'old', 'deep'))).runs).toHaveLength(2);
    rmSync(join(folder, 'old', 'deep', 'bad'), { recursive: true });
    expect((await readSide(folder)).notes).toEqual([`not read, no run folder: old in ${folder}`]);
  });

  test('is what was a run’s folder, whatever lies in it; what was packed, and links to nothing, are named', async () => {
    const folder = join(place, 'replaced');
    cpSync(complete, join(folder, 'good'), { recursive: true });
    symlinkSync(join(place, 'nowhere'), join(folder, 'link'));
    writeFileSync(join(folder, 'third.tar.gz'), '');
    writeFileSync(join(folder, 'notes.md'), '');
    const { runs, notes } = await readSide(folder);
    expect([runs.length, notes]).toEqual([2, [`not read, no run folder: link, third.tar.gz in ${folder}`]]);
    cpSync(join(complete, 'repeats/01'), join(folder, 'bad'), { recursive: true });
    rmSync(join(folder, 'bad/plan.json'));
    cpSync(complete, join(folder, 'bad/good'), { recursive: true });
    await expect(readSide(folder)).rejects.toThrow(`${join(folder, 'bad')}: expected plan.json`);
    await expect(readSide(join(folder, 'bad'))).rejects.toThrow(`${join(folder, 'bad')}: expected plan.json`);
  });

  test('that is truncated is refused', async () => {
    const path = edited('truncated', (text) => text.slice(0, 2000));
    await expect(readSide(path)).rejects.toThrow(`${path}: expected a run.json, found `);
  });

  test('of another schema version is refused by its number', async () => {
    const path = edited('newer', (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 2'));
    await expect(readSide(path)).rejects.toThrow(`${path}: schemaVersion: expected 1, received 2.`);
  });

  test('that was edited afterwards is refused by its sum, unless that is accepted', async () => {
    const path = edited('by-hand', (text) => text.replace('"title": "', '"title": "My '));
    await expect(readSide(path)).rejects.toThrow(`${path}: run.json: expected sha256 `);
    expect((await readSide(path, { unsealed: true })).runs).toHaveLength(2);
  });

  test('that contradicts itself is refused whatever is accepted: requests that its rate and phases do not ask for', async () => {
    const path = edited('fewer', (text) => text.replace(/"offered": \d+/g, '"offered": 7'));
    await expect(readSide(path, { unsealed: true })).rejects.toThrow(
      expect.objectContaining({ code: 'EVIDENCE_UNREADABLE', exitCode: 64 }),
    );
    await expect(readSide(path, { unsealed: true })).rejects.toThrow(
      `${path}: expected a document that agrees with itself, found otherwise:\n  repeat 1: requests: expected outcomes of all 7 requests, found those of `,
    );
  });

  test('that is a lone run.json is compared only where that is asked for, and then named', async () => {
    const path = join(complete, 'run.json');
    const alone = `${path}: run.json: expected the folder that it was made from, found this file alone: nothing of the run is here to check`;
    await expect(readSide(path)).rejects.toThrow(expect.objectContaining({ code: 'EVIDENCE_UNSEALED', exitCode: 2 }));
    await expect(readSide(path)).rejects.toThrow(alone);
    const { unsealed } = await readSide(path, { unsealed: true });
    expect(unsealed).toEqual([alone]);
  });

  test('that is some of the repeats of a run, taken out of their set, is refused, for who chose them chose the figures', async () => {
    const folder = join(place, 'chosen');
    mkdirSync(folder);
    cpSync(join(complete, 'repeats', '02'), join(folder, '02'), { recursive: true });
    const problem = 'expected all 2 repeats of their run, found 2 without the others';
    await expect(readSide(folder)).rejects.toThrow(`${folder}: ${problem}`);
    await expect(readSide(join(complete, 'repeats', '02'))).rejects.toThrow(problem);
    expect(await readSide(folder, { unsealed: true })).toMatchObject({ unsealed: [`${folder}: ${problem}`] });
  });

  describe('beside other sets', () => {
    let others: string;
    beforeAll(async () => {
      others = join(place, 'others');
      await runInto(join(others, 'two'), 2, 2);
      await runInto(join(others, 'three'), 3, 3);
    }, 240_000);

    test('that has one repeat of each number, some of one set, some of another, is refused as well', async () => {
      const mixed = join(place, 'mixed');
      cpSync(join(complete, 'repeats/01'), join(mixed, '01'), { recursive: true });
      cpSync(join(others, 'two/repeats/02'), join(mixed, '02'), { recursive: true });
      await expect(readSide(mixed)).rejects.toThrow(
        `${mixed}: expected all 2 repeats of their run, found 1, 2 without the others`,
      );
    });

    test('that lacks seeds of the model between others is refused, for who left them out chose the figures', async () => {
      const gapped = join(place, 'gapped');
      await runInto(join(gapped, 'one'), 2, 5);
      await runInto(join(gapped, 'other'), 2, 7);
      const problem = `${gapped}: expected runs of the model at seeds that follow each other, found 2 of those from 5 to 7`;
      await expect(readSide(gapped)).rejects.toThrow(problem);
      expect(await readSide(gapped, { unsealed: true })).toMatchObject({ unsealed: [problem] });
      await runInto(join(gapped, 'between'), 2, 6);
      expect((await readSide(gapped)).unsealed).toEqual([]);
    });

    test('that has sets of the model of other sizes is refused, for of each seed one of them was chosen', async () => {
      const problem = `${others}: expected sets of as many repeats each, found some of 2, 3`;
      await expect(readSide(others)).rejects.toThrow(problem);
    });

    test('may be whole sets, and all repeats of a set, each by itself', async () => {
      const same = join(place, 'same');
      cpSync(join(others, 'two'), join(same, 'two'), { recursive: true });
      expect((await readSide(same)).runs).toHaveLength(2);
      for (const number of ['01', '02'])
        cpSync(join(complete, 'repeats', number), join(same, number), { recursive: true });
      expect((await readSide(same)).runs).toHaveLength(4);
    });
  });

  test('takes the run folders behind links, too: none drops out in silence', async () => {
    const folder = join(place, 'links');
    mkdirSync(folder);
    cpSync(join(complete, 'repeats', '01'), join(folder, '01'), { recursive: true });
    symlinkSync(join(complete, 'repeats', '02'), join(folder, '02'));
    expect((await readSide(folder)).runs).toHaveLength(2);
  });

  test('with one broken seal among its folders is refused as a whole: no run drops out in silence', async () => {
    const folder = join(place, 'seal');
    cpSync(join(complete, 'repeats'), folder, { recursive: true });
    rmSync(join(folder, '02', 'manifest.json'));
    await expect(readSide(folder)).rejects.toThrow(
      `${join(folder, '02')}: manifest.json: expected the seal that a run leaves at its end, found none`,
    );
    const { runs, unsealed } = await readSide(folder, { unsealed: true });
    expect([runs.length, unsealed.length]).toEqual([2, 1]);
  });

  test('with a figure that is none is refused by its name', async () => {
    const path = edited('no-figure', (text) =>
      text.replace(/"notReadyTransitions": \d+/, '"notReadyTransitions": "two"'),
    );
    await expect(readSide(path)).rejects.toThrow('notReadyTransitions');
  });

  test('from which a file is missing is refused by the name of the file', async () => {
    const folder = join(place, 'missing');
    cpSync(complete, folder, { recursive: true });
    rmSync(join(folder, 'repeats', '02', 'requests.ndjson.gz'));
    await expect(readSide(folder)).rejects.toThrow('repeats/02/requests.ndjson.gz: expected this file, found none');
  });

  test('that is somebody else’s folder, or nothing, is refused', async () => {
    const foreign = join(place, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'notes.txt'), 'hello');
    await expect(readSide(foreign)).rejects.toThrow(`${foreign}: expected a run folder with plan.json`);
    await expect(readSide(join(place, 'nowhere'))).rejects.toThrow('expected a run folder, found nothing there.');
  });

  test('is never the other side', () => {
    expect(() => assertTwo(complete, join(complete, 'repeats', '..'))).toThrow(
      'expected other runs than those of the base, found the same.',
    );
  });
});
