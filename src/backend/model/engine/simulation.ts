import type { Heartbeats } from '../kubelet/heartbeats.ts';
import type { ApiServer } from '../network/apiserver.ts';
import type { Ways } from '../network/link.ts';
import type { Clock } from './clock.ts';
import type { SimulationConfig } from './config.ts';
import type { RngSource } from './random.ts';
import type { ModelSettings } from './settings.ts';
import type { ModelSink } from './sink.ts';
import type { NodeState, Pod } from './state.ts';
import type { Store } from './store.ts';
import type { Behaviour } from './versions.ts';

/** What every actor is given: the same clock, the same store, the same settings. */
export type Simulation = {
  readonly config: SimulationConfig;
  readonly settings: ModelSettings;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
  readonly rngs: RngSource;
  readonly api: ApiServer;
  readonly store: Store;
  readonly heartbeats: Heartbeats;
  readonly sink: ModelSink;
  readonly nodes: readonly NodeState[];
  /** Of the links of all nodes. */
  readonly ways: Ways;
  /** Every pod of the workload that is not gone, in the order of their making. */
  readonly pods: Set<Pod>;
  /** Likewise those of hollow nodes, which serve nothing and are nobody's to make anew. */
  readonly hollowPods: Set<Pod>;
  /** Called just before anything changes that a request's outcome depends on. */
  readonly flushLoad: () => void;
};
