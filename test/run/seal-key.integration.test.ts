import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRepeatsFolder, readRunFolder, readSealKey, writeRepeatsReports } from '../../src/run/index.ts';
import { callProgram } from '../support/call-program.ts';
import { runProgram } from '../support/program.ts';
import { refusalOf } from '../support/refusal.ts';

// A folder that was sealed with a key, and what somebody can do to it who has not got that key.

const skipbeat = (...args: readonly string[]) => callProgram([...args, '--no-color'], { cwd: process.cwd() });

let place: string;
let key: string;
let other: string;

const keyFile = (name: string, text: string, mode = 0o600): string => {
  const path = join(place, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

const scenario = `name: sealed
profile: {name: g20, nodeMonitorGracePeriod: 20s}
load: {ratePerSecond: 5}
phases: [{steady: 5s}, {fault: 24s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 90s}}]
expect: [{figure: nodes.notReadyTransitions, min: 1}]
`;

type Judged = { readonly verdict: string; readonly reasons: readonly string[] };
const documentOf = (folder: string): Judged => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Judged;

const sealedRun = async (name: string, ...args: readonly string[]): Promise<string> => {
  const folder = join(place, name);
  const file = join(place, 'sealed.yaml');
  const run = await skipbeat('run', file, '--backend', 'model', '--out', folder, '--seal-key', key, ...args);
  expect([run.exitCode, documentOf(folder).verdict]).toEqual([0, 'pass']);
  return folder;
};

let run: string;
let repeats: string;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-seal-'));
  key = keyFile('own.key', `${'k'.repeat(44)}\n`);
  other = keyFile('other.key', 'o'.repeat(44));
  writeFileSync(join(place, 'sealed.yaml'), scenario);
  run = await sealedRun('run');
  repeats = await sealedRun('repeats', '--repeats', '2');
});
afterAll(() => rmSync(place, { recursive: true }));

let copies = 0;
const copyOf = (folder: string): string => {
  copies += 1;
  const copy = join(place, `copy-${copies}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
};

type Manifest = { readonly sha256: Record<string, string>; readonly hmacSha256?: string };
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
const writeManifest = (folder: string, manifest: Manifest): void =>
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));

/** Edits a log, of which nothing else says what is in it, and takes its sum anew, as whoever has the folder can. */
const forge = (folder: string): void => {
  const path = join(folder, 'requests.ndjson.gz');
  writeFileSync(path, gzipSync(gunzipSync(readFileSync(path))), { flag: 'w' });
  writeFileSync(
    join(folder, 'scenario.yaml'),
    `${readFileSync(join(folder, 'scenario.yaml'), 'utf8')}# all was well\n`,
  );
  const manifest = manifestOf(folder);
  const sums = ['requests.ndjson.gz', 'scenario.yaml'].map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
  writeManifest(folder, { ...manifest, sha256: { ...manifest.sha256, ...Object.fromEntries(sums) } });
};

const whyOf = async (folder: string, file: string | null): Promise<readonly string[]> => {
  const sealKey = file === null ? null : readSealKey(file);
  return (await readRunFolder(folder, { sealKey })).document.evidence?.why ?? [];
};

const none = 'found none: the run had no key, or somebody without it sealed its folder again';
const another = 'found another: the run had another key, or somebody without it changed the folder';
const expected = (file: string, found: string): string =>
  `manifest.json: expected the seal of --seal-key ${file}, ${found}`;

