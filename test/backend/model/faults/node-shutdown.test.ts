import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/backend/model/check.ts';
import { type ModelConfig, type ModelFault, settingsFor } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from '../support/clusters.ts';
import { evictions, faultStart, ofType, type Recorded, readyChanges, record, taintChanges } from '../support/runs.ts';

type Asked = {
  /** shutdownGracePeriod and shutdownGracePeriodCriticalPods, in seconds; none: nodes go at once. */
  readonly periods?: readonly [number, number];
  readonly lasts?: number;
  readonly beside?: readonly ModelFault[];
};

const shutdown: ModelFault = { id: 'shutdown', kind: 'node-shutdown', targets: ['worker'] };

/** A worker is shut down for `lasts` of 150 seconds. */
const run = (
  of: ReturnType<typeof version>,
  { periods, lasts = 100, beside = [] }: Asked,
  changes: Partial<ModelConfig> = {},
): Recorded => {
  const asked = { graceSeconds: 40, eviction: { kind: 'tolerations', seconds: 20 } } as const;
  const settings = settingsFor(of, asked);
  const [period = 0, critical = 0] = periods ?? [];
  const own: ModelFault = { ...shutdown, occurrences: [{ id: 'shutdown', startUs: 0, endUs: us(lasts) }] };
  return record(
    cluster(of, asked, {
      settings:
        periods === undefined
          ? settings
          : { ...settings, shutdown: { gracePeriodUs: us(period), criticalPodsUs: us(critical) } },
      replicas: 2,
      phases: [steady(20), fault(150, own, ...beside), recover(400)],
      ...changes,
    }),
  );
};

type When = 'at once' | 'once it has ended' | 'later';
/** From 0.26 to 1.4 s after the shutdown a pod has ended, and a write or two later it is seen. */
const whenOf = (afterMs: number): When =>
  afterMs < 20 ? 'at once' : afterMs >= 260 && afterMs < 1420 ? 'once it has ended' : 'later';

/** What became of the pod that was on the worker, and when after the shutdown. */
const podOn = (recorded: Recorded, node: string): readonly (readonly [string, When])[] => {
  const first = ofType(recorded, 'pod').find((event) => event.node === node && event.change === 'ready');
  return ofType(recorded, 'pod')
    .filter(({ uid, atMs }) => uid === first?.uid && atMs > faultStart(recorded))
    .map(({ change, atMs }) => [change, whenOf(atMs - faultStart(recorded))]);
};

/** When the last lease of a node was renewed before it went, in ms since the fault. */
const lastRenewal = (recorded: Recorded, node: string, beforeMs: number): number =>
  Math.max(
    ...ofType(recorded, 'lease.renewed')
      .filter((event) => event.node === node && event.atMs - faultStart(recorded) < beforeMs)
      .map(({ atMs }) => atMs - faultStart(recorded)),
  );

const statuses = (recorded: Recorded, node: string): readonly string[] =>
  readyChanges(recorded, node)
    .filter(({ afterMs }) => afterMs > 0)
    .map(({ status }) => status);

