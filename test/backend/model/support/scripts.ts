import fc from 'fast-check';
import type { Tolerations } from '../../../../src/backend/model/engine/state.ts';
import { type ModelVersion, settingsFor } from '../../../../src/backend/model/index.ts';
import { us } from './clusters.ts';
import type { Disturbance, Restart, Script } from './traces.ts';

/**
 * A toleration is no multiple of the period: a timer that ends while a pass begins that cancels it goes either way by
 * microseconds.
 */
const staysOf = (period: number): fc.Arbitrary<Tolerations[keyof Tolerations]> =>
  fc
    .oneof(
      fc.constantFrom(null, 0, 5, 10, 300, 'forever' as const),
      fc
        .record({ periods: fc.nat(5), rest: fc.constantFrom(1, 2) })
        .map(({ periods, rest }) => periods * period + rest),
    )
    .map((stay) => (typeof stay === 'number' && stay > 0 && stay % period === 0 ? stay + 1 : stay));

/** Pods go their own ways, each with the same for both taints or not. */
const podsOf = (period: number): fc.Arbitrary<readonly Tolerations[]> => {
  const stay = staysOf(period);
  const same = stay.map((both) => ({ 'not-ready': both, unreachable: both }));
  return fc.array(fc.oneof(same, same, fc.record({ 'not-ready': stay, unreachable: stay })), { maxLength: 3 });
};

/** None, or one while nodes come and go; the next one leads some time later, as by election. */
const restarts: fc.Arbitrary<readonly Restart[]> = fc
  .array(
    fc.record({ endsMs: fc.integer({ min: 20_000, max: 200_000 }), lastsMs: fc.integer({ min: 1000, max: 25_000 }) }),
    {
      maxLength: 1,
    },
  )
  .map((drawn) => drawn.map(({ endsMs, lastsMs }) => ({ endsUs: endsMs * 1000, startsUs: (endsMs + lastsMs) * 1000 })));

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

export const scriptsOf = (version: ModelVersion): fc.Arbitrary<Script> =>
  fc
    .record({
      nodes: fc.constantFrom(2, 3, 4, 6, 11),
      zones: fc.constantFrom(1, 1, 2),
      seed: fc.nat(1_000_000),
      period: fc.constantFrom(2, 3, 5),
    })
    .chain(({ nodes, zones, seed, period }) =>
      fc
        .record({
          heartbeat: heartbeats,
          graceSeconds: fc.integer({ min: 11, max: 60 }),
          pods: podsOf(period),
          restarts,
          startMs: fc.integer({ min: 200, max: 5000 }),
          disturbances: disturbancesOf(nodes),
        })
        .map(({ heartbeat, graceSeconds, pods, startMs, ...drawn }) => ({
          version,
          settings: settingsFor(version, { ...heartbeat, monitorPeriodSeconds: period, graceSeconds }),
          seed,
          nodes,
          zones,
          pods,
          startUs: startMs * 1000,
          endUs: us(320),
          ...drawn,
        })),
    );
