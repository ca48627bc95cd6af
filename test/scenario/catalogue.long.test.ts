import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commonPauseMs } from '../../src/matrix/index.ts';
import { makePlan } from '../../src/plan/index.ts';
import { compileProfile, flapOf, profileNames } from '../../src/profile/index.ts';
import { faultSchema } from '../../src/scenario/faults/read-fault.ts';
import { loadScenario, scenarioJsonSchema, scenarioNames } from '../../src/scenario/index.ts';

const text = (name: string): string => readFileSync(`scenarios/${name}`, 'utf8');

const faultKinds = faultSchema.options.map((one) => one.shape.kind.value);

/** No profile has to have one; what bears a profile's name is the common disturbance under it. */
const profileScenarios = profileNames.filter((name) => scenarioNames().includes(name));

/** Those of operators' guides; a further profile may have a scenario, and need not. */
const guides: readonly string[] = ['default', 'tight-grace', 'fast', 'medium', 'slow'];

test('the five profiles of the guides have scenarios of their names', () => {
  expect(profileScenarios.slice(0, guides.length)).toEqual(guides);
});

describe.each(profileScenarios)('%s', (name) => {
  const { scenario } = loadScenario(name);

  test('is named after its file, uses its profile, and shares the disturbance of the others', () => {
    expect([scenario.name, scenario.profile.name, scenario.reading]).toEqual([name, name, 'literal']);
    const shared = loadScenario('default').scenario;
    expect({ ...scenario, phases: scenario.phases.slice(0, 2) }).toEqual({
      ...shared,
      name,
      title: scenario.title,
      profile: scenario.profile,
      expect: scenario.expect,
      phases: shared.phases.slice(0, 2),
    });
  });

  test('expects of its nodes what the formulas are sure of', () => {
    const { prediction } = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
    const bounds = scenario.expect.find(({ figure }) => figure === 'nodes.notReadyTransitions');
    const min = prediction.flap === 'certain' ? 1 : null;
    const max = prediction.flap === 'impossible' ? 0 : null;
    expect(prediction.flap).not.toBe('possible');
    expect(bounds).toEqual({ figure: 'nodes.notReadyTransitions', min, max, equals: null });
    const evicted = scenario.expect.find(({ figure }) => figure === 'pods.evicted');
    if (evicted !== undefined) expect([evicted.max, prediction.evictionAfterMs]).toEqual([0, null]);
  });

  test('says what one learns, names its JSON Schema, and has a title that fits a table', () => {
    const lines = text(`${name}.yaml`).split('\n');
    expect(lines[0]).toBe('# yaml-language-server: $schema=./schema.json');
    expect(lines[1]).toMatch(/^# What one learns: /);
    expect(scenario.title.length).toBeLessThanOrEqual(40);
  });
});

describe.each(faultKinds)('fault kind %s', (kind) => {
  const using = scenarioNames().filter((name) =>
    loadScenario(name).scenario.phases.some(
      (phase) => 'inject' in phase && phase.inject.some((one) => one.kind === kind),
    ),
  );

  test('has a scenario, which its row in docs/faults.md says how to run', () => {
    const rows = readFileSync('docs/faults.md', 'utf8')
      .split('\n')
      .filter(
        (line) =>
          line.startsWith('| `') &&
          line.includes('npm run scenario -- ') &&
          line.split(' | ')[0]?.includes(`\`${kind}\``),
      );
    expect(rows).toHaveLength(1);
    const [, command = ''] = /npm run scenario -- (.*)\|$/.exec(rows[0] ?? '') ?? [];
    const named = command.split(/[^a-z0-9-]+/);
    expect(using.filter((name) => named.includes(name))).not.toEqual([]);
  });
});

test('the common pause is certain or harmless to each profile that has a scenario, and short of the kubelet’s own NotReady by 0.25 s', () => {
  const pauseMs = commonPauseMs([]);
  const harmed = new Set<string>();
  for (const version of ['v1.20.2', 'v1.31.0', 'v1.34.4', 'v1.36.3', 'v1.37.2']) {
    for (const name of profileScenarios) {
      const { scenario } = loadScenario(name);
      const { effective } = compileProfile(scenario.profile, scenario.reading, version);
      const flaps = [-250, 0, 250].map((offMs) => flapOf(effective, version, pauseMs + offMs));
      const isHarmed = flaps[0] === 'certain';
      expect(flaps, `${name} on ${version}`).toEqual(flaps.map(() => (isHarmed ? 'certain' : 'impossible')));
      if (isHarmed) harmed.add(name);
      // Of one profile versions agree.
      expect([name, harmed.has(name)]).toEqual([name, isHarmed]);
    }
  }
  expect(guides.filter((name) => harmed.has(name))).toEqual(['tight-grace', 'fast']);
  // A kubelet checks its runtime every 5 s and takes it for down after 30 s; the check itself may take a while.
  expect(pauseMs + 250).toBeLessThanOrEqual(24_600);
});

test('the docs name the common pause', () => {
  const [, named] =
    /the kubelets of all workers paused for ([\d.]+) s, at/.exec(readFileSync('docs/profiles.md', 'utf8')) ?? [];
  expect(Number(named) * 1000).toBe(commonPauseMs([]));
});

test('the JSON Schema refuses unknown keys and describes what a phase and a target need', () => {
  const schema = JSON.parse(scenarioJsonSchema());
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toEqual(['name', 'profile', 'phases']);
  expect(schema.properties.profile.anyOf[0].enum).toEqual(profileNames);
  expect(schema.properties.phases.items.oneOf).toEqual([
    { required: ['steady'] },
    { required: ['fault', 'inject'] },
    { required: ['recover'] },
  ]);
  const pattern = new RegExp(schema.properties.phases.items.properties.fault.pattern);
  expect(['10s', '1m30s', '0', '1.5h'].every((duration) => pattern.test(duration))).toBe(true);
  expect(['10', '-10s', '10 s', ''].some((duration) => pattern.test(duration))).toBe(false);
});
