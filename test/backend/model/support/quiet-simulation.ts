import { createClock } from '../../../../src/backend/model/engine/clock.ts';
import { createRngSource, type RngSource } from '../../../../src/backend/model/engine/random.ts';
import type { ModelSettings } from '../../../../src/backend/model/engine/settings.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type { ModelSink } from '../../../../src/backend/model/engine/sink.ts';
import type { NodeObject, NodeState, Pod, Tolerations } from '../../../../src/backend/model/engine/state.ts';
import { createStore } from '../../../../src/backend/model/engine/store.ts';
import { behaviourOf, type ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { createHeartbeats } from '../../../../src/backend/model/kubelet/heartbeats.ts';
import { createApiServer } from '../../../../src/backend/model/network/apiserver.ts';
import type { Ways } from '../../../../src/backend/model/network/link.ts';
import { freshNode } from '../../../../src/backend/model/nodes.ts';
import { cluster, us } from './clusters.ts';

export const silent: ModelSink = {
  lease: () => undefined,
  node: () => undefined,
  pod: () => undefined,
  endpoints: () => undefined,
  requests: () => undefined,
  event: () => undefined,
};

export const createPod = (name: string, node: NodeState | null, tolerations: Tolerations, daemon = false): Pod => ({
  name,
  uid: `uid-${name}`,
  tolerations,
  daemon,
  node,
  ready: true,
  deleting: false,
  evicted: false,
  deletedUs: null,
  graceUs: 30_000_000,
  failed: false,
  gone: false,
  revision: 0,
  disruptionTarget: false,
  seen: { ready: true, deleting: false, gone: false, node, revision: 0 },
  ended: false,
  running: true,
  serving: true,
  starting: false,
  stopping: false,
  volume: null,
});

export type SimulationOptions = {
  readonly version: ModelVersion;
  readonly settings: ModelSettings;
  readonly seed: number;
};

export type TraceNode = {
  readonly name: string;
  readonly zone: string;
  readonly heartbeatUs: number;
  readonly transitionUs: number;
  readonly renewUs: number;
  readonly pods: readonly { readonly name: string; readonly tolerations: Tolerations }[];
};

/** What a trace does not say of a node. */
export type SimulationNode = Omit<TraceNode, 'renewUs'> & {
  readonly renewUs: number | null;
  readonly labels?: readonly string[];
  /** As it is registered at first; null where it is not. */
  readonly object?: Omit<NodeObject, 'revision'> | null;
};

/** A simulation without anything going on in it: nodes and their pods as the trace names them. */
export const createSimulation = (
  { version, settings, seed }: SimulationOptions,
  initialNodes: readonly SimulationNode[],
): Simulation => {
  const clock = createClock();
  const rngs: RngSource = createRngSource(seed);
  const ways: Ways = { connect: null };
  const nodes = initialNodes.map(({ name, zone, renewUs, labels = [] }, index): NodeState => {
    const own = { index, name, role: 'worker', hollow: false, zone: Number(zone), labels, backgroundPods: 0 } as const;
    const node = freshNode(own, ways, rngs);
    node.lease.renewUs = renewUs ?? 0;
    node.lease.revision = renewUs === null ? 0 : 1;
    return node;
  });
  const pods = new Set<Pod>();
  for (const [index, { pods: own }] of initialNodes.entries()) {
    for (const { name, tolerations } of own) {
      const pod = createPod(name, nodes[index] as NodeState, tolerations);
      pods.add(pod);
      nodes[index]?.pods.add(pod);
    }
  }
  const store = createStore(clock);
  const behaviour = behaviourOf(version);
  const api = createApiServer(clock, 1, rngs.next());
  for (const [index, { heartbeatUs, transitionUs, object }] of initialNodes.entries()) {
    if (object === null) continue;
    const ready: Omit<NodeObject, 'revision'> = {
      createdUs: us(-3600),
      ready: 'True',
      reason: 'KubeletReady',
      heartbeatUs,
      transitionUs,
      conditions: [],
      taints: [],
    };
    store.register(nodes[index] as NodeState, object ?? ready);
  }
  return {
    config: cluster(version, {}),
    settings,
    behaviour,
    clock,
    rngs,
    api,
    store,
    heartbeats: createHeartbeats({
      clock,
      settings,
      behaviour,
      api,
      store,
      oneEach: true,
      counted: null,
      mayStandStill: false,
    }),
    sink: silent,
    nodes,
    ways,
    pods,
    hollowPods: new Set(),
    flushLoad: () => undefined,
  };
};
