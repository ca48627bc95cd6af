import { expect, test } from 'vitest';
import type { ModelConfig } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version, workers } from '../support/clusters.ts';
import { firstLateOf } from '../support/late.ts';
import { observationsOf } from '../support/observations.ts';

/** What a run comes to, heartbeats deferred and one by one. */
const bothWays = (config: ModelConfig) =>
  [false, true].map((oneByOne) => observationsOf(config, { oneByOne })) as [readonly unknown[], readonly unknown[]];

test('what a controller marked of a node that is well again by then is put right at its next heartbeat, deferred or not', () => {
  // Leases that are renewed more seldom than the grace lets them: nodes come and go, and marking them waits for its requests.
  const [deferred, plain] = bothWays(
    cluster(
      version(31),
      {
        statusUpdateSeconds: 1,
        statusReportSeconds: 60,
        leaseDurationSeconds: 400,
        monitorPeriodSeconds: 1,
        graceSeconds: 50,
      },
      {
        seed: 611738701,
        workers: 9,
        hollow: { nodes: 20, zones: 1 },
        backgroundPods: { controlPlane: 3, worker: 3 },
        age: 'fresh',
        phases: [steady(400)],
      },
    ),
  );
  expect(deferred).toEqual(plain);
});

test('a renewal that was given up and takes effect later makes the next one a conflict, deferred or not', () => {
  const [deferred, plain] = bothWays(
    cluster(
      version(27),
      {
        statusUpdateSeconds: 2,
        statusReportSeconds: 60,
        leaseDurationSeconds: 8,
        monitorPeriodSeconds: 2,
        graceSeconds: 50,
      },
      {
        seed: 104538963,
        workers: 0,
        hollow: { nodes: 12, zones: 1 },
        phases: [
          fault(137, {
            id: 'disk',
            kind: 'etcd-disk-latency',
            targets: ['control-plane'],
            delayUs: 1_303_028,
            occurrences: [
              { id: 'first', startUs: 6_917_955, endUs: 7_917_955 },
              { id: 'second', startUs: 16_550_438, endUs: 39_515_646 },
              { id: 'third', startUs: us(48), endUs: 100_030_036 },
            ],
          }),
        ],
      },
    ),
  );
  expect(deferred).toEqual(plain);
});

test('a status that a freeze held back asks once whether the runtime is down, where it is answered together with a renewal, too', () => {
  const [deferred, plain] = bothWays(
    cluster(
      version(32),
      { statusUpdateSeconds: 10, graceSeconds: 120 },
      {
        seed: 912426451,
        workers: 60,
        backgroundPods: { controlPlane: 6, worker: 2 },
        phases: [steady(30), fault(32, pauseOf(...workers(60))), recover(30)],
      },
    ),
  );
  expect(deferred).toEqual(plain);
});

test('before leases a pass that goes on for long finds nodes late by the statuses that it read when it began, deferred or not', () => {
  const [deferred, plain] = bothWays(
    cluster(
      version(12),
      { statusUpdateSeconds: 10, graceSeconds: 40 },
      {
        seed: 3,
        workers: 300,
        age: 'old',
        backgroundPods: { controlPlane: 6, worker: 2 },
        phases: [steady(30), fault(90, pauseOf(...workers(180))), steady(20)],
      },
    ),
  );
  expect(deferred).toEqual(plain);
});

test('a pass that begins between a thaw and the first renewal after it finds nodes late, deferred or not', () => {
  const pausedFor = (seconds: number): ModelConfig =>
    cluster(
      version(34),
      {},
      {
        seed: 1,
        workers: 60,
        age: 'old',
        backgroundPods: { controlPlane: 6, worker: 2 },
        load: null,
        phases: [steady(30), fault(seconds, pauseOf(...workers(60))), steady(10)],
      },
    );
  const { faultUs, lateUs } = firstLateOf(pausedFor(60));
  // A renewal takes some ms until watches have brought it.
  const [deferred, plain] = bothWays(pausedFor((lateUs - 2000 - faultUs) / us(1)));
  expect(JSON.stringify(plain)).toContain('NodeStatusUnknown');
  expect(deferred).toEqual(plain);
});

