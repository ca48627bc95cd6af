import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReadRun, readRunFolder } from '../../../src/run/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { callProgram } from '../../support/call-program.ts';
import { runProgram } from '../../support/program.ts';
import { bytesOf, type ModelRun, modelRun } from '../model-run.ts';

let run: ModelRun;
beforeAll(async () => {
  run = await modelRun();
});
afterAll(() => run.remove());

const report = (...args: readonly string[]) => callProgram(['report', ...args], { cwd: run.folder });
/** The same in a process of its own, which knows nothing of the run. */
const started = (...args: readonly string[]) => runProgram(['report', ...args], { cwd: run.folder });

/** Without its manifest a folder is as a kill -9 leaves it: the checks of single files are then the only ones. */
const unsealed = (): string => {
  const folder = run.copy();
  for (const name of ['manifest.json', 'run.json', 'junit.xml', 'summary.md', 'report.html', 'openmetrics.txt'])
    rmSync(join(folder, name));
  return folder;
};

const problemOf = async (folder: string): Promise<string> => {
  try {
    await readRunFolder(folder);
  } catch (thrown) {
    return (thrown as Error).message.replaceAll(folder, 'FOLDER');
  }
  throw new Error('expected a refusal');
};

const lines = (folder: string): string[] => readFileSync(join(folder, 'events.ndjson'), 'utf8').split('\n');
const requestLines = (folder: string): string[] =>
  gunzipSync(readFileSync(join(folder, 'requests.ndjson.gz')))
    .toString()
    .split('\n');
const writeRequests = (folder: string, kept: readonly string[]): void =>
  writeFileSync(join(folder, 'requests.ndjson.gz'), gzipSync(kept.join('\n')));

describe('report', () => {
  test('makes every file again, byte for byte, manifest included', async () => {
    const folder = run.copy();
    for (const name of ['run.json', 'junit.xml', 'summary.md', 'report.html', 'openmetrics.txt'])
      rmSync(join(folder, name));
    const { exitCode, stderr } = await started(folder);
    expect(exitCode).toBe(0);
    expect(stderr.split('\n')).toEqual([
      ...['junit.xml', 'openmetrics.txt', 'report.html', 'run.json', 'summary.md'].map(
        (name) => `${name}: expected this file, found none; it is made again`,
      ),
      '',
    ]);
    expect(bytesOf(folder)).toEqual(bytesOf(run.folder));
  });

  test('makes one format alone, and leaves the others as they are', async () => {
    const folder = run.copy();
    for (const name of ['junit.xml', 'summary.md']) writeFileSync(join(folder, name), 'edited');
    await report(folder, '--format', 'junit');
    expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toBe(readFileSync(join(run.folder, 'junit.xml'), 'utf8'));
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toBe('edited');
  });

  test('names the formats that it knows', async () => {
    const { exitCode, stderr } = await report(run.folder, '--format', 'pdf');
    expect([exitCode, stderr]).toEqual([
      64,
      'REPORT_FORMAT_UNKNOWN  --format: expected json, markdown, junit, html, openmetrics, several of them with commas, or none, received "pdf".\nTry: leave --format out: all of them are made\n',
    ]);
  });

  test('seals what a crash cut short, and the second report gives the same bytes as the first', async () => {
    const folder = unsealed();
    const events = lines(folder);
    writeFileSync(join(folder, 'events.ndjson'), `${events.slice(0, 90).join('\n')}\n${events[90]?.slice(0, 20)}`);
    const first = await report(folder);
    const bytes = bytesOf(folder);
    expect(first.exitCode).toBe(2);
    const cutShort = ['the record ends at 64.7 s, before the end of the run'];
    expect((JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument).reasons).toEqual([
      first.stderr.trimEnd(),
      ...cutShort,
    ]);
    expect(first.stdout.split('\n').filter((line) => line.startsWith('    - '))).toEqual([
      '    - manifest.json: expected the seal that a run leaves at its end, found none:',
      ...cutShort.map((reason) => `    - ${reason}`),
    ]);
    expect(first.stderr).toBe(
      'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them\n',
    );
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).sealedBy).toBe('report');
    const second = await started(folder);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toBe(first.stderr);
    expect(second.stdout).toBe(first.stdout);
    expect(bytesOf(folder)).toEqual(bytes);
  });
});

