import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { profileNames } from '../../src/profile/index.ts';
import { scenarioJsonSchema } from '../../src/scenario/index.ts';
import { callProgram } from '../support/call-program.ts';
import { noEngine, runProgram } from '../support/program.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without an engine's address, so that plans do not depend on this machine's images. */
const skipbeat = (argv: readonly string[], cwd = process.cwd()) => callProgram(argv, { cwd, env: noEngine });

/** The scenarios that come with skipbeat, by their files. */
const shipped = readdirSync('scenarios')
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map(
    (file) => parse(readFileSync(join('scenarios', file), 'utf8')) as { readonly name: string; readonly title: string },
  )
  .map(({ name, title }) => ({ name, title }));

describe('list', () => {
  test('prints a table within 80 columns, from any folder', async () => {
    const { exitCode, stdout, stderr } = await runProgram(['list'], { cwd: folder, env: noEngine });
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    const row = lines.findIndex((line) => line.startsWith('tight-grace '));
    expect([lines[0], ...lines.slice(row)]).toEqual([
      'name                            profile       kubernetes   title',
      'tight-grace                     tight-grace   v1.34        Grace as short as the',
      '                                                           heartbeat',
      '',
    ]);
    const names = lines.slice(1).flatMap((line) => /^\S+/.exec(line)?.[0] ?? []);
    expect(names).toEqual(shipped.map(({ name }) => name));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('prints JSON', async () => {
    const { stdout } = await skipbeat(['list', '--json']);
    const listed = JSON.parse(stdout) as readonly { readonly name: string; readonly title: string }[];
    expect(listed.map(({ name, title }) => ({ name, title }))).toEqual(shipped);
    expect(listed.filter(({ name }) => name === 'tight-grace')).toEqual([
      {
        name: 'tight-grace',
        profile: 'tight-grace',
        reading: 'literal',
        kubernetes: 'v1.34',
        title: 'Grace as short as the heartbeat',
      },
    ]);
  });
});

describe('validate', () => {
  test('checks every known scenario where none is named', async () => {
    const { exitCode, stdout, stderr } = await runProgram(['validate'], { cwd: process.cwd() });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toBe(shipped.map(({ name, title }) => `ok  scenarios/${name}.yaml: ${title}\n`).join(''));
  });

  test('reports all problems of all files on stderr, and those that are sound on stdout', async () => {
    const one = join(folder, 'one.yaml');
    const other = join(folder, 'the other.yaml');
    writeFileSync(one, 'name: one\nprofile: fats\nphases: [{steady: -1s}]\n');
    writeFileSync(other, '');
    const { exitCode, stdout, stderr } = await skipbeat(['validate', one, 'fast', other]);
    expect([exitCode, stdout]).toEqual([64, 'ok  scenarios/fast.yaml: Fast updates, fast reaction\n']);
    expect(stderr).toBe(
      `SCENARIO_INVALID  ${one}:2:10: profile: expected a profile (${profileNames.join(', ')}) or a mapping of its settings, received "fats"; did you mean "fast"?
${one}:3:19: phases[0].steady: expected a duration of 0 or more, such as 10s, received "-1s"
${other}:1:1: expected a mapping with name, profile and phases, received an empty file
Try: npm run skipbeat -- validate ${one} '${other}'
`,
    );
  });
});

describe('plan', () => {
  test('prints JSON alone on stdout, and where the version comes from on stderr', async () => {
    const { exitCode, stdout, stderr } = await skipbeat(['plan', 'tight-grace', '--json', '--set', 'load.timeout=2s']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: 'tight-grace',
      kubernetesVersion: 'v1.34.4',
      load: { timeoutMs: 2000 },
    });
    expect(stderr).toBe('Kubernetes v1.34.4: assumed for v1.34: this machine has no node image of it\n');
  });

  test('takes every option that changes a scenario', async () => {
    const options = ['--profile', 'slow', '--kubernetes', '1.26.3', '--seed', '9', '--set', 'cluster.workers=1'];
    const { exitCode, stdout } = await skipbeat(['plan', 'default', '--json', ...options, '--set', 'seed=3']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      profile: { name: 'slow', controllerManagerArgs: { 'pod-eviction-timeout': '1m' } },
      kubernetesVersion: 'v1.26.3',
      seed: 9,
      topology: { workers: 1 },
    });
  });

  test('refuses all that is wrong with them at once', async () => {
    const options = [
      '--profile',
      'fats',
      '--kubernetes',
      '1.10',
      '--seed',
      'x',
      '--repeats',
      '0',
      '--set',
      'load.rate=1',
    ];
    const { exitCode, stdout, stderr } = await skipbeat(['plan', 'default', ...options]);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      `SCENARIO_INVALID  --profile: profile: expected a profile (${profileNames.join(', ')}) or a mapping of its settings, received "fats"; did you mean "fast"?
--kubernetes: cluster.kubernetes: expected a Kubernetes version from v1.11 to v1.37, such as v1.34 or v1.34.4, received "1.10"
--set load.rate: load.rate: expected one of the keys ratePerSecond, connection, timeout, through, received "rate"; did you mean "ratePerSecond"?
--seed: seed: expected an integer from 0 to 4294967295, received "x" (string)
--repeats: repeats: expected an integer from 1 to 1000, received 0 (number)
Try: give --profile, --kubernetes, --set load.rate, --seed, --repeats another value, or leave them out
`,
    );
  });

  test('names the scenario that was meant', async () => {
    const { exitCode, stderr } = await skipbeat(['plan', 'tigt-grace']);
    expect([exitCode, stderr]).toEqual([
      64,
      `SCENARIO_NOT_FOUND  scenario: expected one of ${shipped.map(({ name }) => name).join(', ')}, or a path that ends in .yaml, received "tigt-grace"; did you mean "tight-grace"?
Try: npm run skipbeat -- list
`,
    ]);
  });
});

test('schema prints the JSON Schema of scenarios', async () => {
  expect(await runProgram(['schema'], { cwd: folder })).toEqual({
    exitCode: 0,
    stdout: scenarioJsonSchema(),
    stderr: '',
  });
});
