import { describe, expect, test } from 'vitest';
import { heldLeases, makePlan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const planOf = (seconds: number, target: string, profile = '{nodeMonitorGracePeriod: 40s}', kubernetes = 'v1.34') =>
  makePlan(
    checkScenario(
      `name: a\nprofile: ${profile}\ncluster: {kubernetes: ${kubernetes}, hollow: {nodes: 10}}\nphases: [{steady: 12s}, {fault: ${seconds}s, inject: [{kind: kubelet-stop, target: ${target}}]}, {steady: 45s}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: `${kubernetes}.4` },
  );

const half = '{hollow: {count: 5}}';

describe('kwok that was ended renews leases only once they have run out', () => {
  test('so that a short stop of hollow nodes may cost them, and one of a real kubelet does not', () => {
    const { flap, notReadyAfterMs } = planOf(10, half).prediction;
    expect([flap, notReadyAfterMs]).toEqual(['possible', [29_600, 50_000]]);
    expect(planOf(10, '{nodes: [worker]}').prediction.flap).toBe('impossible');
    expect(planOf(10, '{nodes: [worker, hollow-1]}').prediction.flap).toBe('possible');
  });

  test('which a grace that bears it leaves without effect', () => {
    expect(planOf(10, half, '{nodeMonitorGracePeriod: 90s}').prediction.flap).toBe('impossible');
  });

  test('and nothing is certain of it, where the stop alone makes nothing certain', () => {
    const short = '{nodeMonitorGracePeriod: 20s}';
    expect([5, 25, 39, 60].map((seconds) => planOf(seconds, half, short).prediction.flap)).toEqual([
      'possible',
      'possible',
      'certain',
      'certain',
    ]);
  });

  test('a plan says so, of the hollow nodes alone', () => {
    const text =
      'kubelet-stop-1 on hollow-1 lasts 10.0 s, and kwok, which is another holder after each start, renews a lease only once it has run out, 40.0 s after its last renewal: for so long they are silent, and what comes of it is kwok’s, not a kubelet’s';
    const plan = planOf(10, '{nodes: [worker, hollow-1]}');
    expect(heldLeases(plan)).toEqual([text]);
    expect(plan.warnings).toEqual([
      text,
      'v1.34.4 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
    ]);
    expect(heldLeases(planOf(10, '{nodes: [worker]}'))).toEqual([]);
  });

  test('one that is longer than a lease lasts finds it run out, as a kubelet would', () => {
    expect(heldLeases(planOf(40, half))).toEqual([]);
    expect(planOf(60, half).prediction.flap).toBe(planOf(60, '{nodes: [worker]}').prediction.flap);
  });
});

test('bugs of kubelets are no warning where no target has one', () => {
  const warned = (target: string, kubernetes: string) =>
    planOf(10, target, '{nodeMonitorGracePeriod: 60s}', kubernetes)
      .warnings.flatMap((text) => /kubernetes#(?:100277|122338)/.exec(text)?.[0] ?? [])
      .toSorted();
  expect(warned(half, 'v1.34')).toEqual([]);
  expect(warned(half, 'v1.30')).toEqual([]);
  expect(warned('{nodes: [worker, hollow-1]}', 'v1.34')).toEqual(['kubernetes#100277']);
  expect(warned('{nodes: [worker]}', 'v1.30')).toEqual(['kubernetes#100277', 'kubernetes#122338']);
});

test('a partial disruption is said of a hollow zone by the letter that a scenario has', () => {
  const warned = (zones: number, real: number) =>
    makePlan(
      checkScenario(
        `name: a\nprofile: default\ncluster: {zones: ${real}, hollow: {nodes: 12, zones: ${zones}}}\nphases: [{fault: 90s, inject: [{kind: kubelet-pause, target: {hollow: {count: 8}}}]}]\n`,
        'x.yaml',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    ).warnings.flatMap((text) => /^with (.*) silent in phase/.exec(text)?.[1] ?? []);
  expect(warned(1, 1)).toEqual(['8 of 12 nodes of hollow zone a']);
  expect(warned(2, 3)).toEqual(['4 of 6 nodes of hollow zone a', '4 of 6 nodes of hollow zone b']);
});

test('the zone of real nodes beside hollow ones is named as such', () => {
  const { warnings } = makePlan(
    checkScenario(
      'name: a\nprofile: default\ncluster: {workers: 5, hollow: {nodes: 3}}\nphases: [{fault: 90s, inject: [{kind: kubelet-pause, target: {role: worker, count: 4}}]}]\n',
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );
  expect(warnings.flatMap((text) => /^with (.*) silent in phase/.exec(text)?.[1] ?? [])).toEqual([
    '4 of 6 nodes of the real nodes’ zone',
  ]);
});
