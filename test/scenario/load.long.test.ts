import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkScenario, loadScenario, parseSet, scenarioNames } from '../../src/scenario/index.ts';
import { refusalOf } from '../support/refusal.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-scenario-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const small = 'name: a\nprofile: fast\nphases: [{steady: 1s}]\n';

const once = { afterMs: 0, lastsMs: null, everyMs: null, times: 1 };

describe('finding a scenario', () => {
  test('a name is found wherever the command is run', () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const loaded = loadScenario('tight-grace');
      expect(loaded.scenario.name).toBe('tight-grace');
      expect(loaded.file).toBe(join(before, 'scenarios/tight-grace.yaml'));
    } finally {
      process.chdir(before);
    }
    expect(loadScenario('tight-grace').file).toBe('scenarios/tight-grace.yaml');
  });

  test('an unknown name lists the known ones and the one that was meant', () => {
    const error = refusalOf(() => loadScenario('tigt-grace'));
    expect([error.code, error.exitCode, error.next]).toEqual(['SCENARIO_NOT_FOUND', 64, 'npm run skipbeat -- list']);
    expect(error.message).toBe(
      `scenario: expected one of ${scenarioNames().join(', ')}, or a path that ends in .yaml, ` +
        'received "tigt-grace"; did you mean "tight-grace"?',
    );
    expect(refusalOf(() => loadScenario('')).code).toBe('SCENARIO_NOT_FOUND');
  });

  test('a path that leads nowhere lists them too', () => {
    const error = refusalOf(() => loadScenario('./nope.yaml'));
    expect([error.code, error.exitCode]).toEqual(['SCENARIO_NOT_FOUND', 64]);
    expect(error.message).toBe(
      `./nope.yaml: expected a file, received nothing there; known scenarios: ${scenarioNames().join(', ')}`,
    );
  });

  test('a folder, a device and a path through a file are no files', () => {
    expect(refusalOf(() => loadScenario(`${folder}/`)).message).toBe(
      `${folder}/: expected a file, received something else`,
    );
    expect(refusalOf(() => loadScenario('/dev/zero')).message).toBe(
      '/dev/zero: expected a file, received something else',
    );
    const error = refusalOf(() => loadScenario(`${file('plain.yaml', small)}/x.yaml`));
    expect([error.code, error.exitCode]).toEqual(['SCENARIO_INVALID', 64]);
    expect(error.message).toBe(
      `${folder}/plain.yaml/x.yaml: expected a readable file, received ENOTDIR: not a directory, open '${folder}/plain.yaml/x.yaml'`,
    );
  });

  test('the command that comes next is quoted for a shell', () => {
    const error = refusalOf(() => loadScenario(file("it's a file.yaml", '')));
    expect(error.next).toBe(`npm run skipbeat -- validate '${folder}/it'\\''s a file.yaml'`);
  });
});

