import { type ClusterView, followRecovery, type PlannedFault, recoveryTerms } from '../../plan/index.ts';
import type { Simulation } from './engine/simulation.ts';
import type { NodeState } from './engine/state.ts';
import type { LoadClient } from './network/client.ts';
import type { Observed } from './observer.ts';

type Parts = {
  readonly simulation: Simulation;
  readonly observed: Observed;
  readonly client: LoadClient | null;
  readonly nodeNamed: (name: string) => NodeState;
};

type Disturbance = Pick<PlannedFault, 'kind' | 'targets'>;

const ms = (us: number | null): number | null => (us === null ? null : us / 1000);

/** What a run's recovery waits for, by the rule that real runs have, too. */
export const createRecovery = ({ simulation, observed, client, nodeNamed }: Parts) => {
  const { clock, config, nodes, flushLoad } = simulation;
  const faults: Disturbance[] = [];
  let undoneUs: number | null = null;

  /** Asked at every change: thousands of names are not looked for only to be counted. */
  const view = (): ClusterView => {
    flushLoad();
    const notReady = nodes.length - observed.ready();
    return {
      nowMs: clock.now() / 1000,
      notReady: { count: notReady, names: observed.notReadyNames },
      tainted: { count: Math.max(0, observed.tainted() - notReady), names: observed.taintedNames },
      lastHeartbeatMs: (name) => ms(observed.lastHeartbeatUs(nodeNamed(name))),
      endingPods: observed.ending(),
      endpoints: observed.endpoints(),
      requests: {
        failedMs: ms(client?.lastFailedUs() ?? null),
        answeredMs: ms(client?.lastAnsweredUs() ?? null),
        openSinceMs: null,
      },
    };
  };

  return {
    /** A fault began, on the nodes that it really hit. */
    injected: (fault: Disturbance): void => {
      faults.push(fault);
    },
    /** A fault begins to be undone. */
    undoing: (): void => {
      undoneUs = clock.now();
    },
    /** From the start of a recovery on: what is missing, or null. */
    follow: (): (() => string | null) => {
      const { settings, version } = config;
      const missing = followRecovery(
        recoveryTerms({
          replicas: config.replicas,
          nodes: nodes.map(({ name }) => name),
          faults,
          undoneMs: (undoneUs ?? clock.now()) / 1000,
          monitorPeriodMs: settings.monitorPeriodUs / 1000,
          statusPeriodMs: (settings.statusUpdateUs * (1 + settings.statusJitter)) / 1000,
          minor: version.minor,
        }),
      );
      return () => missing(view());
    },
  };
};
