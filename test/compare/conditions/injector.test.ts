import { expect, test } from 'vitest';
import { assertComparable } from '../../../src/compare/conditions/conditions.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { gracePlan, modelRun } from '../runs.ts';

test('runs whose faults another program made do not compare, and it is named', async () => {
  const agents = await modelRun(gracePlan('40s', 1, 1));
  const { conditions } = agents;
  if (conditions === undefined) throw new Error('a run has its conditions on record');
  const chaosMesh: RunDocument = { ...agents, conditions: { ...conditions, injector: 'chaos-mesh' } };
  expect(assertComparable([chaosMesh], [chaosMesh], [])).toEqual([]);
  const [difference] = assertComparable([agents], [chaosMesh], ['phases']);
  expect(difference).toEqual({
    condition: 'phases',
    base: expect.any(String),
    candidate: `${difference?.base}, faults by chaos-mesh`,
  });
  expect(() => assertComparable([agents], [chaosMesh], [])).toThrow(
    expect.objectContaining({ code: 'NOT_COMPARABLE', exitCode: 64 }),
  );
});