describe('texts that are no scenario', () => {
  test('10 MB are refused unread', () => {
    const path = file('large.yaml', '');
    truncateSync(path, 10_000_000);
    expect(refusalOf(() => loadScenario(path)).message).toBe(`${path}: expected at most 1 MB, received 10.0 MB`);
  });

  test.each([
    ['bytes that are no UTF-8', new Uint8Array([0x6e, 0xff, 0xfe, 0x00])],
    ['a zero byte', 'name: a\0b'],
  ])('%s are refused as binary', (_what, content) => {
    const path = file('binary.yaml', content);
    expect(refusalOf(() => loadScenario(path)).message).toBe(
      `${path}: expected YAML as UTF-8 text, received binary data`,
    );
  });

  const bomb = Array.from(
    { length: 9 },
    (_, level) =>
      `k${level}: &k${level} [${
        level === 0
          ? 'x'
          : Array(9)
              .fill(`*k${level - 1}`)
              .join(', ')
      }]`,
  ).join('\n');

  test.each([
    ['an empty file', '', '1:1: expected a mapping with name, profile and phases, received an empty file'],
    [
      'nothing but white space',
      ' \n\n',
      '1:1: expected a mapping with name, profile and phases, received an empty file',
    ],
    ['a comment', '# a\n', '1:1: expected a mapping with name, profile and phases, received nothing (null)'],
    ['a list', '- a\n- b\n', '1:1: expected a mapping with name, profile and phases, received a list of 2'],
    ['a word', 'fast', '1:1: expected a mapping with name, profile and phases, received "fast"'],
    ['several documents', `${small}---\n${small}`, '4:1: expected one YAML document, received several'],
    ['a repeated key', `${small}name: b\n`, '4:1: expected each key once, received "name" again'],
    ['a tag', 'name: !mine a\n', '1:7: expected YAML without tags of its own, received an unknown one'],
    ['an open quote', "name: 'a\n", "2:1: expected YAML, received an error: Missing closing 'quote"],
    ['a tab', 'phases:\n\t- a\n', '2:1: expected YAML, received an error: Tabs are not allowed as indentation'],
    ['an alias without anchor', 'name: *a\n', '1:7: expected an alias with an anchor, received *a'],
    ['aliases of aliases', bomb, 'Excessive alias count indicates a resource exhaustion attack'],
    ['many aliases', `a: &a 1\nb: [${'*a, '.repeat(101)}]`, '1:1: expected at most 100 uses of aliases, received 101'],
    ['a list in lists', '['.repeat(20_000), 'expected YAML nested a few levels deep, received hundreds'],
    ['dashes on a line', '- '.repeat(20_000), 'expected YAML nested a few levels deep, received hundreds'],
  ])('%s', (_what, text, message) => {
    const error = refusalOf(() => checkScenario(text, 'x.yaml'));
    expect([error.code, error.exitCode, error.next]).toEqual([
      'SCENARIO_INVALID',
      64,
      'npm run skipbeat -- validate x.yaml',
    ]);
    const [line = ''] = error.message.split('\n');
    expect(line).toMatch(/^x\.yaml:\d+:\d+: /);
    expect(line.endsWith(message)).toBe(true);
  });

  test('two thousand wrong keys are counted, and the first are shown', () => {
    const text = Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join('\n');
    // 40 of the 2003, for name, profile and phases are missing besides, and what is left.
    const lines = refusalOf(() => checkScenario(text, 'x.yaml')).message.split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([41, '… and 1963 more']);
  });

  test('a list that contains itself is refused', () => {
    expect(refusalOf(() => checkScenario('name: a\nprofile: fast\nphases: &a [*a]\n', 'x.yaml')).message).toBe(
      'x.yaml:3:13: phases[0]: expected a mapping with the keys steady, fault, inject, recover, received a list of 1',
    );
  });
});

