import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Manifest, manifestFile, readSealKey, type SealKey, writeManifest } from '../../src/run/index.ts';
import { answerNight } from '../../tools/ci/night/judge-night.ts';
import { regress } from '../../tools/ci/rehearsal/regress.ts';
import { callHere, callProgram } from '../support/call-program.ts';
import { readOutputs, root, tool } from './tool.ts';

/** A scenario of one's own, with few requests: of one of this checkout the whole plan has to be as it is there. */
const name = 'quick-v1.34';
const seeds = [1, 2, 3, 4, 5, 6] as const;
/** Of each run. Every judge reads those of six nights, and simulates tonight's again. */
const repeats = 2;
let place = '';

/** Sources of a later commit, with a regression in them. */
const regressed = (folder: string): void => {
  const left = ['node_modules', '.git', 'runs'].map((name) => join(root, name));
  cpSync(root, folder, { recursive: true, filter: (path) => !left.includes(path) });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  regress(folder);
};

const runInto = async (
  folder: string,
  seed: number,
  kubernetes = 'v1.34.4',
  sources = root,
  more: readonly string[] = [],
  scenario = join(place, 'quick.yaml'),
) => {
  const argv = ['run', scenario, '--backend', 'model', '--kubernetes', kubernetes, '--plain'];
  // An option is given once.
  if (!more.includes('--repeats')) argv.push('--repeats', String(repeats));
  argv.push('--seed', String(seed), '--out', folder, ...more);
  if (sources === root) await callProgram(argv, { cwd: root });
  else await execa(process.execPath, [join(sources, 'src/main.ts'), ...argv], { cwd: root, reject: false });
};

const repeatsOf = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'repeats')).map((number) => join(folder, 'repeats', number));

/** Seals a folder with a key as a run with that key does: what is in it is the same. */
const sealWith = async (folder: string, sealKey: SealKey): Promise<void> => {
  for (const own of [...repeatsOf(folder), folder]) {
    const { versions } = JSON.parse(readFileSync(join(own, manifestFile), 'utf8')) as Manifest;
    await writeManifest(own, versions, 'run', sealKey);
  }
};

/** Makes a folder as a skipbeat would have left it whose formulas predict other windows; sealed as its own. */
const otherFormulas = (folder: string): void => {
  const sum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const change = (own: string): void => {
    const path = join(own, 'plan.json');
    const plan = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly prediction: { readonly notReadyAfterMs: object };
    };
    const prediction = { ...plan.prediction, notReadyAfterMs: [1, 2] };
    writeFileSync(path, JSON.stringify({ ...plan, prediction }));
    const seal = join(own, 'manifest.json');
    const manifest = JSON.parse(readFileSync(seal, 'utf8')) as { readonly sha256: Readonly<Record<string, string>> };
    const sha256 = Object.fromEntries(Object.keys(manifest.sha256).map((name) => [name, sum(join(own, name))]));
    writeFileSync(seal, JSON.stringify({ ...manifest, sha256 }));
  };
  for (const own of repeatsOf(folder)) change(own);
  change(folder);
};

/** A folder of that name below, holding these runs under tonight’s name. */
const nightOf = (folder: string, runs: string, cell = name): void =>
  cpSync(join(place, 'runs', runs), join(folder, cell), { recursive: true });

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-night-'));
  const runs = join(place, 'runs');
  const shipped = readFileSync(join(root, 'scenarios/default.yaml'), 'utf8');
  // Few requests are enough.
  const quick = shipped.replace('name: default', 'name: quick').replace('ratePerSecond: 50', 'ratePerSecond: 5');
  writeFileSync(join(place, 'quick.yaml'), quick);
  for (const seed of seeds) await runInto(join(runs, `good-${seed}`), seed);
  await runInto(join(runs, 'patch'), 7, 'v1.34.3');
  await runInto(join(runs, 'minor'), 8, 'v1.33.0');
  const impossible = ['--set', 'expect=[{figure: nodes.notReadyTransitions, min: 99}]'];
  await runInto(join(runs, 'harmed'), 11, 'v1.34.4', undefined, impossible);
  await runInto(join(runs, 'one'), 12, 'v1.34.4', undefined, ['--repeats', '1']);
  await runInto(join(runs, 'unexpecting'), 10, 'v1.34.4', undefined, ['--set', 'expect=[]']);
  const shippedWith = async (name: string, seed: number, ...more: readonly string[]): Promise<void> =>
    runInto(join(runs, name), seed, 'v1.34.4', undefined, ['--repeats', '1', ...more], 'default');
  await shippedWith('shipped', 15);
  await shippedWith('slow', 13, '--profile', 'slow');
  await shippedWith('less', 14, '--set', 'expect=[{figure: durationMs, min: 1}]');
  await shippedWith('alone', 16, '--set', 'workload.replicas=1');
  regressed(join(place, 'later'));
  await runInto(join(runs, 'regressed'), 9, 'v1.34.4', join(place, 'later'));
}, 240_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

