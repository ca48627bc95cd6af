import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProgram } from '../support/call-program.ts';
import { runProgram } from '../support/program.ts';

let place = '';
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-odd-'));
});
afterAll(() => rmSync(place, { recursive: true }));

const skipbeat = (...argv: readonly string[]) => callProgram(argv, { cwd: place });

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await runProgram(['--version'], { cwd: place })).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

const noRepeats = '--repeats: repeats: expected an integer from 1 to 1000, received 0 (number)';
const noSeed = '--seed: seed: expected an integer from 0 to 4294967295, received "x" (string)';

test.each([
  [['--repeats', '0'], noRepeats, 'give --repeats another value, or leave it out'],
  [['--seed', 'x'], noSeed, 'give --seed another value, or leave it out'],
  [
    ['--set', 'load.timeout=0'],
    '--set load.timeout: load.timeout: expected a duration such as 10s, 1m30s or 2m, received 0 (number)',
    'give --set load.timeout another value, or leave it out',
  ],
  [
    ['--repeats', '0', '--seed', 'x'],
    `${noSeed}\n${noRepeats}`,
    'give --seed, --repeats another value, or leave them out',
  ],
])('what is wrong with %j is to be fixed there, not in the scenario', async (options, problem, next) => {
  const { exitCode, stderr } = await skipbeat('run', 'tight-grace', '--backend', 'model', ...options);
  expect([exitCode, stderr]).toEqual([64, `SCENARIO_INVALID  ${problem}\nTry: ${next}\n`]);
});

test.each([[['--cluster', 'demo']], [['--keep-cluster']]])(
  '%j beside --backend model is refused: the model makes no cluster',
  async (options) => {
    const { exitCode, stderr } = await skipbeat('run', 'tight-grace', '--backend', 'model', ...options);
    expect([exitCode, stderr]).toEqual([
      64,
      `CLUSTER_OF_MODEL  ${options[0]}: expected a run on a real cluster, received --backend model, which makes none.\nTry: leave one of the two out\n`,
    ]);
    expect(existsSync(join(place, 'runs'))).toBe(false);
  },
);

test('a duration that is no millisecond is an error of the scenario, by its line, before a folder is made', async () => {
  const file = join(place, 'short.yaml');
  writeFileSync(file, 'name: short\nprofile:\n  nodeMonitorGracePeriod: 1ns\nphases: [{steady: 1s}]\n');
  const { exitCode, stderr } = await skipbeat('run', file, '--backend', 'model');
  expect(exitCode).toBe(64);
  expect(stderr).toBe(
    `SCENARIO_INVALID  ${file}:3:27: profile.nodeMonitorGracePeriod: expected a duration of 1ms or more, such as 10s, received "1ns"
Try: npm run skipbeat -- validate ${file}
`,
  );
  expect(existsSync(join(place, 'runs'))).toBe(false);
});

test('what is to be typed next names the file that was typed, not the name that stands in it', async () => {
  const file = join(place, 'with blanks.yaml');
  writeFileSync(file, 'name: managed\nprofile: default\ncluster: {topology: managed}\nphases: [{steady: 1s}]\n');
  const { exitCode, stderr } = await skipbeat('run', file, '--backend', 'kind');
  expect([exitCode, stderr]).toEqual([
    64,
    `SCENARIO_MODEL_ONLY  cluster.topology: expected single or ha, for kind makes a node of every control plane, received managed.
Try: npm run scenario -- '${file}' --backend model
`,
  ]);
});

test('a plan for which no formula is says what to type next: the command that was typed, simulated', async () => {
  const file = join(place, 'flapping nodes.yaml');
  writeFileSync(
    file,
    'name: a\nprofile: {nodeMonitorGracePeriod: 5s}\nphases: [{fault: 60s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}]}]\n',
  );
  const { exitCode, stdout } = await skipbeat('plan', file, '--set', 'title=two nodes', '--seed', '7', '--age', 'old');
  const [, printed] = /^ {2}(no formula: [\s\S]*?--simulate\s+200)$/m.exec(stdout) ?? [];
  expect([
    exitCode,
    printed
      ?.split('\n')
      .map((line) => line.trim())
      .join(' '),
  ]).toEqual([
    0,
    `no formula: nodes flap by themselves so often that windows of the fault do not hold: ask simulations, npm run skipbeat -- plan '${file}' --set 'title=two nodes' --seed 7 --age old --simulate 200`,
  ]);
});

