import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/index.ts';
import { assertHollowBearable, bearableHollow } from '../../src/prepare/kind.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const planOf = (profile: string) =>
  makePlan(checkScenario(`name: a\nprofile: ${profile}\nphases: [{steady: 10s}]\n`, 'x.yaml').scenario, {
    kubernetesVersion: 'v1.34.4',
  });

test('what a machine bears follows from its cores and from how often the profile writes', () => {
  expect(bearableHollow(planOf('default'), 2)).toBe(1658);
  expect(bearableHollow(planOf('default'), 4)).toBe(3317);
  // Every status tick is a write: 4 s beside the lease's 10 s.
  expect(bearableHollow(planOf('fast'), 2)).toBe(489);
  // Every 20 s, for it is posted at ticks alone.
  const { effective, ...rest } = planOf('default').profile;
  const odd = { profile: { ...rest, effective: { ...effective, nodeStatusReportFrequencyMs: 11_000 } } };
  expect(bearableHollow(odd, 2)).toBe(1142);
});

test('more than that is refused with what it would bear, and as much is taken', () => {
  const plan = planOf('default');
  expect(() => assertHollowBearable(plan, { nodes: 1658, zones: 1 }, 2)).not.toThrow();
  expect(() => assertHollowBearable(plan, { nodes: 1659, zones: 1 }, 2)).toThrowError(
    expect.objectContaining({
      code: 'HOLLOW_TOO_MANY',
      exitCode: 75,
      message:
        'cluster.hollow.nodes 1659: expected at most 1658 on 2 cores with the heartbeat of profile default, which is 171 writes a second.',
      next: 'ask for 1658 or fewer, or predict with --backend model',
    }),
  );
});