describe('a run with --seal-key', () => {
  test('is proved by that key, wherever the folder was copied to, and without it is what any run is', async () => {
    for (const folder of [run, copyOf(run)]) {
      expect(await whyOf(folder, key)).toEqual([]);
      expect(await whyOf(folder, null)).toEqual([]);
    }
    const report = await skipbeat('report', run, '--seal-key', key, '--format', 'none');
    expect([report.exitCode, report.stderr]).toEqual([
      0,
      `sealed with the key in ${key}: nobody without that key has changed what was recorded\n`,
    ]);
    const unasked = await runProgram(['report', run, '--format', 'none'], { cwd: place });
    expect(unasked.stderr).toBe('sealed with a key, which was not checked: --seal-key FILE does\n');
  });

  test('whose evidence was edited and sealed again without the key passes without it, and never with it', async () => {
    const folder = copyOf(run);
    forge(folder);
    expect(await whyOf(folder, null)).toEqual([]);
    expect(await whyOf(folder, key)).toEqual([expected(key, another)]);
    const { hmacSha256: _, ...without } = manifestOf(folder);
    writeManifest(folder, without);
    expect(await whyOf(folder, key)).toEqual([expected(key, none)]);
    const report = await skipbeat('report', folder, '--seal-key', key);
    expect([report.exitCode, documentOf(folder)]).toMatchObject([
      2,
      { verdict: 'inconclusive', reasons: [expected(key, none)] },
    ]);
    for (const file of ['run.json', 'summary.md', 'junit.xml', 'report.html', 'openmetrics.txt']) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, text.includes('somebody without it sealed its folder again')]).toEqual([file, true]);
    }
  });

  test('is not proved by another key, nor is one whose manifest was taken away and made by report', async () => {
    expect(await whyOf(run, other)).toEqual([expected(other, another)]);
    const folder = copyOf(run);
    rmSync(join(folder, 'manifest.json'));
    expect((await skipbeat('report', folder, '--seal-key', key)).exitCode).toBe(2);
    expect(manifestOf(folder).hmacSha256).toBeUndefined();
    expect(await whyOf(folder, key)).toEqual([
      'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them',
      expected(key, none),
    ]);
  });

  test('keeps its seal when its reports are made again by somebody without the key', async () => {
    const folder = copyOf(run);
    writeFileSync(join(folder, 'report.html'), 'not what it was');
    expect((await skipbeat('report', folder)).exitCode).toBe(0);
    expect(await whyOf(folder, key)).toEqual([]);
    const together = copyOf(repeats);
    await writeRepeatsReports(together, await readRepeatsFolder(together));
    const { document } = await readRepeatsFolder(together, { sealKey: readSealKey(key) });
    expect(document.evidence).toEqual({ sealed: true, why: [] });
  });

  test('of several repeats seals each of them, and all together', async () => {
    const wrong = async (folder: string): Promise<readonly string[]> =>
      (await readRepeatsFolder(folder, { sealKey: readSealKey(key) })).document.reasons;
    expect(await wrong(repeats)).toEqual([]);
    expect(await whyOf(join(repeats, 'repeats/02'), key)).toEqual([]);
    const folder = copyOf(repeats);
    const own = join(folder, 'repeats/02');
    const { hmacSha256: _, ...without } = manifestOf(own);
    writeManifest(own, without);
    const manifest = manifestOf(folder);
    const sum = createHash('sha256')
      .update(readFileSync(join(own, 'manifest.json')))
      .digest('hex');
    writeManifest(folder, { ...manifest, sha256: { ...manifest.sha256, 'repeats/02/manifest.json': sum } });
    expect(await wrong(folder)).toEqual([`repeat 2: ${expected(key, none)}`]);
  });

  test('is compared by the key that both sides were sealed with, and refused by another or by none', async () => {
    const base = await sealedRun('base', '--repeats', '2', '--seed', '5');
    const proved = await skipbeat('compare', base, repeats, '--seal-key', key, '--json');
    expect(JSON.parse(proved.stdout)).toMatchObject({
      unsealed: [],
      notes: [`sealed with the key in ${key}: nobody without that key has changed a run`],
    });
    const wrong = await runProgram(['compare', base, repeats, '--seal-key', other], { cwd: place });
    const why = (folder: string): readonly string[] =>
      ['', 'every repeat: '].map((whose) => `${folder}: ${whose}${expected(other, another)}`);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      `EVIDENCE_UNSEALED  ${base}: expected runs as they were left, found otherwise:
${why(base)
  .map((line) => `  ${line}\n`)
  .join('')}Try: get the folder again from where it was made; --unsealed compares it and says so
`,
    ]);
    const taken = await skipbeat('compare', base, repeats, '--seal-key', other, '--unsealed', '--json');
    // Two runs a side are too few to tell anything.
    expect([taken.exitCode, JSON.parse(taken.stdout)]).toMatchObject([
      2,
      { verdict: 'unknown', unsealed: [base, repeats].flatMap(why) },
    ]);
  });
});

describe('the file of a key', () => {
  const make = (file: string): string => `(umask 077; head -c 32 /dev/urandom | base64 > ${file})`;
  /** Where a file is there already, which may be a key for something else: nothing that is typed writes over it. */
  const anotherFile = `name another file, or make a new one: ${make('skipbeat.key')}`;
  const whyNot = (file: string): readonly (string | null)[] => {
    const { message, next } = refusalOf(() => readSealKey(file));
    return [message, next];
  };

  test.each([
    ['a shared.key', 'k'.repeat(44), 0o640, 'a file that its owner alone can read (mode 0600), found mode 0640', null],
    ['open.key', 'k'.repeat(44), 0o604, 'a file that its owner alone can read (mode 0600), found mode 0604', null],
    ['short.key', `${'k'.repeat(31)}\n\n`, 0o600, 'a key of 32 to 4096 bytes, found 31', anotherFile],
    ['empty.key', '', 0o600, 'a key of 32 to 4096 bytes, found 0', anotherFile],
    ['long.key', 'k'.repeat(4097), 0o600, 'a key of 32 to 4096 bytes, found 4097', anotherFile],
  ])('%s is refused', (name, text, mode, expected, next) => {
    const file = keyFile(name, text, mode);
    expect(whyNot(file)).toEqual([
      `--seal-key ${file}: expected ${expected}.`,
      next ?? `chmod 600 ${name.includes(' ') ? `'${file}'` : file}`,
    ]);
  });

  test('is refused where there is none, and in the folder that it seals, before anything is run', async () => {
    const nowhere = join(place, 'no.key');
    expect(whyNot(nowhere)).toEqual([
      `--seal-key ${nowhere}: expected a file with a key, found nothing there.`,
      make(nowhere),
    ]);
    expect(whyNot(place)).toEqual([
      `--seal-key ${place}: expected a file with a key, found something else.`,
      anotherFile,
    ]);
    const folder = join(place, 'not-made');
    const file = join(place, 'sealed.yaml');
    const refused = await skipbeat('run', file, '--backend', 'model', '--out', folder, '--seal-key', nowhere);
    expect(refused).toEqual({
      ...{ exitCode: 64, stdout: '' },
      stderr: `SEAL_KEY_INVALID  --seal-key ${nowhere}: expected a file with a key, found nothing there.\nTry: ${make(nowhere)}\n`,
    });
    expect(existsSync(folder)).toBe(false);
    const inside = copyOf(run);
    mkdirSync(join(inside, 'logs'), { recursive: true });
    cpSync(key, join(inside, 'logs/own.key'));
    const own = join(inside, 'logs/own.key');
    await expect(readRunFolder(inside, { sealKey: readSealKey(own) })).rejects.toMatchObject({
      message: `--seal-key ${own}: expected a key outside of the folder that it seals, found one in ${inside}.`,
    });
  });

  test('is the same with and without the line end that copying loses', () => {
    const bare = readSealKey(keyFile('bare.key', 'k'.repeat(44)));
    expect(bare.bytes).toEqual(readSealKey(key).bytes);
  });
});
