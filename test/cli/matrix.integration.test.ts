import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counted } from '../../src/common/text/counted.ts';
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

/** What is said on stderr of a matrix of so many cells whose results are in a folder, of which these are run. */
const progressOf = (out: string, cells: number, run: readonly (readonly [name: string, result: string])[]): string =>
  [
    `${run.length} of ${counted(cells, 'cell')} to run, a few seconds; evidence in ${out}/\n`,
    ...run.map(([name, result]) => `\n${name}\n${name}: ${result}\n`),
    `Evidence  ${out}/  (matrix.json, a run folder for each cell in ${out}/*)\n`,
  ].join('');
const allExpected = 'Every cell is as expected\n';
/** What is said of one that is gone on with and was sealed with no key. */
const noKey = (out: string): string =>
  `no seal key: what ${out} held, results and what was asked for, rests on files that anyone could have edited; --seal-key FILE on a matrix of its own tells\n`;

describe('a matrix in the model', () => {
  // The nodes of tight-grace flap by themselves in one run of six; by this seed none is lost before the fault.
  const quiet = ['--set', 'seed=2'];
  const asked = ['--backend', 'model', '--profiles', 'default,tight-grace', '--kubernetes', 'v1.34.4,v1.31', ...quiet];

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
    const run = [
      ['v1.31.0-default', 'pass'],
      ['v1.31.0-tight-grace', 'harm'],
    ] as const;
    expect(ended.stderr).toBe(`${noKey('all')}${progressOf('all', 4, run)}${allExpected}`);
    const figures = ({ results }: MatrixDocument): unknown => results.map((result) => result.figures);
    expect(figures(JSON.parse(ended.stdout) as MatrixDocument)).toEqual(figures(complete));
  });

  test('with a dead node shows every request that failed, and calls that harm', async () => {
    const asked = ['--backend', 'model', '--profiles', 'default,tight-grace', '--with', 'dead-node', '--out', 'dead'];
    const ended = await skipbeat(...asked, ...quiet);
    const run = [
      ['v1.34.4-default', 'pass'],
      ['v1.34.4-default-dead-node', 'harm'],
      ['v1.34.4-tight-grace', 'harm'],
      ['v1.34.4-tight-grace-dead-node', 'harm'],
    ] as const;
    expect([ended.exitCode, ended.stderr]).toEqual([0, `${progressOf('dead', 4, run)}${allExpected}`]);
    const { results } = read('dead');
    const dead = results.filter(({ disturbance }) => disturbance === 'dead-node');
    expect(dead).toHaveLength(2);
    for (const { figures, harm } of dead) {
      expect(figures?.refused).toBe(0);
      expect(figures?.failed).toBeGreaterThan(0);
      expect(harm).toEqual({ seen: true, unnamed: [] });
    }
    expect(ended.stdout.split('\n').slice(0, 12)).toEqual([
      'Kubernetes v1.34.4, predicted by the model: nothing was run',
      '              NotReady node-s      failed    detect    evict  recover  writes verdict',
      'default              0    0.0           0         –        –        –   5.9+– pass',
      ' by formula          0                    39.6…60.0  340…370          6.0+0.2',
      'default †            1  339.9  1,310 6.1%      51.6      352      5.5   5.9+– harm',
      ' by formula          1                    39.1…60.5  339…371 0.0…71.4 6.0+0.2',
      'tight-grace          2   45.8 1,195 28.2%      11.6     21.7     10.2 5.9+5.9 harm',
      ' by formula        0…2                     0.0…20.5 8.6…41.1 0.0…11.4 6.0+6.0',
      'tight-grace †        1   50.1    331 6.5%      11.6     21.7      5.5 5.9+5.9 harm',
      ' by formula        0…1                     0.0…20.5 8.6…41.1 0.0…71.4 6.0+6.0',
      '',
      'Each run: 24.3s of kubelet-pause on worker, worker2; † one worker dead instead.',
    ]);
  });

  test('that does harm of which no expectation speaks ends in 2', async () => {
    const phases =
      'phases=[{steady: 30s}, {fault: 20s, inject: [{kind: node-pause, target: {nodes: [worker]}}]}, {recover: {within: 90s}}]';
    const asked = ['--backend', 'model', '--profiles', 'default', '--set', phases, '--out', 'paused'];
    const bare = await skipbeat(...asked, '--set', 'expect=[]');
    const lines = bare.stdout.split('\n');
    expect([bare.exitCode, ...lines.slice(0, 6), ...lines.slice(-3)]).toEqual([
      2,
      'Kubernetes v1.34.4, predicted by the model: nothing was run',
      '            NotReady node-s    failed    detect   evict recover  writes verdict',
      'default            0    0.0 471 13.7%         –       –       –   5.9+– harm!',
      ' by formula        0                  39.6…60.0 340…370         6.0+0.2',
      '',
      'Each run: 20s of node-pause on worker.',
      'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
      'v1.34.4-default: 471 requests failed (471 timeout), and nothing that was expected speaks of it',
      '',
    ]);
    expect(bare.stderr).toBe(progressOf('paused', 1, [['v1.34.4-default', 'harm!']]));
  });

  test('as Markdown is for a pull request', async () => {
    const ended = await skipbeat('--resume', 'all', '--markdown');
    const head = [
      '',
      '| profile | NotReady | node-s | failed | detect | evict | recover | writes | verdict |',
      '|---|---:|---:|---:|---:|---:|---:|---:|---|',
    ];
    expect(ended.stdout.split('\n').slice(0, 14)).toEqual([
      '### Kubernetes v1.34.4, predicted by the model: nothing was run',
      ...head,
      '| `default` | 0 (0) | 0.0 | 0 | – (39.6…60.0) | – (340…370) | – | 5.9+– (6.0+0.2) | pass |',
      '| `tight-grace` | 2 (0…2) | 45.8 | 1,195 28.2% | 11.6 (0.0…20.5) | 21.7 (8.6…41.1) | 10.2 (0.0…11.4) | 5.9+5.9 (6.0+6.0) | harm |',
      '',
      '### Kubernetes v1.31.0, predicted by the model: nothing was run',
      ...head,
      '| `default` | 0 (0) | 0.0 | 0 | – (29.6…50.0) | – (335…355) | – | 5.9+– (6.0+0.2) | pass |',
      '| `tight-grace` | 2 (0…2) | 45.7 | 1,029 24.8% | 11.6 (0.0…20.5) | 26.7 (13.6…40.7) | 10.3 (0.0…11.4) | 5.9+5.9 (6.0+6.0) | harm |',
      '',
    ]);
  });

  test('resumed goes by the record of each cell, whatever matrix.json says of it, and runs again what does not stand', async () => {
    const never = 'expect=[{figure: requests.refused, max: 0}]';
    const asked = ['--backend', 'model', '--profiles', 'tight-grace', '--set', never, '--out', 'failed'];
    expect((await skipbeat(...asked, ...quiet)).exitCode).toBe(1);
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const place = copied('failed', 'praised');
    const truth = read('praised');
    const [result] = truth.results;
    if (result?.figures == null) throw new Error('expected a result with figures');
    const praised = { ...result, verdict: 'pass' as const, reason: null, figures: { ...result.figures, refused: 0 } };
    writeMatrix(place, { ...truth, results: [praised] });
    const resumed = await skipbeat('--resume', 'praised');
    expect([resumed.exitCode, resumed.stderr]).toEqual([1, `${noKey('praised')}${progressOf('praised', 1, [])}`]);
    expect(read('praised').results).toEqual(truth.results);
    writeMatrix(place, { ...truth, results: [praised] });
    appendFileSync(join(place, result.folder, 'events.ndjson'), '\n');
    const again = await skipbeat('--resume', 'praised');
    const run = [[result.name, 'fail, requests.refused: expected ≤ 0, observed 1,195']] as const;
    expect([again.exitCode, again.stderr.replaceAll(/\b[0-9a-f]{12}…/g, 'SUM')]).toEqual([
      1,
      `${result.name} is run again: praised/${result.folder}: expected the files that manifest.json has the sums of: events.ndjson: expected sha256 SUM, found SUM
${noKey('praised')}${progressOf('praised', 1, run)}`,
    ]);
    expect(read('praised').results[0]).toMatchObject({ figures: result.figures, verdict: 'fail' });
  });

  test('resumed runs no cell again of which a result was taken out, until it passes', async () => {
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const place = copied('failed', 'retried');
    const truth = read('retried');
    writeMatrix(place, { ...truth, results: [] });
    const resumed = await skipbeat('--resume', 'retried');
    expect([resumed.exitCode, resumed.stderr]).toEqual([1, `${noKey('retried')}${progressOf('retried', 1, [])}`]);
    expect(read('retried').results).toMatchObject([{ folder: truth.results[0]?.folder, verdict: 'fail' }]);
  });

  test('without a cell, or without one that it has a folder of, is none to go on with', async () => {
    const { writeMatrix } = await import('../../src/matrix/index.ts');
    const complete = read('all');
    copied('all', 'taken');
    const [taken, ...left] = complete.cells;
    writeMatrix(join(folder, 'taken'), { ...complete, cells: left, results: complete.results.slice(1) });
    const without = (cells: string): string =>
      `MATRIX_NOT_FOUND  taken/matrix.json: expected the cells of ${cells}, found none.\nTry: begin the matrix again: matrix --out DIR\n`;
    const one = await skipbeat('--resume', 'taken');
    expect([one.exitCode, one.stderr]).toEqual([64, without(taken?.name ?? '')]);
    writeMatrix(join(folder, 'taken'), { ...complete, cells: [], results: [] });
    const none = await skipbeat('--resume', 'taken');
    expect([none.exitCode, none.stderr]).toEqual([64, without('a matrix')]);
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
        `${gone} is run again: it was asked for, and is missing from matrix.json\n${noKey('missing')}${progressOf('missing', 3, [[gone, 'harm']])}`,
      ]);
      const last = [
        'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
        `${gone}: its first record is lost, and another run does not replace it: it was asked for, and is missing from matrix.json`,
        '',
      ];
      expect(resumed.stdout.split('\n').slice(-3)).toEqual(last);
      const markdown = await skipbeat('--resume', 'missing', '--markdown');
      expect([markdown.exitCode, ...markdown.stdout.split('\n').slice(-4)]).toEqual([2, last[0], '', ...last.slice(1)]);
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
        `${gone} is run again: its folder is missing\n${noKey('between')}${progressOf('between', 3, [[gone, 'harm']])}`,
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
      const sentence =
        'matrix.json: expected what the matrix was asked for, found none: whether a cell is missing is not known';
      expect([resumed.exitCode, ...resumed.stdout.split('\n').slice(-3)]).toEqual([
        2,
        'harm!: harm that nothing expected of it speaks of; the matrix ends in 2.',
        sentence,
        '',
      ]);
      expect(resumed.stderr).toBe(`${sentence}\n${noKey('unasked')}${progressOf('unasked', 3, [])}`);
    });

    test('or one that was not asked for is put in, is seen', async () => {
      const complete = passing('smaller');
      if (complete.asked === undefined) throw new Error('expected what was asked');
      await write('smaller', { ...complete, asked: { ...complete.asked, profiles: ['default', 'slow'] } });
      const resumed = await skipbeat('--resume', 'smaller');
      expect([resumed.exitCode, resumed.stderr]).toEqual([
        2,
        `EVIDENCE_UNSEALED  smaller: matrix.json: expected the cells that were asked for, found others: ${gone}.\nTry: npm run skipbeat -- matrix --out DIR\n`,
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
    const busy = `MATRIX_BUSY  all: expected to have it alone, found process ${process.pid}.
Try: wait for that matrix to end, or begin another with --out DIR: two of them keep out of each other’s way
`;
    expect([ended.exitCode, ended.stderr]).toEqual([75, busy]);
    // What is there is read by who has it alone: another may be writing it.
    const other = await skipbeat('--resume', 'all', '--age', 'old');
    expect([other.exitCode, other.stderr]).toEqual([75, busy]);
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

  const notAsSealed = (problem: string): string =>
    `EVIDENCE_UNSEALED  ${problem}.\nTry: get the folder again from where it was made, or begin the matrix again\n`;

  test('is gone on with under that key alone, and its cells are sealed with it', async () => {
    const [own, other] = [keyIn('own.key'), keyIn('another.key')];
    expect((await sealed('sealed', own)).exitCode).toBe(0);
    const [first] = read('sealed').results;
    const cell = join('sealed', first?.folder ?? '');
    const report = await callProgram(['report', cell, '--seal-key', own, '--format', 'none'], { cwd: folder });
    expect([report.exitCode, report.stderr]).toEqual([
      0,
      `sealed with the key in ${own}: nobody without that key has changed what was recorded\n`,
    ]);
    expect((await skipbeat('--resume', 'sealed', '--seal-key', own)).exitCode).toBe(0);
    const without = await skipbeat('--resume', 'sealed');
    expect([without.exitCode, without.stderr]).toEqual([
      64,
      'MATRIX_INVALID  sealed: expected the key that this matrix is sealed with, found none.\nTry: npm run skipbeat -- matrix --resume sealed --seal-key FILE\n',
    ]);
    const wrong = await skipbeat('--resume', 'sealed', '--seal-key', other);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      notAsSealed(
        `sealed: matrix.json: expected the seal of --seal-key ${other}, found another: the matrix had another key, or somebody without it changed matrix.json`,
      ),
    ]);
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
    expect([noRecord.exitCode, noRecord.stderr]).toEqual([2, notAsSealed(`cut: ${gone?.name}: its folder is missing`)]);
    writeMatrix(join(folder, 'cut'), { ...truth, cells: truth.cells.slice(1), results: left });
    const noCell = await skipbeat('--resume', 'cut', '--seal-key', own);
    const seal = `cut: matrix.json: expected the seal of --seal-key ${own}`;
    expect([noCell.exitCode, noCell.stderr]).toEqual([
      2,
      notAsSealed(`${seal}, found another: the matrix had another key, or somebody without it changed matrix.json`),
    ]);
    const { hmacSha256: _, ...bare } = truth;
    writeMatrix(join(folder, 'cut'), bare);
    const noSeal = await skipbeat('--resume', 'cut', '--seal-key', own);
    expect([noSeal.exitCode, noSeal.stderr]).toEqual([
      2,
      notAsSealed(`${seal}, found none: the matrix had no key, or somebody without it wrote matrix.json again`),
    ]);
  });
});
