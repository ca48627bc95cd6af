import fc from 'fast-check';
import { type ModelVersion, settingsFor } from '../../../src/backend/model/index.ts';
import { us } from './clusters.ts';
import type { Course, Disturbance } from './traces.ts';

/**
 * A course whose toleration is no multiple of the period: a timer that ends while a pass begins that cancels it goes
 * either way by microseconds.
 */
const timesOf = fc
  .record({
    period: fc.constantFrom(2, 3, 5),
    tolerations: fc.integer({ min: 0, max: 5 }),
    rest: fc.constantFrom(1, 2),
  })
  .map(({ period, tolerations, rest }) => ({
    monitorPeriodSeconds: period,
    eviction: { kind: 'tolerations' as const, seconds: tolerations * period + Math.min(rest, period - 1) },
  }));

const heartbeats = fc.constantFrom(
  {},
  { statusUpdateSeconds: 10, statusUpdateBy: 'file' as const },
  { statusUpdateSeconds: 4, statusUpdateBy: 'file' as const, leaseDurationSeconds: 16 },
  { statusUpdateSeconds: 20, statusReportSeconds: 60, leaseDurationSeconds: 80 },
);

/** Nodes go their own ways, or many of them at once, so that zones come to be disrupted in part and as a whole. */
const disturbancesOf = (nodes: number): fc.Arbitrary<readonly Disturbance[]> => {
  const node = fc.nat(nodes - 1);
  const from = fc.integer({ min: 2000, max: 12_000 });
  const lasting = fc.integer({ min: 500, max: 12_000 });
  const kind = fc.constantFrom<Disturbance['kind']>('freeze', 'freeze', 'restart', 'false');
  const own = fc
    .uniqueArray(node, { minLength: 1, maxLength: nodes })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((index) =>
          fc
            .record({ kind, from, lasting })
            .map((drawn) => ({ ...drawn, node: index, to: drawn.from + drawn.lasting })),
        ),
      ),
    );
  const together = fc
    .record({ kind, from, lasting, others: fc.subarray([...Array(nodes).keys()], { minLength: Math.ceil(nodes / 2) }) })
    .map(({ others, ...drawn }) => others.map((index) => ({ ...drawn, node: index, to: drawn.from + drawn.lasting })));
  return fc
    .oneof(own, together)
    .map((drawn) => drawn.map((one) => ({ kind: one.kind, node: one.node, from: one.from / 100, to: one.to / 100 })));
};

export const coursesOf = (version: ModelVersion): fc.Arbitrary<Course> =>
  fc
    .record({ nodes: fc.constantFrom(2, 3, 4, 6, 11), zones: fc.constantFrom(1, 1, 2), seed: fc.nat(1_000_000) })
    .chain(({ nodes, zones, seed }) =>
      fc
        .record({
          times: timesOf,
          heartbeat: heartbeats,
          graceSeconds: fc.integer({ min: 11, max: 60 }),
          podsPerNode: fc.nat(2),
          startMs: fc.integer({ min: 200, max: 5000 }),
          disturbances: disturbancesOf(nodes),
        })
        .map(({ times, heartbeat, graceSeconds, podsPerNode, startMs, disturbances }) => ({
          version,
          settings: settingsFor(version, { ...times, ...heartbeat, graceSeconds }),
          seed,
          nodes,
          zones,
          podsPerNode,
          startUs: startMs * 1000,
          endUs: us(320),
          disturbances,
        })),
    );