type Night = { readonly tonight: string | null; readonly base: readonly string[] };

/**
 * Judges tonight against good nights, each named by its runs.
 * @param by the checkout whose program judges, in a process of its own; `here`: this process does what that program does
 */
const judge = async (
  title: string,
  { tonight, base }: Night,
  env: Readonly<Record<string, string>> = {},
  by: string = 'here',
  more: readonly string[] = [],
  cell = name,
) => {
  const folder = join(place, title.replaceAll(' ', '-'));
  mkdirSync(join(folder, 'tonight'), { recursive: true });
  if (tonight !== null) nightOf(join(folder, 'tonight'), tonight, cell);
  for (const [index, runs] of base.entries()) nightOf(join(folder, 'base', String(index + 1)), runs, cell);
  const output = join(folder, 'output');
  const args = [join(folder, 'tonight'), join(folder, 'base'), ...more];
  const at = { cwd: folder, env: { GITHUB_OUTPUT: output, ...env } };
  const program = join(by, 'tools/ci/night.ts');
  const { exitCode, stdout, stderr } =
    by === 'here'
      ? await callHere([process.execPath, program, ...args], at, async () => {
          process.exitCode = await answerNight(args);
        })
      : await execa(process.execPath, [program, ...args], { ...at, reject: false });
  return {
    exitCode,
    stdout,
    stderr,
    good: existsSync(output) ? readOutputs(output).good : undefined,
    json: join(folder, 'tonight.json'),
  };
};

/** What was printed, but for the name of the temporary folder and what sums are. */
const textOf = (printed: string): string => printed.replaceAll(place, 'PLACE').replaceAll(/\b[0-9a-f]{12}…/g, 'SUM');

