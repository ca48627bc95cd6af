import { expect, test } from 'vitest';
import { askTarget, maxAsks } from '../../../src/backend/cluster/load/target.ts';

type Answer = { readonly problem: string | null; readonly isSent: boolean };
const answered: Answer = { problem: null, isSent: true };
const refused: Answer = { problem: 'connect ECONNREFUSED', isSent: false };
const failed: Answer = { problem: 'HTTP 500', isSent: true };

const service = { namespace: 'shop', name: 'web' };
const get = { host: '10.96.0.7', port: 80, path: '/x' };

/** @returns how often it was asked, and what came of it */
const ask = async (form: object, answers: readonly Answer[]) => {
  let count = 0;
  const generator = {
    ask: () => {
      count += 1;
      return Promise.resolve(answers[count - 1] ?? answered);
    },
  };
  const run = { options: { survey: { context: 'staging' } }, signal: new AbortController().signal };
  const there = { target: { ...get, ...form }, service };
  const end = await askTarget(run as never, generator as never, there as never).then(
    () => 'answered',
    (thrown: unknown) => thrown,
  );
  return { count, end };
};

test('one that answers is asked once, whatever is asked', async () => {
  expect(await ask({}, [])).toEqual({ count: 1, end: 'answered' });
  expect(await ask({ method: 'POST', body: 'x' }, [])).toEqual({ count: 1, end: 'answered' });
});

test('a GET is asked again until it is answered, and anything else only where no connection came about', async () => {
  expect(await ask({}, [refused, failed])).toEqual({ count: 3, end: 'answered' });
  expect(await ask({ method: 'POST' }, [refused])).toEqual({ count: 2, end: 'answered' });
});

test.each([
  ['a POST', { method: 'POST' }],
  ['a DELETE', { method: 'DELETE' }],
  ['an OPTIONS with a body', { method: 'OPTIONS', body: '{}' }],
])('%s that may have come there and was not answered as the load counts it is not sent again', async (_, form) => {
  const { count, end } = await ask(form, [refused, failed]);
  expect([count, end]).toEqual([
    2,
    expect.objectContaining({
      ...{ code: 'SERVICE_NOT_ANSWERING', exitCode: 75 },
      message: `Expected Service shop/web to answer ${form.method} http://10.96.0.7:80/x from a pod of namespace skipbeat, found: HTTP 500, and it is not sent again. Nothing was done to a node.`,
    }),
  ]);
});

test('how often it is asked at most is said beforehand', () => {
  expect([maxAsks({}), maxAsks({ method: 'POST' }), maxAsks({ method: 'PUT', body: 'x' })]).toEqual([80, 1, 1]);
});
