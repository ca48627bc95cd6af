import fc from 'fast-check';
import type { ModelConfig, ModelFault, ModelFaultKind } from '../../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from './clusters.ts';

const direction = fc.constantFrom<'egress' | 'ingress' | 'both'>('egress', 'ingress', 'both');
const onAny = fc.subarray(['control-plane', 'worker', 'worker2'], { minLength: 1 });
const onWorkers = fc.subarray(['worker', 'worker2'], { minLength: 1 });
const onControlPlane = fc.constant(['control-plane']);
const upTo = (seconds: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: us(seconds) });

const kinds: { readonly [K in ModelFaultKind]: fc.Arbitrary<Omit<Extract<ModelFault, { kind: K }>, 'id' | 'kind'>> } = {
  'kubelet-pause': fc.record({ targets: onAny }),
  'kubelet-stop': fc.record({ targets: onAny }),
  'node-pause': fc.record({ targets: onAny }),
  'node-stop': fc.record({ targets: onAny }),
  partition: fc.record({ targets: onAny, direction, rejects: fc.boolean(), allTraffic: fc.boolean() }),
  latency: fc.record({ targets: onAny, direction, delayUs: upTo(15) }),
  'node-shutdown': fc.record({ targets: onWorkers }),
  netem: fc.record({
    targets: onAny,
    direction,
    delayUs: upTo(2),
    jitterUs: upTo(2),
    loss: fc.constantFrom(0, 0.3, 0.9),
  }),
  'apiserver-pause': fc.record({ targets: onControlPlane }),
  'apiserver-latency': fc.record({ targets: onControlPlane, delayUs: upTo(15) }),
  'etcd-pause': fc.record({ targets: onControlPlane }),
  'etcd-latency': fc.record({ targets: onControlPlane, delayUs: upTo(15) }),
  'etcd-disk-latency': fc.record({ targets: onControlPlane, delayUs: upTo(2) }),
  'controller-manager-pause': fc.record({ targets: onControlPlane }),
  'controller-manager-kill': fc.record({ targets: onControlPlane }),
  'cpu-pressure': fc.record({ targets: onControlPlane, loops: fc.integer({ min: 1, max: 16 }) }),
  'taints-removed': fc.record({ targets: onAny }),
  'out-of-service': fc.record({ targets: onAny }),
  'controller-manager-watch-lost': fc.record({ targets: onControlPlane }),
  'clock-jump': fc.record({ targets: onWorkers, byUs: fc.integer({ min: us(-200), max: us(200) }) }),
};

/** When a fault of a phase stands: the whole of it, or some of it, in steps where it can grow. */
const times = fc.tuple(
  fc.boolean(),
  fc.integer({ min: 0, max: 90 }),
  fc.integer({ min: 0, max: 90 }),
  fc.integer({ min: 1, max: 4 }),
);

const anyFault: fc.Arbitrary<ModelFault> = fc.constantFrom(...(Object.keys(kinds) as ModelFaultKind[])).chain((kind) =>
  fc.tuple(kinds[kind], times).map(([rest, [entireRun, from, more, rampSteps]]) => {
    const occurrences = entireRun ? undefined : [{ id: kind, startUs: us(from), endUs: us(from + more) }];
    const grows = 'delayUs' in rest ? { rampSteps } : {};
    return { id: kind, kind, ...rest, ...grows, ...(occurrences === undefined ? {} : { occurrences }) } as ModelFault;
  }),
);

/** Any faults, also several of a kind on one node and faults on what another has ended, under any version. */
export const anyConfig: fc.Arbitrary<ModelConfig> = fc
  .record({
    minor: fc.integer({ min: 11, max: 37 }),
    controlPlanes: fc.constantFrom(1, 1, 3),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    age: fc.constantFrom<'fresh' | 'old'>('fresh', 'old'),
    graceSeconds: fc.constantFrom(10, 20, 40),
    replicas: fc.integer({ min: 0, max: 6 }),
    connection: fc.constantFrom<'fresh' | 'keep-alive' | 'both'>('fresh', 'keep-alive', 'both'),
    ratePerSecond: fc.constantFrom(0.7, 3, 50),
    faults: fc.array(anyFault, { minLength: 1, maxLength: 4 }),
    seconds: fc.integer({ min: 0, max: 90 }),
    shutdown: fc.constantFrom(null, [30, 10], [10, 0], [2, 2], [1, 0]),
    asked: fc.constantFrom<object>({}, { eviction: { kind: 'tolerations', seconds: 5 } }, { statusUpdateSeconds: 4 }),
  })
  .map(({ minor, graceSeconds, connection, ratePerSecond, faults, seconds, asked, shutdown, ...rest }) => {
    const [period, critical] = shutdown ?? [0, 0];
    const config = cluster(
      version(minor),
      { graceSeconds, ...asked },
      {
        ...rest,
        load: { connection, ratePerSecond, timeoutUs: us(1) },
        backgroundPods: { controlPlane: 6, worker: 2 },
        phases: [
          steady(10),
          fault(seconds, ...faults.map((one, index) => ({ ...one, id: `${one.kind}-${index}` }))),
          recover(180),
          steady(5),
        ],
      },
    );
    return minor < 20 || shutdown === null
      ? config
      : {
          ...config,
          settings: {
            ...config.settings,
            shutdown: { gracePeriodUs: us(Number(period)), criticalPodsUs: us(Number(critical)) },
          },
        };
  });
