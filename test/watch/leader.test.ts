import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/cluster/reach/api.ts';
import { createLeader, leaderPath } from '../../src/watch/reach/leader.ts';
import type { SeenLeader } from '../../src/watch/seen/counters-state.ts';
import { afterAnswer } from '../../src/watch/seen/leading.ts';
import type { Notable } from '../../src/watch/seen/notable.ts';
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

const one = says(200, {
  spec: { holderIdentity: 'one', renewTime: '2026-11-28T08:00:00.000000Z', leaseDurationSeconds: 15 },
});

test('every answer says who leads, when it renewed, and when it was asked for', async () => {
  const { seen, reasons } = await asked(one, one);
  expect(seen).toEqual([
    { type: 'leader', holder: 'one', renewTime: '2026-11-28T08:00:00.000000Z', leaseSeconds: 15, askedMs: 0, atMs: 1 },
    { type: 'leader', holder: 'one', renewTime: '2026-11-28T08:00:00.000000Z', leaseSeconds: 15, askedMs: 1, atMs: 2 },
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

describe('a leader whose lease stands still', () => {
  const answer = (seconds: number, renewTime: string | null, holder = 'one', leaseSeconds: number | null = 15) => ({
    ...{ holder, renewTime, leaseSeconds, askedMs: seconds * 1000, atMs: seconds * 1000 + 20 },
  });
  const known = (...answers: readonly ReturnType<typeof answer>[]) => {
    const notes: Notable[] = [];
    const leader = answers.reduce<SeenLeader | null>(
      (so, each) =>
        afterAnswer(
          so,
          each,
          (notable) => notes.push(notable),
          () => undefined,
        ),
      null,
    );
    return { silences: leader?.silences, notes };
  };

  test('is silent once it is the same for 15 s, is so once, and goes on', () => {
    const { silences, notes } = known(
      ...[0, 10, 20, 30].map((at) => answer(at, 'a')),
      answer(40, 'b'),
      answer(50, 'c'),
    );
    expect(silences).toEqual({ count: 1, longestMs: 29_980 });
    expect(notes).toEqual([
      { type: 'leader.silent', holder: 'one', atLeastMs: 19_980 },
      { type: 'leader.renewed', holder: 'one', afterMs: 40_000 },
    ]);
  });

  test('is not where it renews, where two answers alone are the same, and where it does not say', () => {
    for (const times of [
      ['a', 'b', 'c'],
      ['a', 'a', 'b', 'b'],
      [null, null, null],
    ]) {
      expect(known(...times.map((time, index) => answer(10 * index, time)))).toEqual({
        silences: { count: 0, longestMs: null },
        notes: [],
      });
    }
  });

  test('is not before the time that its own lease says, where that is longer', () => {
    const withLease = (leaseSeconds: number | null, ...times: readonly number[]) =>
      known(...times.map((at) => answer(at, 'a', 'one', leaseSeconds))).silences;
    const none = { count: 0, longestMs: null };
    expect(withLease(137, 0, 10, 20, 30, 40)).toEqual(none);
    expect(withLease(30, 0, 10, 20, 30)).toEqual(none);
    expect(withLease(30, 0, 10, 20, 30, 40)).toEqual({ count: 1, longestMs: 39_980 });
    for (const shorter of [6, null]) {
      expect(withLease(shorter, 0, 10)).toEqual(none);
      expect(withLease(shorter, 0, 10, 20)).toEqual({ count: 1, longestMs: 19_980 });
    }
  });

  test('is not while the API server did not answer, for then it could not renew', () => {
    const away = known(answer(0, 'a'), answer(10, 'a'), answer(60, 'a'), answer(70, 'b'));
    expect(away).toEqual({ silences: { count: 0, longestMs: null }, notes: [] });
  });

  test('is another one where another holds it', () => {
    const { silences, notes } = known(...[0, 10, 20].map((at) => answer(at, 'a')), answer(30, 'a', 'two'));
    expect(silences).toEqual({ count: 1, longestMs: 19_980 });
    expect(notes.map(({ type }) => type)).toEqual(['leader.silent', 'leader.changed']);
  });
});