describe('a node that is shut down in order', () => {
  test.each([version(21, 14), version(22, 17), version(25), version(31), version(34, 4), version(37, 2)])(
    'says NotReady at once, then goes silent and Unknown, and is Ready when it is back (1.%o)',
    (of) => {
      const recorded = run(of, { periods: [30, 10] });
      const changes = readyChanges(recorded, 'worker').filter(({ afterMs }) => afterMs > 0);
      expect(changes[0]?.status).toBe('False');
      expect(Number(changes[0]?.afterMs)).toBeLessThan(20);
      expect(changes[1]?.status).toBe('Unknown');
      // A grace after its last lease, which it renewed at most as long as it was being shut down.
      expect(Number(changes[1]?.afterMs)).toBeGreaterThan(29_000);
      expect(Number(changes[1]?.afterMs)).toBeLessThan(40_000 + 30_000 + 6000);
      expect(changes.at(-1)?.status).toBe('True');
      expect(statuses(recorded, 'worker2')).toEqual([]);
      // Of the controller's two taints it has one after the other; to 1.30 its new kubelet says NotReady first.
      const taints = taintChanges(recorded, 'worker', 'NoExecute');
      expect(taints.filter(({ afterMs }) => afterMs < 100_000).map(({ key, change }) => [key, change])).toEqual([
        ['node.kubernetes.io/not-ready', 'added'],
        ['node.kubernetes.io/unreachable', 'added'],
        ['node.kubernetes.io/not-ready', 'removed'],
      ]);
    },
  );

  test('goes when its pods have ended, critical ones last: to 1.22 only after all of the share of the others', () => {
    const other = { startUs: us(1.2), endUs: us(100) };
    const holds = (of: ReturnType<typeof version>, atSeconds: number): readonly string[] => {
      const pause: ModelFault = {
        ...{ id: 'pause', kind: 'kubelet-pause', targets: ['worker'] },
        occurrences: [{ id: 'pause', ...other, startUs: us(atSeconds) }],
      };
      const recorded = run(of, { periods: [30, 10], beside: [pause] });
      return ofType(recorded, 'fault.attested')
        .filter(({ fault: id, moment }) => id === 'pause' && moment === 'start')
        .map(({ state, evidence }) => `${state}: ${evidence}`);
    };
    const runs = ['present: the kubelet is stopped in its tracks, in the model'];
    const gone = ['absent: no kubelet runs, in the model'];
    expect([holds(version(34, 4), 1.2), holds(version(34, 4), 2.5)]).toEqual([runs, gone]);
    expect([holds(version(22, 17), 20.9), holds(version(22, 17), 21.1)]).toEqual([runs, gone]);
  });

  test.each([
    [
      '1.21: Failed and not Ready at once',
      version(21, 14),
      [
        ['notReady', 'at once'],
        ['gone', 'once it has ended'],
      ],
      1,
    ],
    [
      '1.22.4: not Ready once it has ended, and started again when the node is back',
      version(22, 4),
      [['notReady', 'once it has ended']],
      0,
    ],
    ['1.22.8: Failed at once, Ready until it has ended', version(22, 8), [['gone', 'once it has ended']], 1],
    ['1.22.9: Failed once it has ended', version(22, 9), [['gone', 'once it has ended']], 1],
    ['1.23.0', version(23, 0), [['notReady', 'once it has ended']], 0],
    ['1.23.5', version(23, 5), [['gone', 'once it has ended']], 1],
    ['1.34.4', version(34, 4), [['gone', 'once it has ended']], 1],
  ] as const)('%s', (_, of, before, replaced) => {
    // Back before the toleration is over.
    const recorded = run(of, { periods: [4, 1], lasts: 5 });
    const [first] = podOn(recorded, 'worker');
    expect(podOn(recorded, 'worker').slice(0, before.length)).toEqual(before);
    expect(first).toBeDefined();
    expect(evictions(recorded)).toEqual([]);
    const made = ofType(recorded, 'pod').filter(
      ({ change, node, atMs }) => change === 'ready' && node === 'worker2' && atMs > faultStart(recorded),
    );
    expect(made).toHaveLength(replaced);
    const isAgain = podOn(recorded, 'worker').some(([change]) => change === 'ready');
    expect(isAgain).toBe(replaced === 0);
  });

  test('refuses what comes between the end of its container and that of its sandbox, and is silent until its end is known', () => {
    const ratePerSecond = 50;
    const load = { ratePerSecond, connection: 'fresh', timeoutUs: us(1) } as const;
    const failed = (seed: number) => {
      const recorded = run(version(34, 4), { periods: [30, 10] }, { seed, load });
      const fromMs = faultStart(recorded);
      return recorded.requests
        .filter(({ outcome, dueMs }) => outcome !== 'ok' && dueMs < fromMs + 10_000)
        .map(({ outcome, code, dueMs }) => ({ outcome, code, afterMs: dueMs - fromMs }));
    };
    const perSeed = Array.from({ length: 25 }, (_, seed) => failed(seed + 1));
    const all = perSeed.flat();
    expect([...new Set(all.map(({ outcome, code }) => `${outcome} ${code}`))].sort()).toEqual([
      'refused ECONNREFUSED',
      'timeout TIMEOUT_CONNECT',
    ]);
    const times = (asked: string): readonly number[] =>
      all.filter(({ outcome }) => outcome === asked).map(({ afterMs }) => afterMs);
    // Container 0.05 to 0.3 s, sandbox 0.2 to 0.8 s later, written at most 0.3 s later; kube-proxy writes its rules at most 1 s later.
    expect(Math.min(...times('refused'))).toBeGreaterThanOrEqual(50);
    expect(Math.max(...times('refused'))).toBeLessThan(1100);
    expect(Math.min(...times('timeout'))).toBeGreaterThanOrEqual(250);
    expect(Math.max(...times('timeout'))).toBeLessThan(2500);
    // Two real ones lost 13 and 14 of 50 requests a second.
    const lost = perSeed.map((of) => of.length).sort((x, y) => x - y);
    expect(Number(lost[0])).toBeLessThan(13);
    expect(Number(lost[0])).toBeGreaterThan(0);
    expect(Number(lost.at(-1))).toBeGreaterThan(14);
    expect(Number(lost.at(-1))).toBeLessThan(ratePerSecond);
  });

  test('boots: its kubelet renews 1.5 to 8 s after its power is back, not always after the same time', () => {
    const firstMs = (seed: number): number => {
      const recorded = run(version(34, 4), { periods: [30, 10], lasts: 100 }, { seed });
      const [undone] = ofType(recorded, 'fault.undoing');
      const fromMs = Number(undone?.atMs);
      return Math.min(
        ...ofType(recorded, 'lease.renewed')
          .filter(({ node, atMs }) => node === 'worker' && atMs > fromMs)
          .map(({ atMs }) => atMs - fromMs),
      );
    };
    const all = Array.from({ length: 40 }, (_, seed) => firstMs(seed + 1)).sort((x, y) => x - y);
    expect(Number(all[0])).toBeGreaterThanOrEqual(1500);
    expect(Number(all[0])).toBeLessThan(3000);
    expect(Number(all.at(-1))).toBeGreaterThan(6000);
    expect(Number(all.at(-1))).toBeLessThan(8100);
  });

  test('takes no pod: one that was put there before its taint is refused, and another made', () => {
    // To 1.21 its pods are Failed before anybody knows that the node is.
    const recorded = run(version(21, 14), { periods: [30, 10], lasts: 60 });
    const refused = ofType(recorded, 'pod').filter(
      ({ change, node, atMs }) =>
        change === 'gone' && node === 'worker' && atMs > faultStart(recorded) && atMs < faultStart(recorded) + 500,
    );
    expect(refused.map(({ evicted }) => evicted)).toEqual([false]);
  });

  test('is off as soon as its kubelet ends, which closes its lock, and no later than the whole period', () => {
    const kill: ModelFault = {
      ...{ id: 'kill', kind: 'kubelet-stop', targets: ['worker'] },
      occurrences: [{ id: 'kill', startUs: us(0.3), endUs: us(0.4) }],
    };
    const killed = run(version(34, 4), { periods: [30, 10], beside: [kill] });
    // Its pod did not come to say that it has ended, and is evicted.
    expect(podOn(killed, 'worker').find(([change]) => change === 'deleting')).toBeDefined();
    const pause: ModelFault = {
      ...{ id: 'pause', kind: 'kubelet-pause', targets: ['worker'] },
      occurrences: [{ id: 'pause', startUs: us(0), endUs: us(20) }],
    };
    const frozen = record(
      cluster(
        version(34, 4),
        { graceSeconds: 40 },
        {
          settings: {
            ...settingsFor(version(34, 4), { graceSeconds: 40 }),
            shutdown: { gracePeriodUs: us(12), criticalPodsUs: us(2) },
          },
          replicas: 2,
          phases: [steady(20), fault(60, pause, shutdown), recover(300)],
        },
      ),
    );
    // It is frozen, and logind waits for the whole period and no longer: afterwards no process of that node is left to go on.
    expect(ofType(frozen, 'fault.attested').map(({ fault: id, moment, state }) => [id, moment, state])).toEqual([
      ['pause', 'start', 'present'],
      ['shutdown', 'start', 'present'],
      ['pause', 'end', 'absent'],
      ['shutdown', 'end', 'present'],
    ]);
    expect(statuses(frozen, 'worker')[0]).toBe('Unknown');
  });
});