describe('a record that a kill cut anywhere', () => {
  test('is judged by what is complete, and never passed', async () => {
    const folder = unsealed();
    const events = readFileSync(join(folder, 'events.ndjson'));
    const requests = readFileSync(join(folder, 'requests.ndjson.gz'));
    for (const part of [0, 0.001, 0.1, 0.37, 0.5, 0.81, 0.999]) {
      writeFileSync(join(folder, 'events.ndjson'), events.subarray(0, Math.floor(events.length * part)));
      writeFileSync(join(folder, 'requests.ndjson.gz'), requests.subarray(0, Math.floor(requests.length * part)));
      const { document } = await readRunFolder(folder);
      expect([part, document.verdict, document.reasons.length > 0]).toEqual([part, 'inconclusive', true]);
    }
  });

  test('with every event and half of the requests it says how many are missing', async () => {
    const folder = unsealed();
    const complete = readFileSync(join(folder, 'requests.ndjson.gz'));
    writeFileSync(join(folder, 'requests.ndjson.gz'), complete.subarray(0, complete.length >> 1));
    const { document }: ReadRun = await readRunFolder(folder);
    expect(document.verdict).toBe('inconclusive');
    // Where the compressed half ends is its matter: what is given here is of all that is there.
    expect(
      document.reasons.map((reason) => reason.replaceAll(/\b[\d,]+(?:\.\d)?(?= (?:requests|s|of|are)\b)/g, 'N')),
    ).toEqual([
      'manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them',
      'requests.ndjson.gz: expected the N requests that the model makes of plan.json, found N of which some are others; another model made it, or it was edited',
      'fault has N requests on record, 1,215 were due in it',
      'recover has N requests on record, 1,516 were due in it',
      'N requests were offered and N are on record',
      'the load ended N s before recover did: what the service did after it is not known',
      'requests.refused is not known: no request was due from N s to N s, after a fault had begun',
    ]);
  });
});

describe('what is no run folder', () => {
  test('nothing there, a file, an empty folder, a foreign one', async () => {
    const folder = run.copy();
    expect(await problemOf(join(folder, 'nowhere'))).toBe('FOLDER: expected a run folder, found nothing there.');
    expect(await problemOf(join(folder, 'plan.json'))).toBe('FOLDER: expected a run folder, found a file.');
    mkdirSync(join(folder, 'foreign'));
    const expected = 'FOLDER: expected a run folder with plan.json, events.ndjson and requests.ndjson.gz, found';
    expect(await problemOf(join(folder, 'foreign'))).toBe(`${expected} an empty folder.`);
    writeFileSync(join(folder, 'foreign', 'index.html'), 'hello');
    expect(await problemOf(join(folder, 'foreign'))).toBe(`${expected} 1 other file.`);
  });

  test.each(['plan.json', 'events.ndjson', 'requests.ndjson.gz'])('a folder without its %s', async (name) => {
    const folder = unsealed();
    rmSync(join(folder, name));
    expect(await problemOf(folder)).toBe(`FOLDER: expected ${name} beside what is there, found none.`);
  });

  test('a file that the manifest names and that is missing', async () => {
    const folder = run.copy();
    rmSync(join(folder, 'scenario.yaml'));
    expect(await problemOf(folder)).toBe(
      'FOLDER: expected the files that manifest.json has the sums of:\nscenario.yaml: expected this file, found none',
    );
  });

  test('a manifest that names what lies outside of the folder', async () => {
    const folder = run.copy();
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as { sha256: Record<string, string> };
    const sha256 = { ...manifest.sha256, '../whole/plan.json': manifest.sha256['plan.json'] };
    writeFileSync(path, JSON.stringify({ ...manifest, sha256 }));
    expect(await problemOf(folder)).toBe(
      'FOLDER: expected the files that manifest.json has the sums of:\n../whole/plan.json: expected a file of this folder',
    );
  });

  test('the events of one run beside the plan of another', async () => {
    const folder = unsealed();
    const other = await modelRun('default');
    writeFileSync(join(folder, 'events.ndjson'), readFileSync(join(other.folder, 'events.ndjson')));
    other.remove();
    expect(await problemOf(folder)).toBe(
      'FOLDER: expected the events of tight-grace, which plan.json is of, received those of default.',
    );
  });
});

