import { expect, test } from 'vitest';
import { assertComparable, unrecordedNotes } from '../../../src/compare/conditions/conditions.ts';
import type { Conditions, RunDocument } from '../../../src/verdict/index.ts';
import { gracePlan, modelRun } from '../runs.ts';

const run = await modelRun(gracePlan('40s', 1, 1));

type Existing = NonNullable<Conditions['workload']['existingService']>;

const web: Existing = { namespace: 'shop', name: 'web', port: 80, path: '/' };

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
  [
    'another name that it was asked by',
    on(3, { ...web, headers: ['Host'], host: 'shop.test' }),
    '3 endpoints of Service shop/web, port 80, GET /, as Host shop.test, with Host',
  ],
  [
    'another name of its certificate',
    on(3, { ...web, tls: 'verified', serverName: 'shop.example' }),
    '3 endpoints of Service shop/web, port 80, GET /, TLS verified as shop.example',
  ],
  ['a workload of the run', run, '2 replicas'],
] as const)('those of %s do not, and are named', (_, candidate, text) => {
  const base = '3 endpoints of Service shop/web, port 80, GET /';
  expect(() => assertComparable([on(3)], [candidate], [])).toThrow(
    expect.objectContaining({
      ...{ code: 'NOT_COMPARABLE', exitCode: 64 },
      message: `Expected runs that differ in nothing unasked:\n  workload: base ${base}; candidate ${text}`,
    }),
  );
  expect(assertComparable([on(3)], [candidate], ['workload'])).toEqual([
    { condition: 'workload', base, candidate: text },
  ]);
});

test('what is on record nowhere is named, for it may be another one on each side', () => {
  expect(unrecordedNotes([on(3)], [on(3)])).toEqual([]);
  expect(unrecordedNotes([run], [run])).toEqual([]);
  const named = on(3, { ...web, tls: 'insecure', headers: ['Host'], host: 'shop.test' });
  expect(unrecordedNotes([named], [named])).toEqual([]);
  const all = on(3, { ...web, method: 'POST', tls: 'verified', headers: ['X-Team', 'Authorization'], bodyBytes: 2 });
  expect(unrecordedNotes([all], [all])).toEqual([
    'on record of no run, and so not known to be the same on both sides: what the headers Authorization, X-Team said; what the body held; by which certificates the Service was verified',
  ]);
});
