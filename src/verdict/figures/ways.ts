import { connectionsOf, type Plan } from '../../plan/index.ts';
import { type RequestRecord, requestOutcomes } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { createRequestCounters, slowSecondsIn } from './counters.ts';

type Ways = NonNullable<RunDocument['requests']['ways']>;

/** The same, with null for how requests of a way ended where that is not known of its phase or of its entrance. */
export const knownWays = (requests: RunDocument['requests']): RunDocument['requests'] => {
  const { ways, byPhase, byEntrance } = requests;
  if (ways === undefined) return requests;
  return {
    ...requests,
    ways: ways.map((way) => {
      const parts = [byPhase[way.phase], byEntrance?.[way.entrance]];
      const unknown = requestOutcomes.filter((outcome) => parts.some((part) => part?.[outcome] == null));
      const isUnknown = unknown.includes('ok') || unknown.includes('httpError');
      const latencyMs = isUnknown ? { p50: null, p90: null, p99: null, max: null, mean: null } : way.latencyMs;
      const slowSeconds = isUnknown ? null : way.slowSeconds;
      return { ...way, ...Object.fromEntries(unknown.map((outcome) => [outcome, null])), latencyMs, slowSeconds };
    }),
  };
};

/**
 * Counts the requests of each phase by the node through which they entered and by their kind of connection.
 * @param entrances short names of nodes
 * @returns null: there is one way to ask, of which figures by phase say all
 */
export const createWays = (
  { load }: Pick<Plan, 'load'>,
  entrances: readonly string[],
): {
  readonly add: (phase: string, entrance: string, record: RequestRecord) => void;
  /** A way of a phase in which nobody asked has null for each outcome. @param phases in the order of the run */
  readonly result: (phases: readonly string[]) => Ways;
} | null => {
  const connections = load === null ? [] : connectionsOf(load);
  if (entrances.length * connections.length < 2) return null;
  const ways = entrances.flatMap((entrance) => connections.map((connection) => ({ entrance, connection })));
  const counted = new Map<string, ReturnType<typeof createRequestCounters>[]>();
  const countersOf = (phase: string) => {
    const known = counted.get(phase) ?? ways.map(() => createRequestCounters());
    counted.set(phase, known);
    return known;
  };
  return {
    add: (phase, entrance, record) => {
      const at = ways.findIndex((way) => way.entrance === entrance && way.connection === record.connection);
      countersOf(phase)[at]?.add(record);
    },
    result: (phases) =>
      phases.flatMap((phase) =>
        countersOf(phase).flatMap((counters, at) => {
          const way = ways[at];
          if (way === undefined) return [];
          const { latencyMs, allLatencyMs: _, ...counts } = counters.result();
          const slowSeconds = counts.offered === 0 ? null : slowSecondsIn(counters);
          return [{ phase, ...way, ...counts, latencyMs, slowSeconds }];
        }),
      ),
  };
};