test('the first pass of another leader judges all nodes by what it read when it began, however long it takes off taints, deferred or not', () => {
  // Requests take so long that the controller manager loses its lease; taints of nodes that are well again wait for the next one.
  const config = cluster(
    version(31),
    { statusUpdateSeconds: 10, statusReportSeconds: 60, monitorPeriodSeconds: 1, graceSeconds: 10 },
    {
      seed: 207906185,
      workers: 60,
      zones: 3,
      replicas: 5,
      backgroundPods: { controlPlane: 6, worker: 2 },
      load: { connection: 'fresh', ratePerSecond: 0.7, timeoutUs: us(1) },
      hollow: { nodes: 25, zones: 2 },
      phases: [
        steady(10),
        fault(93.000004, {
          ...pauseOf(...workers(18)),
          occurrences: [
            { id: 'once', startUs: 2, endUs: 46_500_002 },
            { id: 'again', startUs: 46_500_002, endUs: us(93) },
          ],
        }),
        fault(
          28,
          {
            ...{ id: 'netem', kind: 'netem', targets: ['control-plane', 'worker2'], direction: 'both' },
            ...{ delayUs: 1_525_967, jitterUs: 1_038_961, loss: 0.9, rampSteps: 3 },
            occurrences: [{ id: 'netem', startUs: us(78), endUs: us(160) }],
          },
          {
            id: 'latency',
            kind: 'apiserver-latency',
            targets: ['control-plane'],
            delayUs: 10_031_907,
            rampSteps: 2,
          },
        ),
      ],
    },
  );
  const [deferred, plain] = bothWays({
    ...config,
    settings: { ...config.settings, leaseRenewUs: us(20), requestIntervalUs: 50_000 },
  });
  expect(deferred).toEqual(plain);
});

test('a renewal that a controller read when it began gives no grace anew when its watch brings it, deferred or not', () => {
  const made = cluster(
    version(27),
    { graceSeconds: 20, monitorPeriodSeconds: 1, statusUpdateSeconds: 4 },
    { seed: 102488, zones: 1, workers: 600, age: 'old', load: null, phases: [steady(10)] },
  );
  // A pass comes 15 µs after the grace of the first one: in that time one of 600 nodes had a renewal on its way to the watch.
  const settings = { ...made.settings, monitorPeriodUs: 500_000, leaseRenewUs: 2_500_000, graceUs: 2_512_500 };
  const [deferred, plain] = bothWays({ ...made, settings });
  expect(deferred).toEqual(plain);
});

test('a kubelet that begins again while it is frozen posts its second status once it goes on, deferred or not', () => {
  const all = workers(9);
  const stop = {
    ...{ id: 'stop', kind: 'kubelet-stop' as const, targets: all },
    occurrences: [{ id: 'stop', startUs: 0, endUs: us(5) }],
  };
  const pause = { ...pauseOf(...all), occurrences: [{ id: 'pause', startUs: us(5.2), endUs: us(7) }] };
  const [deferred, plain] = bothWays(
    cluster(
      version(24),
      { statusUpdateSeconds: 1, statusReportSeconds: 10 },
      { seed: 8, workers: 9, age: 'old', load: null, phases: [steady(30), fault(20, stop, pause), steady(120)] },
    ),
  );
  expect(deferred).toEqual(plain);
});

test('a clock that jumps back again, after heartbeats were deferred, renews nothing by old stamps, deferred or not', () => {
  for (const seed of [1, 13, 14]) {
    const jump = { id: 'jump', kind: 'clock-jump' as const, targets: workers(9), byUs: -us(2) };
    const made = cluster(
      version(31),
      { statusUpdateSeconds: 10, statusReportSeconds: 10 },
      {
        ...{ seed, workers: 9, age: 'old', load: null },
        phases: [steady(10), fault(2, jump), recover(30), steady(20), fault(1.5, jump), recover(30)],
      },
    );
    const [deferred, plain] = bothWays({ ...made, settings: { ...made.settings, leaseRenewUs: us(0.25) } });
    expect(deferred).toEqual(plain);
  }
});

test('kwok that has not listed leases anew since its connection broke has a conflict, deferred or not', () => {
  const group = ['hollow-1', 'hollow-2', 'hollow-3'];
  const cut = { id: 'cut', kind: 'partition' as const, targets: group, direction: 'ingress' as const };
  const [deferred, plain] = bothWays(
    cluster(
      version(37),
      { statusUpdateSeconds: 4, statusReportSeconds: 60, graceSeconds: 20 },
      {
        ...{ seed: 13, age: 'old', workers: 0, load: null, hollow: { nodes: 6, zones: 1 }, relayedGroups: [group] },
        phases: [steady(10), fault(57, { ...cut, rejects: true, allTraffic: false }), steady(120)],
      },
    ),
  );
  expect(deferred).toEqual(plain);
});
