import { type ClusterView, type PlannedFault, recoveryTerms, watchRecovery } from '../../plan/index.ts';
import type { Simulation } from './engine/simulation.ts';
import type { NodeState } from './engine/state.ts';
import type { LoadClient } from './network/client.ts';
import type { Layout } from './nodes.ts';
import type { Observed } from './observer.ts';
import type { Missing } from './until.ts';

type Parts = {
  readonly simulation: Simulation;
  readonly observed: Observed;
  readonly client: LoadClient | null;
  readonly layout: Layout;
};

/** A fault that began. `indices`: of its targets, in their order. */
export type Disturbance = Pick<PlannedFault, 'kind' | 'targets'> & { readonly indices: Int32Array };

const ms = (us: number | null): number | null => (us === null ? null : us / 1000);

export type Recovery = {
  /** A fault began, on the nodes that it really hit. */
  readonly injected: (fault: Disturbance) => void;
  /** A fault begins to be undone. */
  readonly undoing: () => void;
  /** From the start of a recovery on: what is missing, or null. */
  readonly follow: () => () => Missing | null;
};

/** What a run's recovery waits for, by the rule that real runs have, too. */
export const createRecovery = ({ simulation, layout, observed, client }: Parts): Recovery => {
  const { clock, config, nodes, flushLoad } = simulation;
  const faults: Disturbance[] = [];
  let undoneUs: number | null = null;
  /** Those whose heartbeats are waited for, and since when. */
  let hit: Int32Array = new Int32Array(0);
  let sinceUs = 0;

  /** One for all times that it is asked for, at every change: nor are thousands of names looked for only to be counted. */
  const seen = {
    nowMs: 0,
    notReady: { count: 0, names: observed.notReadyNames },
    tainted: { count: 0, names: observed.taintedNames },
    lastHeartbeatMs: (_name: string, place: number) =>
      ms(observed.lastHeartbeatUs(nodes[hit[place] as number] as NodeState, sinceUs)),
    endingPods: 0,
    endpoints: observed.endpoints(),
    requests: { failedMs: null as number | null, answeredMs: null as number | null, openSinceMs: null },
  };
  const view = (): ClusterView => {
    flushLoad();
    seen.nowMs = clock.now() / 1000;
    seen.notReady.count = nodes.length - observed.ready();
    seen.tainted.count = Math.max(0, observed.tainted() - seen.notReady.count);
    seen.endingPods = observed.ending();
    seen.endpoints = observed.endpoints();
    seen.requests.failedMs = ms(client?.lastFailedUs() ?? null);
    seen.requests.answeredMs = ms(client?.lastAnsweredUs() ?? null);
    return seen;
  };

  return {
    injected: (fault) => {
      faults.push(fault);
    },
    undoing: () => {
      undoneUs = clock.now();
    },
    follow: () => {
      const { settings, version } = config;
      sinceUs = undoneUs ?? clock.now();
      const terms = recoveryTerms({
        replicas: config.replicas,
        nodes: layout.names,
        faults,
        undoneMs: sinceUs / 1000,
        monitorPeriodMs: settings.monitorPeriodUs / 1000,
        statusPeriodMs: (settings.statusUpdateUs * (1 + settings.statusJitter)) / 1000,
        minor: version.minor,
      });
      const only = faults.find(({ targets }) => targets === terms.hit);
      hit = only?.indices ?? layout.indicesOf(terms.hit);
      const missing = watchRecovery(terms);
      return () => missing(view());
    },
  };
};
