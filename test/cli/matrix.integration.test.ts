import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MatrixDocument } from '../../src/matrix/index.ts';
import { callProgram } from '../support/call-program.ts';
import { runProgram } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const skipbeat = (...args: readonly string[]) => callProgram(['matrix', ...args], { cwd: folder });
/** The same in a process of its own, which knows nothing of what others did. */
const started = (...args: readonly string[]) => runProgram(['matrix', ...args], { cwd: folder });
const read = (name: string): MatrixDocument =>
  JSON.parse(readFileSync(join(folder, name, 'matrix.json'), 'utf8')) as MatrixDocument;
/** A matrix as it lies there, once more. @returns its folder */
const copied = (from: string, to: string): string => {
  cpSync(join(folder, from), join(folder, to), { recursive: true, preserveTimestamps: true });
  return join(folder, to);
};

describe('a matrix in the model', () => {
  const asked = ['--backend', 'model', '--profiles', 'default,tight-grace', '--kubernetes', 'v1.34.4,v1.31'];

  test('prints one table a version and keeps a run folder for each cell', async () => {
    const ended = await skipbeat(...asked, '--out', 'all');
    expect(ended.stdout.split('\n').filter((line) => line.startsWith('Kubernetes '))).toEqual([
      'Kubernetes v1.34.4, predicted by the model: nothing was run',
      'Kubernetes v1.31.0, predicted by the model: nothing was run',
    ]);
    const { cells, results } = read('all');
    expect(results.map(({ name }) => name)).toEqual(cells.map(({ name }) => name));
    for (const { folder: own } of results) expect(existsSync(join(folder, 'all', own, 'run.json'))).toBe(true);
    expect(ended.exitCode).toBe(0);
  });

  test('resumed runs only what is missing, and says the same as one that was never interrupted', async () => {
    const complete = read('all');
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    writeMatrix(join(folder, 'all'), { ...complete, results: complete.results.slice(0, 2) });
    for (const { folder: own } of complete.results.slice(2)) rmSync(join(folder, 'all', own), { recursive: true });
    const ended = await started('--resume', 'all', '--json');
    expect(ended.stderr).toContain('2 of 4 cells to run');
    expect(ended.stderr).toContain(
      'no seal key: what all held, results and what was asked for, rests on files that anyone',
    );
    const figures = ({ results }: MatrixDocument): unknown => results.map((result) => result.figures);
    expect(figures(JSON.parse(ended.stdout) as MatrixDocument)).toEqual(figures(complete));
  });

  test('with a dead node shows every request that failed, and calls that harm', async () => {
    const asked = ['--backend', 'model', '--profiles', 'default,tight-grace', '--with', 'dead-node', '--out', 'dead'];
    const ended = await skipbeat(...asked);
    expect([ended.exitCode, ended.stderr]).toEqual([0, expect.stringContaining('Every cell is as expected')]);
    const { results } = read('dead');
    const dead = results.filter(({ disturbance }) => disturbance === 'dead-node');
    expect(dead).toHaveLength(2);
    for (const { figures, harm } of dead) {
      expect(figures?.refused).toBe(0);
      expect(figures?.failed).toBeGreaterThan(0);
      expect(harm).toEqual({ seen: true, unnamed: [] });
    }
    expect(ended.stdout).toMatch(/^default † +1 .* 1,256 5\.9% .* harm$/m);
    expect(ended.stdout).toMatch(/^default .* pass$/m);
  });

  test('that does harm of which no expectation speaks ends in 2', async () => {
    const phases =
      'phases=[{steady: 30s}, {fault: 20s, inject: [{kind: node-pause, target: {nodes: [worker]}}]}, {recover: {within: 90s}}]';
    const asked = ['--backend', 'model', '--profiles', 'default', '--set', phases, '--out', 'paused'];
    const bare = await skipbeat(...asked, '--set', 'expect=[]');
    expect([bare.exitCode, bare.stdout]).toEqual([2, expect.stringMatching(/^default .* 471 13\.7% .* harm!$/m)]);
    expect(bare.stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'Each run: 20s of node-pause on worker.',
        'v1.34.4-default: 471 requests failed (471 timeout), and nothing that was expected speaks of it',
      ]),
    );
    expect(bare.stderr).not.toContain('Every cell is as expected');
  });

  test('as Markdown is for a pull request', async () => {
    const ended = await skipbeat('--resume', 'all', '--markdown');
    expect(ended.stdout.split('\n')).toContain(
      '| profile | NotReady | node-s | failed | detect | evict | recover | writes | verdict |',
    );
  });

  test('resumed goes by the record of each cell, whatever matrix.json says of it, and runs again what does not stand', async () => {
    const never = 'expect=[{figure: requests.refused, max: 0}]';
    const asked = ['--backend', 'model', '--profiles', 'tight-grace', '--set', never, '--out', 'failed'];
    expect((await skipbeat(...asked)).exitCode).toBe(1);
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const place = copied('failed', 'praised');
    const truth = read('praised');
    const [result] = truth.results;
    if (result?.figures == null) throw new Error('expected a result with figures');
    const praised = { ...result, verdict: 'pass' as const, reason: null, figures: { ...result.figures, refused: 0 } };
    writeMatrix(place, { ...truth, results: [praised] });
    const resumed = await skipbeat('--resume', 'praised');
    expect([resumed.exitCode, resumed.stderr]).toEqual([1, expect.stringContaining('0 of 1 cells to run')]);
    expect(read('praised').results).toEqual(truth.results);
    writeMatrix(place, { ...truth, results: [praised] });
    appendFileSync(join(place, result.folder, 'events.ndjson'), '\n');
    const again = await skipbeat('--resume', 'praised');
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('1 of 1 cells to run')]);
    expect(again.stderr.split('\n')[0]?.replaceAll(/\b[0-9a-f]{12}…/g, 'SUM')).toBe(
      `${result.name} is run again: praised/${result.folder}: expected the files that manifest.json has the sums of: events.ndjson: expected sha256 SUM, found SUM`,
    );
    expect(read('praised').results[0]).toMatchObject({ figures: result.figures, verdict: 'fail' });
  });

  test('resumed runs no cell again of which a result was taken out, until it passes', async () => {
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const place = copied('failed', 'retried');
    const truth = read('retried');
    writeMatrix(place, { ...truth, results: [] });
    const resumed = await skipbeat('--resume', 'retried');
    expect([resumed.exitCode, resumed.stderr]).toEqual([1, expect.stringContaining('0 of 1 cells to run')]);
    expect(read('retried').results).toMatchObject([{ folder: truth.results[0]?.folder, verdict: 'fail' }]);
  });

  test('without a cell, or without one that it has a folder of, is none to go on with', async () => {
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const complete = read('all');
    copied('all', 'taken');
    const [taken, ...left] = complete.cells;
    writeMatrix(join(folder, 'taken'), { ...complete, cells: left, results: complete.results.slice(1) });
    const one = await skipbeat('--resume', 'taken');
    expect([one.exitCode, one.stderr]).toEqual([
      64,
      expect.stringContaining(`expected the cells of ${taken?.name}, found none`),
    ]);
    writeMatrix(join(folder, 'taken'), { ...complete, cells: [], results: [] });
    const none = await skipbeat('--resume', 'taken');
    expect([none.exitCode, none.stderr]).toEqual([
      64,
      expect.stringContaining('expected the cells of a matrix, found none'),
    ]);
  });

  describe('of which a cell is taken out', () => {
    const write = async (out: string, written: MatrixDocument): Promise<void> => {
      const { writeMatrix } = await import('../../src/matrix/index.ts');
      writeMatrix(join(folder, out), written);
    };
    const gone = 'v1.34.4-tight-grace';
    const without = ({ results, ...rest }: MatrixDocument): MatrixDocument => ({
      ...rest,
      results: results.filter(({ name }) => name !== gone),
    });
    beforeAll(async () => {
      const asked = ['--backend', 'model', '--profiles', 'default,tight-grace,slow', '--out', 'passed'];
      expect((await skipbeat(...asked)).exitCode).toBe(0);
    });
    /** Whatever the cell had come to: the run in its place passes. */
    const passing = (out: string): MatrixDocument => {
      copied('passed', out);
      return read(out);
    };

    test('with its folder is named in every format, run again, and no pass', async () => {
      const complete = passing('missing');
      expect(complete.asked).toEqual({
        profiles: ['default', 'tight-grace', 'slow'],
        versions: ['v1.34.4'],
        disturbances: ['pause'],
      });
      rmSync(join(folder, 'missing', gone), { recursive: true });
      await write('missing', { ...without(complete), cells: complete.cells.filter(({ name }) => name !== gone) });
      const resumed = await skipbeat('--resume', 'missing');
      expect([resumed.exitCode, resumed.stderr]).toEqual([
        2,
        expect.stringContaining(`${gone} is run again: it was asked for, and is missing from matrix.json`),
      ]);
      const note = `${gone}: its first record is lost, and another run does not replace it: it was asked for, and is missing from matrix.json`;
      expect(resumed.stdout.split('\n')).toContain(note);
      const markdown = await skipbeat('--resume', 'missing', '--markdown');
      expect([markdown.exitCode, markdown.stdout]).toEqual([
        2,
        expect.stringContaining(`${gone}: its first record is lost`),
      ]);
      const json = await skipbeat('--resume', 'missing', '--json');
      expect(json.exitCode).toBe(2);
      expect(JSON.parse(json.stdout)).toMatchObject({
        lost: [{ name: gone }],
        results: [{ verdict: 'pass' }, { name: gone, verdict: 'inconclusive' }, { verdict: 'pass' }],
      });
    });

    test('with its folder and its result is known by what began after it', async () => {
      const complete = passing('between');
      rmSync(join(folder, 'between', gone), { recursive: true });
      await write('between', without(complete));
      const resumed = await skipbeat('--resume', 'between');
      expect([resumed.exitCode, resumed.stderr]).toEqual([
        2,
        expect.stringContaining(`${gone} is run again: its folder is missing`),
      ]);
    });

    test('by its folder alone, or by a change of its record, is no reason to run it until it passes', async () => {
      passing('folder');
      rmSync(join(folder, 'folder', gone), { recursive: true });
      expect((await skipbeat('--resume', 'folder')).exitCode).toBe(2);
      const record = passing('record');
      appendFileSync(join(folder, 'record', gone, 'events.ndjson'), '\n');
      await write('record', without(record));
      expect((await skipbeat('--resume', 'record')).exitCode).toBe(2);
      // Whoever takes the note of it out, too, leaves the record that was changed.
      const { lost: _, ...unnoted } = read('record');
      await write('record', unnoted);
      expect((await skipbeat('--resume', 'record')).exitCode).toBe(2);
      const seal = passing('seal');
      rmSync(join(folder, 'seal', gone, 'manifest.json'));
      await write('seal', without(seal));
      expect((await skipbeat('--resume', 'seal')).exitCode).toBe(2);
    });

    test('together with what was asked leaves nothing that says whether it is complete', async () => {
      const { asked: _, ...complete } = passing('unasked');
      await write('unasked', complete);
      const resumed = await skipbeat('--resume', 'unasked');
      const sentence = 'matrix.json: expected what the matrix was asked for, found none';
      expect([resumed.exitCode, resumed.stdout, resumed.stderr]).toEqual([
        2,
        expect.stringContaining(sentence),
        expect.stringContaining(sentence),
      ]);
    });

    test('or one that was not asked for is put in, is seen', async () => {
      const complete = passing('smaller');
      if (complete.asked === undefined) throw new Error('expected what was asked');
      await write('smaller', { ...complete, asked: { ...complete.asked, profiles: ['default', 'slow'] } });
      const resumed = await skipbeat('--resume', 'smaller');
      expect([resumed.exitCode, resumed.stderr]).toEqual([
        2,
        expect.stringContaining(`expected the cells that were asked for, found others: ${gone}`),
      ]);
    });
  });

  test('takes changes of every scenario, and refuses those that cannot be made before anything is run', async () => {
    const ended = await skipbeat('--backend', 'model', '--set', 'load.rate=5', '--out', 'never');
    expect(ended.exitCode).toBe(64);
    expect(ended.stderr).toBe(
      `SCENARIO_INVALID  --set load.rate: load.rate: expected one of the keys ratePerSecond, connection, timeout, through, received "rate"; did you mean "ratePerSecond"?
Try: give --set load.rate another value, or leave it out
`,
    );
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});