describe('what was edited by hand', () => {
  test('is refused by its sums, every file at once, unless it is taken as it is', async () => {
    const folder = run.copy();
    appendFileSync(join(folder, 'events.ndjson'), '{"atMs":90000,"type":"note","text":"all was well"}\n');
    appendFileSync(join(folder, 'scenario.yaml'), '# edited\n');
    const refused = await report(folder);
    expect(refused.exitCode).toBe(64);
    const withoutSums = (text: string): string => text.replaceAll(/\b[0-9a-f]{12}…/g, 'SUM');
    expect(withoutSums(refused.stderr)).toBe(
      `EVIDENCE_UNREADABLE  ${folder}: expected the files that manifest.json has the sums of:
events.ndjson: expected sha256 SUM, found SUM
scenario.yaml: expected sha256 SUM, found SUM
Try: get the folder again from where it was made; --accept-changes takes it as it is, which proves nothing
`,
    );
    const accepted = await report(folder, '--accept-changes', '--format', 'none');
    expect(accepted.exitCode).toBe(2);
    expect(accepted.stdout.split('\n')[1]).toBe(
      '  INCONCLUSIVE  neither pass nor fail: the evidence is not as its run left it',
    );
    expect(withoutSums(accepted.stderr)).toBe(
      `events.ndjson: expected sha256 SUM, found SUM; taken as it is
scenario.yaml: expected sha256 SUM, found SUM; taken as it is
events.ndjson: expected nothing after the end of the run, found 1 event
events.ndjson: expected what the model makes of plan.json; line 141: expected nothing, found note at 90000 ms; another model made it, or it was edited
`,
    );
    await report(folder, '--accept-changes');
    expect((await report(folder)).exitCode).toBe(64);
  });

  test.each([
    [
      'an unknown kind of event',
      (event: object) => ({ ...event, type: 'node.raedy' }),
      'type: expected a kind of event that this version knows, received "node.raedy"',
    ],
    ['a key that no event has', (event: object) => ({ ...event, colour: 'red' }), 'Unrecognized key: "colour"'],
    ['text for a number', (event: object) => ({ ...event, atMs: '5' }), 'atMs: expected number, received string'],
    [
      'a time before the start',
      (event: object) => ({ ...event, atMs: -5 }),
      'atMs: expected 0 or more, received -5: a clock went backwards',
    ],
  ])('%s', async (_, edit, problem) => {
    const folder = unsealed();
    const events = lines(folder);
    events[4] = JSON.stringify(edit(JSON.parse(events[4] ?? '')));
    writeFileSync(join(folder, 'events.ndjson'), events.join('\n'));
    expect(await problemOf(folder)).toBe(`FOLDER/events.ndjson: line 5: ${problem}`);
  });

  test('two records in one', async () => {
    const folder = unsealed();
    const events = lines(folder);
    writeFileSync(join(folder, 'events.ndjson'), [...events.slice(0, -1), ...events].join('\n'));
    expect(await problemOf(folder)).toBe(
      `FOLDER/events.ndjson: line ${events.length}: expected the record of one run, received the start of a second one`,
    );
  });

  test.each([
    [
      'a request twice',
      (all: string[]) => [...all.slice(0, 9), all[3] ?? '', ...all.slice(9)],
      10,
      'seq: expected each request once, received 3 again',
    ],
    [
      'an outcome that is none',
      (all: string[]) => all.map((line) => line.replace('"ok"', '"fine"')),
      1,
      'outcome: expected one of "ok"|"httpError"|"refused"|"reset"|"timeout"|"unreachable"|"otherError"|"dropped"',
    ],
    [
      'a line cut in the middle of the file',
      (all: string[]) => [all[0] ?? '', (all[1] ?? '').slice(0, 30), ...all.slice(2)],
      2,
      'expected a JSON object (Expected double-quoted property name in JSON at position 30 (line 1 column 31))',
    ],
  ])('%s', async (_, edit, line, problem) => {
    const folder = unsealed();
    writeRequests(folder, edit(requestLines(folder)));
    expect(await problemOf(folder)).toBe(`FOLDER/requests.ndjson.gz: line ${line}: ${problem}`);
  });

  test('a request that ended before it was sent', async () => {
    const folder = unsealed();
    const all = requestLines(folder);
    all[1] = JSON.stringify({ ...JSON.parse(all[1] ?? ''), sentMs: 9000, endedMs: 8000 });
    writeRequests(folder, all);
    expect(await problemOf(folder)).toBe(
      'FOLDER/requests.ndjson.gz: line 2: endedMs: expected no earlier than sentMs 9000, received 8000: a clock went backwards',
    );
  });

  test('bytes changed inside the compressed requests', async () => {
    const folder = unsealed();
    const bytes = readFileSync(join(folder, 'requests.ndjson.gz'));
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64);
    writeFileSync(join(folder, 'requests.ndjson.gz'), bytes);
    // What zlib makes of such bytes is its own: a line that is none, or what its inflate.c says of a stream that is wrong.
    const problem =
      /^FOLDER\/requests\.ndjson\.gz: (?:line \d+: expected a JSON object \(.*\)|(?:invalid|incorrect|too many) [a-z/ -]+)$/;
    expect(await problemOf(folder)).toMatch(problem);
  });

  test.each([
    [
      'plan.json',
      'another schema version',
      (plan: object) => ({ ...plan, schemaVersion: 2 }),
      'schemaVersion: expected 1, received 2.',
    ],
    [
      'plan.json',
      'a phase of no kind',
      (plan: object) => ({ ...plan, phases: [{ kind: 'stready', name: 'x' }] }),
      "phases[0].kind: expected 'steady' | 'fault' | 'recover'.",
    ],
    [
      'manifest.json',
      'another schema version',
      (manifest: object) => ({ ...manifest, schemaVersion: 7 }),
      'schemaVersion: expected 1, received 7.',
    ],
  ])('%s with %s', async (file, _, edit, problem) => {
    const folder = run.copy();
    if (file === 'plan.json') rmSync(join(folder, 'manifest.json'));
    writeFileSync(join(folder, file), JSON.stringify(edit(JSON.parse(readFileSync(join(folder, file), 'utf8')))));
    expect(await problemOf(folder)).toBe(`FOLDER/${file}: ${problem}`);
  });

  test('a plan that was cut', async () => {
    const folder = unsealed();
    writeFileSync(join(folder, 'plan.json'), readFileSync(join(folder, 'plan.json'), 'utf8').slice(0, 200));
    expect(await problemOf(folder)).toBe(
      'FOLDER/plan.json: expected JSON, found Unterminated string in JSON at position 200 (line 9 column 24).',
    );
  });
});