test('an --out where no folder can be made ends the run with a sentence, soon', async () => {
  const asked = ['run', 'tight-grace', '--backend', 'model', '--out', '/proc/x'];
  const { exitCode, stderr } = await runProgram(asked, { cwd: place });
  expect(exitCode).toBe(75);
  expect(stderr).toBe(
    `predicted, nothing is run: --backend model
RUN_FOLDER_NOT_MADE  /proc/x: expected to make a new folder for the evidence, found that ENOENT: no such file or directory, mkdir '/proc/x'.
Try: name another place with --out DIR
`,
  );
});

test('a run of which nothing was expected was measured, and passed nothing', async () => {
  const file = join(place, 'nothing-expected.yaml');
  writeFileSync(file, 'name: nothing-expected\nprofile: default\nphases: [{steady: 5s}]\n');
  const folder = join(place, 'nothing-expected');
  const { exitCode, stdout } = await skipbeat('run', file, '--backend', 'model', '--out', folder);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`  predicted, nothing was run: every figure comes from the model
  MEASURED  nothing was expected of it

             NotReady    ok   refused   timeout   other      p99
    steady          0   250         0         0       0   1.0 ms
    all             0   250         0         0       0   1.0 ms

    since the load began    modelled
    first node NotReady            –
    no endpoint left               –
    first refused                  –
    first pod evicted              –
    last node Ready again          –
    last refused                   –

  Writes    – leases, – status posts per node and minute
  Evidence  ${folder}  (run.json, events.ndjson)
`);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  // What it shows beside that is another test's.
  expect(read('summary.md').split('\n\n').slice(0, 2)).toEqual([
    '### MEASURED: nothing-expected, nothing-expected',
    'Neither pass nor fail: nothing was expected of it.',
  ]);
  expect(/<title>(.*?)<\/title>/.exec(read('report.html'))?.[1]).toBe(
    'Measured: nothing-expected on v1.34.4 (predicted)',
  );
  expect(read('junit.xml').replaceAll(/time="\d+\.\d+"/g, 'time="T"')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="skipbeat" tests="2" failures="0" errors="0" time="T">
  <testsuite name="nothing-expected" tests="2" failures="0" errors="0" time="T" skipped="1">
    <properties>
      <property name="verdict" value="measured"/>
      <property name="evidence" value="sealed"/>
      <property name="predicted" value="true"/>
      <property name="backend" value="model"/>
      <property name="profile" value="default"/>
      <property name="reading" value="literal"/>
      <property name="kubernetes" value="v1.34.4"/>
      <property name="topology" value="single"/>
      <property name="entrance" value="entered through worker, which no fault touches"/>
      <property name="seed" value="1"/>
    </properties>
    <testcase classname="skipbeat.nothing-expected" name="the evidence is valid" time="T"/>
    <testcase classname="skipbeat.nothing-expected" name="an expectation" time="T">
      <skipped message="nothing was expected of it: measured, neither pass nor fail"/>
    </testcase>
  </testsuite>
</testsuites>
`);
  expect(JSON.parse(read('run.json'))).toMatchObject({ verdict: 'pass', expectations: [] });
  for (const name of ['summary.md', 'report.html', 'junit.xml']) expect(read(name)).not.toMatch(/\bPASS\b/);
  const again = await skipbeat('run', file, '--backend', 'model', '--repeats', '3');
  expect(again.stdout.split('\n')[1]).toBe('  MEASURED  nothing was expected of it; all 3 repeats are complete');
});

test("what a file says in an error reaches no terminal's controls", async () => {
  const name = 'a\u009b31m\u202e\u001b[2J\u007fb';
  const manifest = `[{"apiVersion": "v1", "kind": ${JSON.stringify(name)}, "metadata": {"name": "x"}}]`;
  writeFileSync(
    join(place, 'hostile.yaml'),
    `name: hostile\nprofile: fast\nworkload: {service: web, manifest: ${manifest}}\nphases: [{steady: 1s}]\n`,
  );
  const { exitCode, stderr } = await skipbeat('validate', 'hostile.yaml');
  expect([exitCode, stderr]).toEqual([
    64,
    `SCENARIO_INVALID  hostile.yaml:3:37: workload.manifest[0]: expected ConfigMap, Service, ServiceAccount, Deployment, StatefulSet, PodDisruptionBudget, NetworkPolicy, received "v1 a 31m\\u001b[2J b"
Try: npm run skipbeat -- validate hostile.yaml
`,
  ]);
  expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
});
