import { expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import { startLoad } from '../../src/load/index.ts';
import { checkLoadPlan, type LoadPlan, type LoadTarget } from '../../src/load/options.ts';

const good: LoadPlan = {
  targets: [{ host: '127.0.0.1', port: 30080, path: '/' }],
  ratePerSecond: 50,
  connection: 'fresh',
  timeoutMs: 1000,
  runStartNs: 0n,
  maxDurationMs: 60_000,
};

const refusalOf = (plan: LoadPlan): SkipbeatError => {
  try {
    checkLoadPlan(plan);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return thrown;
    throw thrown;
  }
  throw new Error('It was accepted.');
};

test.each<[string, Partial<LoadPlan>]>([
  ['as it stands', {}],
  ['at the highest rate', { ratePerSecond: 5000 }],
  ['at less than one a second', { ratePerSecond: 0.5 }],
  ['for a day', { maxDurationMs: 86_400_000 }],
  ['on IPv6, with a query', { targets: [{ host: '::1', port: 1, path: '/a/b?c=d&e=%20' }] }],
  ['with one request in flight', { maxInFlight: 1 }],
])('a load %s is accepted', (_how, change) => {
  expect(() => checkLoadPlan({ ...good, ...change })).not.toThrow();
});

const rate = 'load.ratePerSecond: expected a number above 0 and at most 5000, received';
const duration = 'load.maxDurationMs: expected a number above 0 and at most 24 h, received';
const timeout = 'load.timeoutMs: expected a number above 0 and at most 24 h, received';
const at = (change: Partial<LoadTarget>): Partial<LoadPlan> => ({
  targets: [...good.targets, { host: '::1', port: 1, path: '/', ...change }],
});

test.each<[Partial<LoadPlan>, string]>([
  [{ ratePerSecond: 0 }, `${rate} 0.`],
  [{ ratePerSecond: -1 }, `${rate} -1.`],
  [{ ratePerSecond: 5000.1 }, `${rate} 5000.1.`],
  [{ ratePerSecond: Number.NaN }, `${rate} "NaN".`],
  [{ ratePerSecond: Number.POSITIVE_INFINITY }, `${rate} "Infinity".`],
  [{ timeoutMs: 0 }, `${timeout} 0.`],
  [{ timeoutMs: -5 }, `${timeout} -5.`],
  [{ maxDurationMs: 0 }, `${duration} 0.`],
  [{ maxDurationMs: 86_400_001 }, `${duration} 86400001.`],
  [{ targets: [] }, 'load.targets: expected at least one, received [].'],
  [{ maxInFlight: 0 }, 'load.maxInFlight: expected an integer from 1, received 0.'],
  [at({ host: 'example.com' }), 'load.targets[1].host: expected an IP address, received "example.com".'],
  [at({ port: 70_000 }), 'load.targets[1].port: expected an integer from 1 to 65535, received 70000.'],
  [at({ path: 'x' }), 'load.targets[1].path: expected a path that starts with / and has no blanks, received "x".'],
  [
    at({ path: '/ HTTP/1.1\r\n' }),
    'load.targets[1].path: expected a path that starts with / and has no blanks, received "/ HTTP/1.1\\r\\n".',
  ],
])('a load with %o is refused', (change, message) => {
  expect(refusalOf({ ...good, ...change }).message).toBe(message);
});

test('all problems are named at once, with the code of a usage error', () => {
  const refusal = refusalOf({ ...good, ratePerSecond: 0, timeoutMs: 0, maxDurationMs: -1 });
  expect(refusal.message).toBe(`${rate} 0.\n${timeout} 0.\n${duration} -1.`);
  expect(refusal.code).toBe('LOAD_INVALID');
  expect(refusal.exitCode).toBe(64);
  expect(refusal.next).toBe('correct the load of the scenario, then run  npm run skipbeat -- validate FILE');
});

test('a load that is refused starts nothing', async () => {
  const starting = startLoad({ ...good, ratePerSecond: 1e6, onBatch: () => expect.unreachable() });
  await expect(starting).rejects.toThrow(`${rate} 1000000.`);
});
