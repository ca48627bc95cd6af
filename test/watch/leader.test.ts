import { expect, test } from 'vitest';
import type { Answer } from '../../src/cluster/reach/api.ts';
import { createLeader, leaderPath } from '../../src/watch/reach/leader.ts';
import type { Sighting } from '../../src/watch/seen/sighting.ts';

const says = (status: number, body: object): Answer => ({ status, text: JSON.stringify(body), dateMs: null });

/** Asks as often as there are answers, and ends with the question after them. */
const asked = async (...answers: readonly (Answer | Error)[]) => {
  const stopping = new AbortController();
  const seen: Sighting[] = [];
  let count = 0;
  const leader = createLeader({
    ask: async () => {
      const answer = answers[count];
      count += 1;
      if (answer === undefined) stopping.abort();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('over');
      return answer;
    },
    nowMs: () => count,
    take: (sighting) => seen.push(sighting),
    signal: stopping.signal,
    everyMs: 1,
  });
  await leader.follow();
  return { seen, reasons: leader.missing().map(({ reason }) => reason) };
};

const one = says(200, { spec: { holderIdentity: 'one' } });

test('every answer says who leads, and when it was asked for', async () => {
  const { seen, reasons } = await asked(one, one);
  expect(seen).toEqual([
    { type: 'leader', holder: 'one', askedMs: 0, atMs: 1 },
    { type: 'leader', holder: 'one', askedMs: 1, atMs: 2 },
  ]);
  expect(reasons).toEqual([]);
});

test.each([
  ['an API server that fails', says(500, { message: 'etcd is gone' }), 'HTTP 500, etcd is gone'],
  ['one that does not answer in time', Object.assign(new Error('late'), { name: 'TimeoutError' }), 'no answer in 5 s'],
  ['one that cannot be reached', new Error('ECONNREFUSED'), 'ECONNREFUSED'],
  ['what is no lease', { status: 200, text: '<html>', dateMs: null }, 'HTTP 200 without a holder'],
  ['a lease that nobody holds', says(200, { spec: { holderIdentity: '' } }), 'HTTP 200 without a holder'],
])('%s is said, and is no answer', async (_, answer, found) => {
  const { seen, reasons } = await asked(answer, one);
  expect(seen).toHaveLength(1);
  expect(reasons).toEqual([`1 answer did not come; the last: GET ${leaderPath}: ${found}`]);
});

test('a right that is missing is named, and asked for again', async () => {
  const forbidden = says(403, { message: 'no leases for you' });
  expect((await asked(forbidden)).reasons).toEqual(['no leases for you']);
  const { seen, reasons } = await asked(forbidden, one);
  expect([seen.length, reasons]).toEqual([1, []]);
});
