import { expect, test } from 'vitest';
import { at, defaultRun, event, inOrder, load, ready, tightRun } from '../timeline-builder.ts';
import { atLeast, atMost, evictedAt, expecting, judged, reasonsOf } from './expecting.ts';

const again = 'run it once more, or choose settings that keep nodes Ready without a fault';

test('a node that the settings had lost before anything was counted is in no count of losses', async () => {
  const ill = [ready(at.steady - 5000, 'worker', 'Unknown'), ready(at.steady + 4000, 'worker', 'True')];
  const figure = 'nodes.notReadyTransitions';
  const others = [atLeast('requests.refused', 1), atMost('pods.unavailableSeconds', 60)];
  expect(await reasonsOf(expecting(tightRun(ill), atMost(figure, 2), ...others))).toEqual([
    `${figure} holds, and worker was NotReady before anything was counted: ${again}`,
  ]);
  const room = expecting(tightRun(ill), atMost(figure, 3), ...others);
  expect(await judged(room)).toMatchObject({ verdict: 'pass', reasons: [] });
});

test.each(['pods.evicted', 'pods.evictedBeforeFault'])(
  'a pod that went before anything was counted is not in %s',
  async (figure) => {
    expect(await reasonsOf(expecting(defaultRun([evictedAt(at.steady - 50)]), atMost(figure, 0)))).toEqual([
      `${figure} holds, and 1 pod was evicted before anything was counted: ${again}`,
    ]);
  },
);

test('a lower bound of a first moment is no pass where endpoints were lost, or requests refused, before the fault', async () => {
  const run = defaultRun();
  const endpoints = (atMs: number, count: number) =>
    event(atMs, { type: 'endpoints', ready: count, notReady: 2 - count, terminating: 0 });
  const events = inOrder([
    ...run.events,
    ...[at.fault - 9000, at.fault + 15_000].map((atMs) => endpoints(atMs, 0)),
    ...[at.fault - 6000, at.fault + 16_000].map((atMs) => endpoints(atMs, 2)),
  ]);
  const refusedEarly = (dueMs: number): boolean => dueMs >= at.steady + 5000 && dueMs < at.steady + 5060;
  const requests = load((dueMs) => refusedEarly(dueMs) || (dueMs > at.fault + 15_000 && dueMs < at.fault + 15_100));
  for (const [figure, why] of [
    ['timing.firstEndpointLostMs', 'endpoints were lost before it, too'],
    ['timing.firstEndpointsEmptyMs', 'endpoints were lost before it, too'],
    ['timing.firstRefusedMs', '3 requests were refused before it, too'],
  ] as const) {
    const bounds = [
      atLeast(figure, at.fault + 1),
      atMost('requests.refused', 20),
      atMost('pods.unavailableSeconds', 9),
    ];
    expect(await reasonsOf(expecting({ ...run, events, requests }, ...bounds))).toEqual([
      `${figure} counts from the first fault on, and ${why}: run it once more`,
    ]);
  }
});