/** What is printed before the details, and what those quote before the comparison and the summary of the run itself, which others test. */
const saidIn = (printed: string): { readonly summary: string; readonly notes: readonly string[] } => {
  const [summary = '', details = ''] = textOf(printed).split('\n<details>');
  const lines = details.split('\n').slice(2);
  const end = lines.findIndex((line) => /^(?:###|```)/.test(line));
  return { summary, notes: lines.slice(0, end).filter((line) => line !== '') };
};

/** @param counts as `1 run: …`, @param rows of the table, @param more between both */
const summaryOf = (
  counts: string,
  nights: string,
  exitCode: number,
  rows: readonly string[],
  more: readonly string[] = [],
): string =>
  [
    ...['## The night', '', `1 run: ${counts}.`, '', ...more],
    `Against the last ${nights} (5 are needed); p is corrected for all comparisons of the night (Holm). Exit code ${exitCode}.`,
    ...['', '| run | verdict | nights | p | against the good nights |', '|---|---|--:|--:|---|', ...rows, ''],
  ].join('\n');

const undecided = '0 regressions, 0 failed, 1 without a verdict';
const decided = '0 regressions, 0 failed, 0 without a verdict';
/** Where too few nights, and what is unknown, are allowed; where what is unknown is. */
const allowed = '1 not compared (allowed), 0 unknown (allowed), 0 suspect (allowed)';
const unknownAllowed = '1 not compared, 0 unknown (allowed), 0 suspect (allowed)';
const few = 'not compared: too few comparable nights';

/** Of the one night that was left out. */
const leftOut = (...why: readonly string[]): readonly string[] => [
  '1 run of good nights does not compare with tonight’s and was left out, named below with why. Where a commit changed what skipbeat plans or predicts, the nights before it are left out, and after 5 good nights the comparisons are back. Why:',
  ...['', ...why.map((line) => `    ${line}`), ''],
];

const five = seeds.slice(0, 5).map((seed) => `good-${seed}`);
/** Where nothing is compared: each night more is read and judged again. */
const one = ['good-1'];

describe('the verdict of a night', { timeout: 240_000 }, () => {
  test('is open where a scenario of this checkout was run otherwise than it is here', async () => {
    for (const [runs, found] of [
      [
        'slow',
        'profile: here default (literal): nothing passed; found slow (literal): kube-controller-manager node-monitor-period 5s, kube-controller-manager node-monitor-grace-period 5m, kube-apiserver default-not-ready-toleration-seconds 60, kube-apiserver default-unreachable-toleration-seconds 60, kubelet nodeStatusUpdateFrequency 1m',
      ],
      ['less', 'expectations: here nodes.notReadyTransitions ≤ 0, requests.refused ≤ 0; found durationMs ≥ 1'],
      ['alone', 'workload: here 2 replicas; found 1 replica'],
    ] as const) {
      const title = `not as shipped ${runs}`;
      const { exitCode, good, stdout } = await judge(
        title,
        { tonight: runs, base: [] },
        {},
        'here',
        [],
        'default-v1.34',
      );
      expect([exitCode, good]).toEqual([2, 'false']);
      expect(saidIn(stdout)).toEqual({
        summary: summaryOf(
          '0 regressions, 0 failed, 1 without a verdict, 0 missing, 1 not compared, 0 unknown, 0 suspect',
          '0 good nights',
          2,
          [`| default-v1.34 | inconclusive | 0 | – | ${few} |`],
        ),
        notes: [
          `    PLACE/not-as-shipped-${runs}/tonight/default-v1.34: expected default as it is here, found another one: ${found}`,
        ],
      });
    }
    const allowed = { NIGHT_ALLOW: 'uncomparable' };
    const shipped = await judge('as shipped', { tonight: 'shipped', base: [] }, allowed, root, [], 'default-v1.34');
    expect([shipped.exitCode, shipped.good]).toEqual([0, 'true']);
  });

  test('that is like the five before is no regression, and what stays unknown fails it unless that is allowed', async () => {
    const night = { tonight: 'good-6', base: five };
    const { exitCode, stdout, good } = await judge('alike', night, { NIGHT_ALLOW: 'unknown' }, root);
    expect(exitCode).toBe(0);
    expect(good).toBe('true');
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        '0 regressions, 0 failed, 0 without a verdict, 0 missing, 0 not compared, 1 unknown (allowed), 0 suspect (allowed)',
        '5 good nights',
        0,
        ['| quick-v1.34 | pass | 5 | 1.000 | unknown: may have got worse, or not |'],
      ),
      notes: [],
    });
    const strict = await judge('alike and strict', night);
    const [cell] = (
      JSON.parse(readFileSync(strict.json, 'utf8')) as { readonly cells: readonly { readonly night: string }[] }
    ).cells;
    expect(strict.exitCode).toBe(cell?.night === 'unknown' ? 2 : 0);
  });

  test('of which less was expected than of the good nights is compared with none of them', async () => {
    const night = { tonight: 'unexpecting', base: one };
    const { exitCode, stdout } = await judge('unexpecting', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect(exitCode).toBe(2);
    const why =
      'PLACE/unexpecting/base/1/quick-v1.34: expected the expectations of tonight (none), found others (nodes.notReadyTransitions ≤ 0, requests.refused ≤ 0)';
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `${undecided}, 0 missing, ${allowed}`,
        '1 good night',
        2,
        [`| quick-v1.34 | measured | 0 | – | ${few} |`],
        leftOut(why),
      ),
      notes: [
        '    PLACE/unexpecting/tonight/quick-v1.34: nothing was expected of it, so nothing could fail',
        `    left out: ${why}`,
      ],
    });
  });

  const planOf = (repeats: number) => ({
    NIGHT_ALLOW: 'unknown,uncomparable',
    NIGHT_PLANNED: JSON.stringify({ include: [{ scenario: 'quick', kubernetes: 'v1.34', repeats }] }),
  });

  test.each([
    ['no JSON', '{', 'expected JSON, found none'],
    [
      'another shape',
      '{"incl":[]}',
      'expected the runs of a night, found include: Invalid input: expected array, received undefined',
    ],
    [
      'nothing',
      '{"include":[]}',
      'expected the runs of a night, found include: Too small: expected array to have >=1 items',
    ],
    [
      'no number',
      '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":"abc"}]}',
      'expected the runs of a night, found include.0.repeats: Invalid input: expected number, received string',
    ],
    [
      'less than one',
      '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":0}]}',
      'expected the runs of a night, found include.0.repeats: Too small: expected number to be >=1',
    ],
    [
      'parts of one',
      '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":1.5}]}',
      'expected the runs of a night, found include.0.repeats: Invalid input: expected int, received number',
    ],
    [
      'the same twice',
      '{"include":[{"scenario":"quick","kubernetes":"v1.34"},{"scenario":"quick","kubernetes":"v1.34"}]}',
      'expected each run once, found quick-v1.34 twice',
    ],
  ])('planned as %s is refused, and leaves no result of the night before', async (_, planned, text) => {
    const title = `plan ${planned.replaceAll(/\W+/g, ' ')}`;
    const before = join(place, title.replaceAll(' ', '-'), 'tonight.json');
    mkdirSync(join(before, '..'), { recursive: true });
    writeFileSync(before, JSON.stringify({ exitCode: 0, good: true }));
    const { exitCode, stderr, json, good } = await judge(
      title,
      { tonight: null, base: [] },
      { NIGHT_PLANNED: planned },
    );
    const next =
      'NIGHT_PLANNED={"include":[{"scenario":"default","kubernetes":"v1.34","repeats":5}]}, as ci:matrix prints it, or none';
    expect([exitCode, stderr]).toEqual([64, `NIGHT_PLANNED: ${text}.\nTry: ${next}\n`]);
    expect([existsSync(json), good]).toEqual([false, undefined]);
  });

  test('with a run that was not planned is not good, and names it', async () => {
    const planned = { include: [{ scenario: 'slow', kubernetes: 'v1.34', repeats }] };
    const other = await judge(
      'other than planned',
      { tonight: 'good-6', base: one },
      { NIGHT_ALLOW: 'unknown,uncomparable', NIGHT_PLANNED: JSON.stringify(planned) },
    );
    expect([other.exitCode, other.good]).toEqual([2, 'false']);
    expect(saidIn(other.stdout)).toEqual({
      summary: summaryOf(`${undecided}, 1 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | inconclusive | 1 | – | ${few} |`,
        '| slow-v1.34 | missing tonight | | | |',
      ]),
      notes: ['    quick-v1.34: expected the runs that were planned, found this one besides'],
    });
    expect(JSON.parse(readFileSync(other.json, 'utf8'))).toMatchObject({
      good: false,
      cells: [{ name, verdict: 'inconclusive' }],
    });
  });

  test('of which nothing was expected is not good, and no later night is held against it', async () => {
    const both = { NIGHT_ALLOW: 'unknown,uncomparable' };
    const tonight = await judge('measured', { tonight: 'unexpecting', base: [] }, both);
    expect([tonight.exitCode, tonight.good]).toEqual([2, 'false']);
    expect(saidIn(tonight.stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '0 good nights', 2, [
        `| quick-v1.34 | measured | 0 | – | ${few} |`,
      ]),
      notes: ['    PLACE/measured/tonight/quick-v1.34: nothing was expected of it, so nothing could fail'],
    });
    const before = await judge('after measured', { tonight: 'good-6', base: ['unexpecting'] }, both);
    const why =
      'PLACE/after-measured/base/1/quick-v1.34: expected runs that passed, found measured: nothing was expected of it';
    expect(saidIn(before.stdout)).toEqual({
      summary: summaryOf(
        `${decided}, 0 missing, ${allowed}`,
        '1 good night',
        0,
        [`| quick-v1.34 | pass | 0 | – | ${few} |`],
        leftOut(why),
      ),
      notes: [`    left out: ${why}`],
    });
  });

  test('of fewer runs than planned is inconclusive, and founds no base', async () => {
    const { exitCode, stdout, good } = await judge('one of them', { tonight: 'one', base: [] }, planOf(repeats));
    expect([exitCode, good]).toEqual([2, 'false']);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '0 good nights', 2, [
        `| quick-v1.34 | inconclusive | 0 | – | ${few} |`,
      ]),
      notes: [`    PLACE/one-of-them/tonight/quick-v1.34: expected ${repeats} runs, as planned, found 1`],
    });
    const complete = await judge('all of them', { tonight: 'good-6', base: [] }, planOf(repeats));
    expect([complete.exitCode, complete.good]).toEqual([0, 'true']);
  });

  test('of fewer runs than the good nights have does not pass, and founds a base only where they were planned', async () => {
    const night = { tonight: 'one', base: one };
    const unplanned = await judge('one unplanned', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([unplanned.exitCode, unplanned.good]).toEqual([2, 'false']);
    expect(saidIn(unplanned.stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | inconclusive | 1 | – | ${few} |`,
      ]),
      notes: [
        `    PLACE/one-unplanned/tonight/quick-v1.34: expected ${repeats} runs, as many as a good night has, found 1`,
      ],
    });
    const planned = await judge('one planned', night, planOf(1));
    expect([planned.exitCode, planned.good]).toEqual([2, 'true']);
    const fewer = `PLACE/one-planned/tonight/quick-v1.34: expected ${repeats} runs, as many as a good night has, found 1, as many as were planned`;
    expect(saidIn(planned.stdout)).toEqual({
      summary: summaryOf(
        `${decided}, 0 missing, ${allowed}`,
        '1 good night',
        2,
        [`| quick-v1.34 | pass | 1 | – | ${few} |`],
        ['Fewer runs than the good nights have:', '', `- quick-v1.34: ${fewer}`, ''],
      ),
      notes: [`    ${fewer}`],
    });
  });

  test('without a run that the good nights have is good only where a plan dropped it', async () => {
    const folder = join(place, 'less', 'base', '1');
    nightOf(folder, 'good-1');
    cpSync(join(place, 'runs', 'good-1'), join(folder, 'tight-grace-v1.34'), { recursive: true });
    const night = { tonight: 'good-6', base: ['good-1'] };
    const without = await judge('less', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([without.exitCode, without.good]).toEqual([2, 'false']);
    expect(saidIn(without.stdout)).toEqual({
      summary: summaryOf(`${decided}, 1 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | pass | 1 | – | ${few} |`,
        '| tight-grace-v1.34 | missing tonight | | | |',
      ]),
      notes: [],
    });
    expect((await judge('less', night, planOf(repeats))).good).toBe('true');
  });

  test('with a regression fails as one, and founds no base', async () => {
    const { exitCode, stdout, good } = await judge(
      'worse',
      { tonight: 'regressed', base: five },
      { NIGHT_ALLOW: 'unknown,uncomparable' },
      join(place, 'later'),
    );
    const worse = [
      ...['nodes.notReadyTransitions', 'nodes.notReadyNodeSeconds', 'requests.refused', 'pods.unavailableSeconds'],
      ...['sinceFault.lastReadyMs', 'sinceFault.lastRefusedMs'],
    ].map((figure) => `${figure} (in 2 of 2 runs, before in 0 of 10)`);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        '1 regression, 1 failed, 0 without a verdict, 0 missing, 0 not compared (allowed), 0 unknown (allowed), 0 suspect (allowed)',
        '5 good nights',
        3,
        ['| quick-v1.34 | fail | 5 | 0.015 | **regression** |'],
        [
          'Worse tonight, dealing out the runs of this one comparison:',
          ...['', `- quick-v1.34: ${worse.join(', ')}`, ''],
        ],
      ),
      notes: [],
    });
    expect([exitCode, good]).toEqual([3, 'false']);
  });

  test('with too few good nights is none that passes, and later nights may compare with it', async () => {
    const night = { tonight: 'good-6', base: five.slice(0, 4) };
    const { exitCode, stdout, good } = await judge('few', night, { NIGHT_ALLOW: 'unknown' });
    expect([exitCode, good]).toEqual([2, 'true']);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(`${decided}, 0 missing, ${unknownAllowed}`, '4 good nights', 2, [
        `| quick-v1.34 | pass | 4 | – | ${few} |`,
      ]),
      notes: [],
    });
    const small = { tonight: 'good-6', base: one };
    expect((await judge('few but allowed', small, { NIGHT_ALLOW: 'uncomparable' })).exitCode).toBe(0);
  });

  test('on a later patch release is compared, with a note', async () => {
    const { exitCode, stdout } = await judge('patch', { tonight: 'patch', base: five }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(0);
    expect(
      textOf(stdout)
        .split('\n')
        .filter((line) => line.startsWith('> ')),
    ).toEqual(['> patch releases of one minor are compared: base v1.34.4; candidate v1.34.3']);
  });

  test('that does not compare, here for another minor, is none that passes, and says why', async () => {
    const base = ['minor', ...five.slice(0, 4)];
    const { exitCode, stdout } = await judge('minor', { tonight: 'good-6', base }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(2);
    const why = 'PLACE/minor/base/1/quick-v1.34: Expected runs that differ in nothing unasked:';
    const differs = '  kubernetesVersion: base v1.33.0; candidate v1.34.4';
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `${decided}, 0 missing, ${unknownAllowed}`,
        '5 good nights',
        2,
        [`| quick-v1.34 | pass | 4 | – | ${few} |`],
        leftOut(why, differs),
      ),
      notes: [`    left out: ${why}`, `    ${differs}`],
    });
  });

  test('of runs that a good night has, too, was not measured, and founds no base', async () => {
    const night = { tonight: 'good-6', base: [...one, 'good-6'] };
    const { exitCode, stdout, good } = await judge('stale', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([exitCode, good]).toEqual([2, 'false']);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '2 good nights', 2, [
        `| quick-v1.34 | inconclusive | 1 | – | ${few} |`,
      ]),
      notes: [
        `    PLACE/stale/tonight/quick-v1.34: expected runs of tonight, found that ${repeats} of ${repeats} are copies: a good night has them, they are there twice, or they are single runs of the model of one place in the heartbeat`,
      ],
    });
  });

  test('whose folder holds runs of something else was not measured, and founds no base', async () => {
    const night = { tonight: 'minor', base: one };
    const { exitCode, stdout, good } = await judge('other', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([exitCode, good]).toEqual([2, 'false']);
    const why = 'PLACE/other/base/1/quick-v1.34: Expected runs that differ in nothing unasked:';
    const differs = '  kubernetesVersion: base v1.34.4; candidate v1.33.0';
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `${undecided}, 0 missing, ${allowed}`,
        '1 good night',
        2,
        [`| quick-v1.34 | inconclusive | 0 | – | ${few} |`],
        leftOut(why, differs),
      ),
      notes: [
        '    PLACE/other/tonight/quick-v1.34: expected runs of quick-v1.34, found quick on v1.33.0',
        ...[`    left out: ${why}`, `    ${differs}`],
      ],
    });
  });

  test('against five copies of one night is against one', async () => {
    const copies = five.map(() => 'good-1');
    const { exitCode, stdout } = await judge('copies', { tonight: 'good-6', base: copies }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(2);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(`${decided}, 0 missing, ${unknownAllowed}`, '5 good nights', 2, [
        `| quick-v1.34 | pass | 1 | – | ${few} |`,
      ]),
      notes: [],
    });
  });

  test('without one of the planned runs, or without any, is none that passes', async () => {
    const planned = {
      include: [
        { scenario: 'quick', kubernetes: 'v1.34' },
        { scenario: 'lost', kubernetes: 'v1.34' },
      ],
    };
    const lost = await judge(
      'lost',
      { tonight: 'good-6', base: one },
      { NIGHT_ALLOW: 'unknown,uncomparable', NIGHT_PLANNED: JSON.stringify(planned) },
    );
    expect([lost.exitCode, lost.good]).toEqual([2, 'false']);
    expect(saidIn(lost.stdout)).toEqual({
      summary: summaryOf(`${decided}, 1 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | pass | 1 | – | ${few} |`,
        '| lost-v1.34 | missing tonight | | | |',
      ]),
      notes: [],
    });
    const both = { NIGHT_ALLOW: 'unknown,uncomparable' };
    expect((await judge('empty', { tonight: null, base: one }, both)).exitCode).toBe(2);
  });

  test('with evidence that was edited is inconclusive', async () => {
    const folder = join(place, 'runs', 'edited');
    cpSync(join(place, 'runs', 'good-6'), folder, { recursive: true });
    const path = join(folder, 'repeats', '01', 'events.ndjson');
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
    const { exitCode, stdout } = await judge(
      'edited',
      { tonight: 'edited', base: one },
      { NIGHT_ALLOW: 'unknown,uncomparable' },
    );
    expect(exitCode).toBe(2);
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | inconclusive | 0 | – | ${few} |`,
      ]),
      notes: [
        '    PLACE/edited/tonight/quick-v1.34: expected the files that manifest.json has the sums of:',
        '    repeats/01/events.ndjson: expected sha256 SUM, found SUM',
      ],
    });
  });

  test('that did not hold what was expected is none that passes, whatever its run.json and its summary say', async () => {
    const folder = join(place, 'runs', 'praised');
    cpSync(join(place, 'runs', 'harmed'), folder, { recursive: true });
    const path = join(folder, 'run.json');
    const document = JSON.parse(readFileSync(path, 'utf8')) as { readonly verdict: string };
    expect(document.verdict).toBe('fail');
    writeFileSync(path, JSON.stringify({ ...document, verdict: 'pass', reasons: [] }));
    writeFileSync(join(folder, 'summary.md'), 'All is well.\n');
    const { exitCode, stdout, good } = await judge(
      'praised',
      { tonight: 'praised', base: one },
      { NIGHT_ALLOW: 'unknown,uncomparable' },
    );
    expect([exitCode, good]).toEqual([1, 'false']);
    const why =
      'PLACE/praised/base/1/quick-v1.34: expected the expectations of tonight (nodes.notReadyTransitions ≥ 99), found others (nodes.notReadyTransitions ≤ 0, requests.refused ≤ 0)';
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `0 regressions, 1 failed, 0 without a verdict, 0 missing, ${allowed}`,
        '1 good night',
        1,
        [`| quick-v1.34 | fail | 0 | – | ${few} |`],
        leftOut(why),
      ),
      notes: [
        ...['run.json', 'summary.md'].map(
          (file) => `    PLACE/praised/tonight/quick-v1.34: ${file}: expected sha256 SUM, found SUM; it is made again`,
        ),
        `    left out: ${why}`,
      ],
    });
    expect(stdout).not.toContain('All is well.');
  });

  test('takes no night for good whose runs did not pass', async () => {
    const { exitCode, stdout } = await judge(
      'after a harm',
      { tonight: 'good-6', base: [...five.slice(0, 4), 'harmed'] },
      { NIGHT_ALLOW: 'unknown' },
    );
    expect(exitCode).toBe(2);
    const why = 'PLACE/after-a-harm/base/5/quick-v1.34: expected runs that passed, found fail';
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `${decided}, 0 missing, ${unknownAllowed}`,
        '5 good nights',
        2,
        [`| quick-v1.34 | pass | 4 | – | ${few} |`],
        leftOut(why),
      ),
      notes: [`    left out: ${why}`],
    });
  });

  test('with a key believes no run that was not sealed with it, tonight or before', async () => {
    const key = join(place, 'seal.key');
    writeFileSync(key, 'k'.repeat(44), { mode: 0o600 });
    const sealed = [];
    for (const runs of five) {
      const folder = join(place, 'runs', `sealed-${runs}`);
      cpSync(join(place, 'runs', runs), folder, { recursive: true });
      await sealWith(folder, readSealKey(key));
      sealed.push(`sealed-${runs}`);
    }
    await runInto(join(place, 'runs', 'sealed-6'), 6, 'v1.34.4', undefined, ['--seal-key', key]);
    const unknown = { NIGHT_ALLOW: 'unknown' };
    const asked = ['--seal-key', key];
    expect((await judge('sealed', { tonight: 'sealed-6', base: sealed }, unknown, 'here', asked)).exitCode).toBe(0);
    const both = { NIGHT_ALLOW: 'unknown,uncomparable' };
    const unsealed = { tonight: 'good-6', base: sealed.slice(0, 1) };
    const other = await judge('unsealed tonight', unsealed, both, 'here', asked);
    expect([other.exitCode, other.good]).toEqual([2, 'false']);
    const why = (folder: string): readonly string[] => {
      const seal =
        'manifest.json: expected the seal of --seal-key PLACE/seal.key, found none: the run had no key, or somebody without it sealed its folder again';
      return [
        `${folder}: expected runs as they were left, found otherwise:`,
        ...['', 'every repeat: '].map((whose) => `  ${folder}: ${whose}${seal}`),
      ];
    };
    expect(saidIn(other.stdout)).toEqual({
      summary: summaryOf(`${undecided}, 0 missing, ${allowed}`, '1 good night', 2, [
        `| quick-v1.34 | inconclusive | 0 | – | ${few} |`,
      ]),
      notes: why('PLACE/unsealed-tonight/tonight/quick-v1.34').map((line) => `    ${line}`),
    });
    const before = [...sealed.slice(0, 4), 'good-5'];
    const short = await judge('unsealed before', { tonight: 'sealed-6', base: before }, unknown, 'here', asked);
    const [first = '', ...rest] = why('PLACE/unsealed-before/base/5/quick-v1.34');
    expect([short.exitCode, saidIn(short.stdout)]).toEqual([
      2,
      {
        summary: summaryOf(
          `${decided}, 0 missing, ${unknownAllowed}`,
          '5 good nights',
          2,
          [`| quick-v1.34 | pass | 4 | – | ${few} |`],
          leftOut(first, ...rest),
        ),
        notes: [`    left out: ${first}`, ...rest.map((line) => `    ${line}`)],
      },
    ]);
  });

  test('says in its summary why the nights before do not compare, as where a commit changed the formulas', async () => {
    const base = [];
    for (const runs of five.slice(0, 2)) {
      const folder = join(place, 'runs', `before-${runs}`);
      cpSync(join(place, 'runs', runs), folder, { recursive: true });
      otherFormulas(folder);
      base.push(`before-${runs}`);
    }
    const { exitCode, stdout } = await judge('before', { tonight: 'good-6', base }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(2);
    const why = (night: number): readonly string[] => {
      const folder = `PLACE/before/base/${night}/quick-v1.34`;
      const plan =
        'plan.json: expected the plan that this skipbeat makes of scenario.yaml, found another prediction.notReadyAfterMs; another version of skipbeat made it, or it was edited';
      return [
        `${folder}: expected runs as they were left, found otherwise:`,
        ...['', 'every repeat: '].map((whose) => `      ${folder}: ${whose}${plan}`),
      ];
    };
    expect(saidIn(stdout)).toEqual({
      summary: summaryOf(
        `${decided}, 0 missing, ${unknownAllowed}`,
        '2 good nights',
        2,
        [`| quick-v1.34 | pass | 0 | – | ${few} |`],
        [
          '2 runs of good nights do not compare with tonight’s and were left out, each named below with why. Where a commit changed what skipbeat plans or predicts, the nights before it are left out, and after 5 good nights the comparisons are back. The first:',
          ...['', `    ${why(1).join('\n')}`, ''],
        ],
      ),
      notes: [1, 2].flatMap((night) => {
        const [first, ...rest] = why(night);
        return [`    left out: ${first}`, ...rest];
      }),
    });
  });

  test('refuses what it does not know', async () => {
    const { exitCode, stderr } = await tool('night', { NIGHT_ALLOW: 'all' }, ['tonight', 'base']);
    expect([exitCode, stderr]).toEqual([
      64,
      'NIGHT_ALLOW: expected unknown, uncomparable, received all.\nTry: NIGHT_ALLOW=unknown',
    ]);
  });
});