test('what is typed beside --resume is what the matrix was begun with, or is refused with what differs', async () => {
  const ended = await skipbeat('--resume', 'all', '--profiles', 'fast', '--with', 'dead-node', '--out', 'new');
  expect(ended.exitCode).toBe(64);
  expect(ended.stderr).toBe(
    `MATRIX_INVALID  --profiles: expected default,tight-grace, as the matrix was begun, received "fast"
--with: expected nothing, as the matrix was begun, received "dead-node"
--out: expected nothing of it beside --resume: the folder says what is run
Try: npm run skipbeat -- matrix --resume all
`,
  );
  const again = ['--backend', 'model', '--profiles', 'tight-grace,default', '--kubernetes', 'v1.34,v1.31.0'];
  expect((await skipbeat('--resume', 'all', ...again)).exitCode).toBe(0);
});

test('a matrix that another live process runs is left to it', async () => {
  const { claimMatrix } = await import('../../src/matrix/run-cells.ts');
  const { release } = await claimMatrix(join(folder, 'all'));
  try {
    const ended = await started('--resume', 'all');
    expect(ended.exitCode).toBe(75);
    expect(ended.stderr).toBe(
      `MATRIX_BUSY  all: expected to have it alone, found process ${process.pid}.
Try: wait for that matrix to end, or begin another with --out DIR: two of them keep out of each other’s way
`,
    );
    // What is there is read by who has it alone: another may be writing it.
    const other = await skipbeat('--resume', 'all', '--age', 'old');
    expect([other.exitCode, other.stderr]).toEqual([75, expect.stringContaining('MATRIX_BUSY')]);
  } finally {
    await release();
  }
  expect((await skipbeat('--resume', 'all')).exitCode).toBe(0);
});