describe('without a period', () => {
  test('a node goes at once, as one that is stopped', () => {
    for (const release of [version(13), version(20, 15), version(34, 4)]) {
      const stop: ModelFault = { ...shutdown, kind: 'node-stop' };
      const both = [shutdown, stop].map((one) =>
        record(
          cluster(release, { graceSeconds: 40 }, { replicas: 2, phases: [steady(20), fault(100, one), recover(300)] }),
        ),
      );
      const [down, stopped] = both.map(({ events }) => events.filter(({ type }) => !/^(fault|step)\./.test(type)));
      expect(down).toEqual(stopped);
    }
  });
});

test('the fault is proved as long as it stands, one that comes back too soon is switched off and on, and control planes are refused', () => {
  const recorded = run(version(34, 4), { periods: [30, 10], lasts: 1.5 });
  expect(ofType(recorded, 'fault.attested').map(({ state, evidence }) => [state, evidence])).toEqual([
    ['present', 'the node is shut down in order, in the model'],
    ['present', 'the node is shut down in order, in the model'],
  ]);
  expect(statuses(recorded, 'worker').at(-1)).toBe('True');
  expect(ofType(recorded, 'step.ended').find(({ kind }) => kind === 'recover')).toMatchObject({ outcome: 'done' });
  const atOnce = run(version(34, 4), {});
  expect(ofType(atOnce, 'fault.attested').map(({ evidence }) => evidence)).toEqual([
    'the node is off, for nothing holds its shutdown up, in the model',
    'the node is off, for nothing holds its shutdown up, in the model',
  ]);
  const onControlPlane: ModelFault = { ...shutdown, targets: ['control-plane'] };
  expect(() => checkConfig(cluster(version(34, 4), {}, { phases: [fault(10, onControlPlane)] }))).toThrow(
    'phases[0].inject[0].targets[0]: expected a worker, received "control-plane"',
  );
});

test('the last lease of a node is no later than it went', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const recorded = run(version(34, 4), { periods: [30, 10] }, { seed });
    expect(lastRenewal(recorded, 'worker', 99_000)).toBeLessThan(2010);
  }
});
