import { expect, test } from 'vitest';
import { assertComparable } from '../../../src/compare/conditions/conditions.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { gracePlan, modelRun } from '../runs.ts';

const run = await modelRun(gracePlan('40s', 1, 1));

const web = { namespace: 'shop', name: 'web', port: 80, path: '/' };

/** The same run, with its load on that Service. */
const on = (replicas: number, existingService = web): RunDocument => {
  const { conditions } = run;
  if (conditions === undefined) throw new Error('a run has its conditions on record');
  return { ...run, conditions: { ...conditions, workload: { replicas, existingService } } };
};

test('runs on one Service that stood there before compare', () => {
  expect(assertComparable([on(3)], [on(3)], [])).toEqual([]);
});

test.each([
  ['another Service', on(3, { ...web, name: 'api' }), '3 endpoints of Service shop/api, port 80, GET /'],
  ['another path', on(3, { ...web, path: '/healthz' }), '3 endpoints of Service shop/web, port 80, GET /healthz'],
  ['another number of endpoints', on(4), '4 endpoints of Service shop/web, port 80, GET /'],
  ['a workload of the run', run, '2 replicas'],
] as const)('those of %s do not, and are named', (_, candidate, text) => {
  const base = '3 endpoints of Service shop/web, port 80, GET /';
  expect(() => assertComparable([on(3)], [candidate], [])).toThrow(
    expect.objectContaining({
      ...{ code: 'NOT_COMPARABLE', exitCode: 64 },
      message: expect.stringContaining(`workload: base ${base}; candidate ${text}`),
    }),
  );
  expect(assertComparable([on(3)], [candidate], ['workload'])).toEqual([
    { condition: 'workload', base, candidate: text },
  ]);
});