describe('a matrix that is sealed with a key', () => {
  const keyIn = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `${name[0]}`.repeat(40), { mode: 0o600 });
    return path;
  };
  const sealed = (out: string, key: string) =>
    skipbeat('--backend', 'model', '--profiles', 'default,fast', '--out', out, '--seal-key', key);

  test('is gone on with under that key alone, and its cells are sealed with it', async () => {
    const [own, other] = [keyIn('own.key'), keyIn('another.key')];
    expect((await sealed('sealed', own)).exitCode).toBe(0);
    const [first] = read('sealed').results;
    const cell = join('sealed', first?.folder ?? '');
    const report = await callProgram(['report', cell, '--seal-key', own, '--format', 'none'], { cwd: folder });
    expect([report.exitCode, report.stderr]).toEqual([0, expect.stringContaining('sealed with the key in')]);
    expect((await skipbeat('--resume', 'sealed', '--seal-key', own)).exitCode).toBe(0);
    const without = await skipbeat('--resume', 'sealed');
    expect([without.exitCode, without.stderr]).toEqual([64, expect.stringContaining('expected the key that')]);
    const wrong = await skipbeat('--resume', 'sealed', '--seal-key', other);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('found another')]);
  });

  test('loses no cell and no result to somebody who has not got the key', async () => {
    const own = keyIn('own.key');
    copied('sealed', 'kept');
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const truth = read('kept');
    const [gone, ...left] = truth.results;
    copied('kept', 'cut');
    rmSync(join(folder, 'cut', gone?.folder ?? ''), { recursive: true });
    const noRecord = await skipbeat('--resume', 'cut', '--seal-key', own);
    expect([noRecord.exitCode, noRecord.stderr]).toEqual([2, expect.stringContaining('its folder is missing')]);
    writeMatrix(join(folder, 'cut'), { ...truth, cells: truth.cells.slice(1), results: left });
    const noCell = await skipbeat('--resume', 'cut', '--seal-key', own);
    expect([noCell.exitCode, noCell.stderr]).toEqual([2, expect.stringContaining('EVIDENCE_UNSEALED')]);
    const { hmacSha256: _, ...bare } = truth;
    writeMatrix(join(folder, 'cut'), bare);
    const noSeal = await skipbeat('--resume', 'cut', '--seal-key', own);
    expect([noSeal.exitCode, noSeal.stderr]).toEqual([2, expect.stringContaining('found none')]);
  });
});