describe('what was left out has its default', () => {
  test('three keys are a scenario', () => {
    expect(checkScenario(small, 'x.yaml').scenario).toEqual({
      name: 'a',
      title: 'a',
      profile: {
        name: 'fast',
        nodeStatusUpdateFrequencyMs: 4000,
        nodeMonitorPeriodMs: 2000,
        nodeMonitorGracePeriodMs: 20_000,
        evictionAfterMs: 30_000,
        evictionBy: null,
      },
      reading: 'literal',
      cluster: { topology: 'single', kubernetes: 'v1.34', controlPlanes: 1, workers: 2, apiServerPort: null },
      workload: { replicas: 2 },
      load: { ratePerSecond: 50, connection: 'fresh', timeoutMs: 1000 },
      phases: [{ kind: 'steady', durationMs: 1000 }],
      expect: [],
      seed: 1,
      repeats: 1,
    });
  });

  test('a load enters through an untouched node, unless another is asked for', () => {
    const text = (load: string, phase = 'steady: 1s') =>
      `name: a\nprofile: fast\nload: ${load}\nphases: [{${phase}}]\n`;
    const through = (load: string) => checkScenario(text(load), 'x.yaml').scenario.load.through;
    expect(through('{}')).toBeUndefined();
    expect(through('{through: untouched}')).toBeUndefined();
    expect(through('{through: every}')).toBe('every');
    expect(() => through('{through: all}')).toThrow(/load\.through: expected one of untouched, target, every/);
    expect(() => through('{through: target}')).toThrow(
      'x.yaml:3:17: load.through: expected a phase fault beside target, received phases without one',
    );
    const fault = 'fault: 1s, inject: [{kind: kubelet-pause, target: {role: worker}}]';
    expect(checkScenario(text('{through: target}', fault), 'x.yaml').scenario.load.through).toBe('target');
  });

  test('a whole one is read as it stands, anchors and all', () => {
    const text = `name: whole
title: &title Every key
profile: {name: mine, nodeStatusUpdateFrequency: 4.5s, evictionAfter: 0s, evictionBy: tolerations}
reading: equivalent
cluster: {topology: ha, kubernetes: "1.36.3", workers: 4, apiServerPort: 6443}
workload: {replicas: 3}
load: {ratePerSecond: 0.5, connection: both, timeout: 250ms}
phases:
  - steady: 0s
  - fault: &long 1m30s
    inject:
      - {kind: kubelet-pause, target: {role: worker, count: 1}}
      - {kind: kubelet-pause, target: {nodes: [control-plane2, worker4]}}
  - recover: {within: *long}
expect:
  - {figure: requests.byPhase.recover.ok, min: 1, max: 10}
  - {figure: pods.evicted, equals: 0}
seed: 7
repeats: 1
`;
    const { scenario, resolved } = checkScenario(text, 'x.yaml');
    expect(scenario).toEqual({
      name: 'whole',
      title: 'Every key',
      profile: {
        name: 'mine',
        nodeStatusUpdateFrequencyMs: 4500,
        nodeMonitorPeriodMs: null,
        nodeMonitorGracePeriodMs: null,
        evictionAfterMs: 0,
        evictionBy: 'tolerations',
      },
      reading: 'equivalent',
      cluster: { topology: 'ha', kubernetes: 'v1.36.3', controlPlanes: 3, workers: 4, apiServerPort: 6443 },
      workload: { replicas: 3 },
      load: { ratePerSecond: 0.5, connection: 'both', timeoutMs: 250 },
      phases: [
        { kind: 'steady', durationMs: 0 },
        {
          kind: 'fault',
          durationMs: 90_000,
          inject: [
            { kind: 'kubelet-pause', target: { role: 'worker', count: 1 }, timing: once },
            { kind: 'kubelet-pause', target: { nodes: ['control-plane2', 'worker4'] }, timing: once },
          ],
        },
        { kind: 'recover', withinMs: 90_000 },
      ],
      expect: [
        { figure: 'requests.byPhase.recover.ok', min: 1, max: 10, equals: null },
        { figure: 'pods.evicted', min: null, max: null, equals: 0 },
      ],
      seed: 7,
      repeats: 1,
    });
    expect(checkScenario(resolved, 'y.yaml').scenario).toEqual(scenario);
  });
});

describe('changes from the command line', () => {
  const changed = (text: string, ...sets: readonly string[]) => {
    const overrides = sets.map((set) => {
      const read = parseSet(set);
      if ('problem' in read) throw new Error(read.problem.message);
      return read.override;
    });
    return checkScenario(text, 'x.yaml', { overrides });
  };

  test('reach into mappings and lists, in either spelling, and stay in the resolved text', () => {
    const { scenario, resolved } = changed(
      small,
      'load.timeout=2s',
      'phases[0].steady=5s',
      'phases.1={recover: {within: 9s}}',
      'title=a: b',
      'title="a: b"',
      'cluster.workers=3',
      'cluster.workers=1',
    );
    expect(scenario.load.timeoutMs).toBe(2000);
    expect(scenario.phases).toEqual([
      { kind: 'steady', durationMs: 5000 },
      { kind: 'recover', withinMs: 9000 },
    ]);
    expect(scenario.title).toBe('a: b');
    expect(scenario.cluster.workers).toBe(1);
    expect(checkScenario(resolved, 'y.yaml').scenario).toEqual(scenario);
  });

  test('may replace an inline profile by a known one, and correct what the file has wrong', () => {
    expect(changed(small.replace('fast', '{nodeMonitorPeriod: 1s}'), 'profile=slow').scenario.profile.name).toBe(
      'slow',
    );
    expect(changed(small.replace('fast', 'nonsense'), 'profile=slow').scenario.profile.name).toBe('slow');
    expect(
      changed(small, 'profile.nodeMonitorPeriod=3s'.replace('.nodeMonitorPeriod=', '={nodeMonitorPeriod: ') + '}'),
    ).toMatchObject({ scenario: { profile: { name: 'inline', nodeMonitorPeriodMs: 3000 } } });
  });
});
