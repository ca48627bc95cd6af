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

/** What was printed, line by line, but for the name of the temporary folder. */
const linesOf = (text: string): readonly string[] => text.replaceAll(place, 'PLACE').split('\n');

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
      ['alone', 'workload: here 2 replicas; found 1 replicas'],
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
      expect(linesOf(stdout)).toContain(
        `    PLACE/not-as-shipped-${runs}/tonight/default-v1.34: expected default as it is here, found another one: ${found}`,
      );
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
    expect(stdout).toContain('1 runs: 0 regressions, 0 failed, 0 without a verdict, 0 missing, 0 not compared');
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
    expect(linesOf(stdout)).toContain(
      '    PLACE/unexpecting/base/1/quick-v1.34: expected the expectations of tonight (none), found others (nodes.notReadyTransitions ≤ 0, requests.refused ≤ 0)',
    );
  });

  const planOf = (repeats: number) => ({
    NIGHT_ALLOW: 'unknown,uncomparable',
    NIGHT_PLANNED: JSON.stringify({ include: [{ scenario: 'quick', kubernetes: 'v1.34', repeats }] }),
  });

  test.each([
    ['no JSON', '{', 'NIGHT_PLANNED: expected JSON'],
    ['another shape', '{"incl":[]}', 'include: '],
    ['nothing', '{"include":[]}', 'include: '],
    ['no number', '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":"abc"}]}', 'include.0.repeats: '],
    ['less than one', '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":0}]}', 'include.0.repeats: '],
    ['parts of one', '{"include":[{"scenario":"default","kubernetes":"v1.34","repeats":1.5}]}', 'include.0.repeats: '],
    [
      'the same twice',
      '{"include":[{"scenario":"quick","kubernetes":"v1.34"},{"scenario":"quick","kubernetes":"v1.34"}]}',
      'quick-v1.34 twice',
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
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining(text)]);
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
    expect(linesOf(other.stdout)).toContain(
      '    quick-v1.34: expected the runs that were planned, found this one besides',
    );
    expect(JSON.parse(readFileSync(other.json, 'utf8'))).toMatchObject({
      good: false,
      cells: [{ name, verdict: 'inconclusive' }],
    });
  });

  test('of which nothing was expected is not good, and no later night is held against it', async () => {
    const allowed = { NIGHT_ALLOW: 'unknown,uncomparable' };
    const tonight = await judge('measured', { tonight: 'unexpecting', base: [] }, allowed);
    expect([tonight.exitCode, tonight.good]).toEqual([2, 'false']);
    expect(linesOf(tonight.stdout)).toEqual(
      expect.arrayContaining([
        '| quick-v1.34 | measured | 0 | – | not compared: too few comparable nights |',
        '    PLACE/measured/tonight/quick-v1.34: nothing was expected of it, so nothing could fail',
      ]),
    );
    const before = await judge('after measured', { tonight: 'good-6', base: ['unexpecting'] }, allowed);
    expect(linesOf(before.stdout)).toContain(
      '    PLACE/after-measured/base/1/quick-v1.34: expected runs that passed, found measured: nothing was expected of it',
    );
  });

  test('of fewer runs than planned is inconclusive, and founds no base', async () => {
    const { exitCode, stdout, good } = await judge('one of them', { tonight: 'one', base: [] }, planOf(repeats));
    expect([exitCode, good]).toEqual([2, 'false']);
    expect(linesOf(stdout)).toEqual(
      expect.arrayContaining([
        '| quick-v1.34 | inconclusive | 0 | – | not compared: too few comparable nights |',
        `    PLACE/one-of-them/tonight/quick-v1.34: expected ${repeats} runs, as planned, found 1`,
      ]),
    );
    const complete = await judge('all of them', { tonight: 'good-6', base: [] }, planOf(repeats));
    expect([complete.exitCode, complete.good]).toEqual([0, 'true']);
  });

  test('of fewer runs than the good nights have does not pass, and founds a base only where they were planned', async () => {
    const night = { tonight: 'one', base: one };
    const unplanned = await judge('one unplanned', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([unplanned.exitCode, unplanned.good]).toEqual([2, 'false']);
    expect(unplanned.stdout).toContain('| quick-v1.34 | inconclusive | 1 |');
    expect(linesOf(unplanned.stdout)).toContain(
      `    PLACE/one-unplanned/tonight/quick-v1.34: expected ${repeats} runs, as many as a good night has, found 1`,
    );
    const planned = await judge('one planned', night, planOf(1));
    expect([planned.exitCode, planned.good]).toEqual([2, 'true']);
    expect(linesOf(planned.stdout)).toEqual(
      expect.arrayContaining([
        'Fewer runs than the good nights have:',
        `- quick-v1.34: PLACE/one-planned/tonight/quick-v1.34: expected ${repeats} runs, as many as a good night has, found 1, as many as were planned`,
      ]),
    );
  });

  test('without a run that the good nights have is good only where a plan dropped it', async () => {
    const folder = join(place, 'less', 'base', '1');
    nightOf(folder, 'good-1');
    cpSync(join(place, 'runs', 'good-1'), join(folder, 'tight-grace-v1.34'), { recursive: true });
    const night = { tonight: 'good-6', base: ['good-1'] };
    const without = await judge('less', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([without.exitCode, without.good]).toEqual([2, 'false']);
    expect(linesOf(without.stdout)).toContain('| tight-grace-v1.34 | missing tonight | | | |');
    expect((await judge('less', night, planOf(repeats))).good).toBe('true');
  });

  test('with a regression fails as one, and founds no base', async () => {
    const { exitCode, stdout, good } = await judge(
      'worse',
      { tonight: 'regressed', base: five },
      { NIGHT_ALLOW: 'unknown,uncomparable' },
      join(place, 'later'),
    );
    expect(stdout).toMatch(/^\| quick-v1\.34 \| fail \| 5 \| \S+ \| \*\*regression\*\* \|$/m);
    expect([exitCode, good]).toEqual([3, 'false']);
  });

  test('with too few good nights is none that passes, and later nights may compare with it', async () => {
    const night = { tonight: 'good-6', base: five.slice(0, 4) };
    const { exitCode, stdout, good } = await judge('few', night, { NIGHT_ALLOW: 'unknown' });
    expect([exitCode, good]).toEqual([2, 'true']);
    expect(linesOf(stdout)).toContain('| quick-v1.34 | pass | 4 | – | not compared: too few comparable nights |');
    const allowed = { tonight: 'good-6', base: one };
    expect((await judge('few but allowed', allowed, { NIGHT_ALLOW: 'uncomparable' })).exitCode).toBe(0);
  });

  test('on a later patch release is compared, with a note', async () => {
    const { exitCode, stdout } = await judge('patch', { tonight: 'patch', base: five }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(0);
    expect(linesOf(stdout)).toContain('> patch releases of one minor are compared: base v1.34.4; candidate v1.34.3');
  });

  test('that does not compare, here for another minor, is none that passes, and says why', async () => {
    const base = ['minor', ...five.slice(0, 4)];
    const { exitCode, stdout } = await judge('minor', { tonight: 'good-6', base }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(2);
    expect(linesOf(stdout)).toContain('      kubernetesVersion: base v1.33.0; candidate v1.34.4');
  });

  test('of runs that a good night has, too, was not measured, and founds no base', async () => {
    const night = { tonight: 'good-6', base: [...one, 'good-6'] };
    const { exitCode, stdout, good } = await judge('stale', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([exitCode, good]).toEqual([2, 'false']);
    expect(stdout).toContain('| quick-v1.34 | inconclusive | 1 |');
    expect(linesOf(stdout)).toContain(
      `    PLACE/stale/tonight/quick-v1.34: expected runs of tonight, found that ${repeats} of ${repeats} are copies: a good night has them, they are there twice, or they are single runs of the model of one place in the heartbeat`,
    );
  });

  test('whose folder holds runs of something else was not measured, and founds no base', async () => {
    const night = { tonight: 'minor', base: one };
    const { exitCode, stdout, good } = await judge('other', night, { NIGHT_ALLOW: 'unknown,uncomparable' });
    expect([exitCode, good]).toEqual([2, 'false']);
    expect(linesOf(stdout)).toEqual(
      expect.arrayContaining([
        '| quick-v1.34 | inconclusive | 0 | – | not compared: too few comparable nights |',
        '    PLACE/other/tonight/quick-v1.34: expected runs of quick-v1.34, found quick on v1.33.0',
      ]),
    );
  });

  test('against five copies of one night is against one', async () => {
    const copies = five.map(() => 'good-1');
    const { exitCode, stdout } = await judge('copies', { tonight: 'good-6', base: copies }, { NIGHT_ALLOW: 'unknown' });
    expect(exitCode).toBe(2);
    expect(linesOf(stdout)).toContain('| quick-v1.34 | pass | 1 | – | not compared: too few comparable nights |');
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
    expect(linesOf(lost.stdout)).toContain('| lost-v1.34 | missing tonight | | | |');
    const allowed = { NIGHT_ALLOW: 'unknown,uncomparable' };
    expect((await judge('empty', { tonight: null, base: one }, allowed)).exitCode).toBe(2);
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
    expect(linesOf(stdout)).toContain(
      '| quick-v1.34 | inconclusive | 0 | – | not compared: too few comparable nights |',
    );
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
    expect(stdout).toContain('| quick-v1.34 | fail |');
    expect(stdout).toContain('run.json: expected sha256');
    expect(stdout).not.toContain('All is well.');
  });

  test('takes no night for good whose runs did not pass', async () => {
    const { exitCode, stdout } = await judge(
      'after a harm',
      { tonight: 'good-6', base: [...five.slice(0, 4), 'harmed'] },
      { NIGHT_ALLOW: 'unknown' },
    );
    expect(exitCode).toBe(2);
    expect(stdout).toContain('expected runs that passed, found fail');
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
    const allowed = { NIGHT_ALLOW: 'unknown' };
    const asked = ['--seal-key', key];
    expect((await judge('sealed', { tonight: 'sealed-6', base: sealed }, allowed, 'here', asked)).exitCode).toBe(0);
    const few = { NIGHT_ALLOW: 'unknown,uncomparable' };
    const unsealed = { tonight: 'good-6', base: sealed.slice(0, 1) };
    const other = await judge('unsealed tonight', unsealed, few, 'here', asked);
    expect([other.exitCode, other.good]).toEqual([2, 'false']);
    expect(other.stdout).toContain('| quick-v1.34 | inconclusive |');
    const before = [...sealed.slice(0, 4), 'good-5'];
    const short = await judge('unsealed before', { tonight: 'sealed-6', base: before }, allowed, 'here', asked);
    expect([short.exitCode, short.stdout]).toEqual([2, expect.stringContaining('| quick-v1.34 | pass | 4 | – |')]);
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
    const [summary = ''] = stdout.split('<details>');
    expect(summary).toContain('2 runs of good nights do not compare with tonight’s and were left out');
    expect(summary).toContain('another version of skipbeat made it, or it was edited');
  });

  test('refuses what it does not know', async () => {
    const { exitCode, stderr } = await tool('night', { NIGHT_ALLOW: 'all' }, ['tonight', 'base']);
    expect([exitCode, stderr]).toEqual([
      64,
      'NIGHT_ALLOW: expected unknown, uncomparable, received all.\nTry: NIGHT_ALLOW=unknown',
    ]);
  });
});
