import { describe, expect, test } from 'vitest';
import { commonPauseMs, scenarioOf } from '../../src/matrix/scenarios.ts';
import { cellsOf, readMatrix } from '../../src/matrix/spec.ts';
import type { MatrixCell } from '../../src/matrix/types.ts';
import { profileNames } from '../../src/profile/index.ts';

describe('what a matrix is to run', () => {
  test('all profiles are those of the registry, in its order, under the disturbance that they share', () => {
    expect(readMatrix({ profiles: 'all', kubernetes: 'v1.34.4, v1.31.0' })).toEqual({
      profiles: profileNames,
      versions: ['v1.34.4', 'v1.31.0'],
      disturbances: ['pause'],
    });
  });

  test('every problem is reported at once', () => {
    expect(() => readMatrix({ profiles: 'fast,quick', kubernetes: ',', with: 'fire' })).toThrow(
      [
        `--profiles: expected all, ${profileNames.join(', ')}, received "quick"`,
        '--kubernetes: expected versions between commas, such as v1.34.4,v1.31, received ","',
        '--with: expected dead-node, received "fire"',
      ].join('\n'),
    );
  });

  test('a profile is put into a cluster once: its cells follow one another, and versions come after versions', () => {
    const spec = readMatrix({ profiles: 'fast,slow', kubernetes: 'v1.34', with: 'dead-node' });
    expect(cellsOf(spec, ['v1.34.4', 'v1.31.0', 'v1.34.4']).map(({ name }) => name)).toEqual([
      'v1.34.4-fast',
      'v1.34.4-fast-dead-node',
      'v1.34.4-slow',
      'v1.34.4-slow-dead-node',
      'v1.31.0-fast',
      'v1.31.0-fast-dead-node',
      'v1.31.0-slow',
      'v1.31.0-slow-dead-node',
    ]);
  });
});

describe('the scenario of a cell', () => {
  const cell = (changes: Partial<MatrixCell>): MatrixCell => ({
    name: 'x',
    profile: 'fast',
    kubernetesVersion: 'v1.34.4',
    disturbance: 'pause',
    ...changes,
  });

  test('is the profile’s own for the pause, on the version that is asked for', () => {
    const { scenario } = scenarioOf(cell({ kubernetesVersion: 'v1.31.0' }), []);
    expect(scenario).toMatchObject({ name: 'fast', cluster: { kubernetes: 'v1.31.0' } });
    expect(scenario.phases[1]).toMatchObject({ kind: 'fault', durationMs: commonPauseMs([]) });
  });

  test('leaves a dead node dead for as long as its eviction can take, longer for a slower profile', () => {
    const deadMs = (profile: string): number => {
      const phase = scenarioOf(cell({ profile, disturbance: 'dead-node' }), []).scenario.phases[1];
      return phase?.kind === 'fault' ? phase.durationMs : Number.NaN;
    };
    expect(deadMs('fast')).toBeGreaterThanOrEqual(64_000);
    expect(deadMs('fast')).toBeLessThan(120_000);
    expect(deadMs('slow')).toBeGreaterThanOrEqual(370_000);
  });

  test('expects no NotReady that a fault may find, where nodes flap by themselves', () => {
    const passed = { apiServerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} };
    const settings = (grace: string) => ({ ...passed, controllerManagerArgs: { 'node-monitor-grace-period': grace } });
    const expected = (grace: string, disturbance: MatrixCell['disturbance']) =>
      scenarioOf(
        cell({ profile: 'given', disturbance }),
        disturbance === 'pause' ? ['phases.1.fault=40s'] : [],
        settings(grace),
      ).scenario.expect.map(({ figure, min, max }) => [figure, min, max]);
    const sure = ['nodes.notReadyTransitions', 1, null];
    const evicted = ['pods.evicted', 1, null];
    expect(expected('12s', 'pause')).toEqual([sure]);
    expect(expected('10s', 'pause')).toEqual([]);
    expect(expected('12s', 'dead-node')).toEqual([sure, evicted, ['requests.timeout', 1, null]]);
    // Of three nodes each may be lost once a grace period: 20 s, the fault and 180 s of recovery, one pass every 5 s.
    const possible = ['nodes.notReadyTransitions', null, 162];
    expect(expected('10s', 'dead-node')).toEqual([
      possible,
      evicted,
      ['requests.timeout', null, 1952],
      ['pods.unavailableSeconds', null, 692],
    ]);
  });

  test('takes what a person sets, and names what cannot be set', () => {
    expect(scenarioOf(cell({}), ['load.ratePerSecond=10']).scenario.load.ratePerSecond).toBe(10);
    expect(() => scenarioOf(cell({}), ['load.rate=10'])).toThrow(/--set load\.rate/);
  });
});
