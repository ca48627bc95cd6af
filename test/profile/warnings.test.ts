import { expect, test } from 'vitest';
import { compileProfile, findProfile, profiles, type Reading } from '../../src/profile/index.ts';

const warnings = (name: string, reading: Reading, version: string): readonly string[] => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return compileProfile(profile, reading, version).warnings;
};

const dead = (grace: string) =>
  `nodeMonitorGracePeriod ${grace} is shorter than the 45s in which a kubelet gives up a dead connection: ` +
  'one lost connection can make a healthy node NotReady';

test.each([
  ['default', 'literal', 'v1.34.4', []],
  ['default', 'literal', 'v1.31.0', [dead('40s')]],
  [
    'tight-grace',
    'literal',
    'v1.34.4',
    [
      'nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as status posts drift away from leases)',
      'on v1.34.4 nodeStatusUpdateFrequency 10s leaves leases at 10s and makes each kubelet post its whole status every 10s: 12 heartbeat writes a minute and node',
      'tolerations of 10s count from the taint: pods go 20s to 25s after the last heartbeat; the pod-eviction-timeout of v1.26 and before meant 15s to 20s',
    ],
  ],
  [
    'tight-grace',
    'equivalent',
    'v1.34.4',
    [
      'nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 4 % of heartbeats)',
      'tolerations of 10s count from the taint: pods go 20s to 25s after the last heartbeat; the pod-eviction-timeout of v1.26 and before meant 15s to 20s',
      dead('10s'),
    ],
  ],
  [
    'fast',
    'literal',
    'v1.26.0',
    [
      'on v1.26.0 nodeStatusUpdateFrequency 4s leaves leases at 10s and makes each kubelet post its whole status every 4s: 21 heartbeat writes a minute and node',
      'pod-eviction-timeout 30s counts from the last heartbeat, not from NotReady: pods go 30s to 32s after the last heartbeat',
      dead('20s'),
    ],
  ],
  [
    'medium',
    'literal',
    'v1.34.4',
    [
      'on v1.34.4 nodeStatusUpdateFrequency 20s no longer sets the heartbeat: detection follows the lease, renewed every 10s',
      'tolerations of 1m count from the taint: pods go 3m to 3m5s after the last heartbeat; the pod-eviction-timeout of v1.26 and before meant 2m5s to 2m10s',
    ],
  ],
] as const)('%s, %s, on %s says in a sentence each what to know', (name, reading, version, expected) => {
  expect(warnings(name, reading, version)).toEqual(expected);
});

test('nothing is said more than three times over', () => {
  const counts = profiles.flatMap((profile) =>
    (['literal', 'equivalent'] as const).map((reading) => compileProfile(profile, reading, 'v1.26.0').warnings.length),
  );
  expect(Math.max(...counts)).toBe(3);
});
