import {
  commitUs,
  passBaseUs,
  passNodeUs,
  readUs,
  requestDownUs,
  requestUpUs,
  watchUs,
} from '../../../../src/backend/model/engine/constants.ts';
import { freeze } from '../../../../src/backend/model/engine/process.ts';
import { createRngSource, type Rng } from '../../../../src/backend/model/engine/random.ts';
import type { ModelSettings } from '../../../../src/backend/model/engine/settings.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';
import type { Tolerations } from '../../../../src/backend/model/engine/state.ts';
import { stampUs } from '../../../../src/backend/model/engine/store.ts';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { createKubelets } from '../../../../src/backend/model/kubelet/kubelet.ts';
import { createSimulation, type TraceNode } from './quiet-simulation.ts';

/** What kubelets wrote, µs, `atUs` when a watch shows it; one for the model's controllers and the real ones alike. */
export type TraceStep = {
  readonly atUs: number;
  readonly name: string;
} & (
  | { readonly kind: 'lease'; readonly renewUs: number }
  | { readonly kind: 'heartbeat'; readonly heartbeatUs: number }
  | { readonly kind: 'condition'; readonly heartbeatUs: number; readonly transitionUs: number; readonly ready: Answer }
  | { readonly kind: 'pod'; readonly ready: Answer }
  | { readonly kind: 'gone' }
  /** Somebody takes the node's NoExecute taints away by hand. */
  | { readonly kind: 'untainted' }
);

/** What the real controllers can be shown besides, and the model's cannot. */
export type OracleStep =
  | TraceStep
  | ({ readonly atUs: number; readonly name: string } & (
      | {
          /** Somebody writes conditions of a node by a merge patch, without Ready. */
          readonly kind: 'condition';
          readonly heartbeatUs: number;
          readonly transitionUs: number;
          readonly ready: null;
        }
      /** A pod comes to a node. */
      | { readonly kind: 'placed'; readonly node: string; readonly tolerations: Tolerations }
      /** From here on so many deletions of the pod are denied. */
      | { readonly kind: 'denied'; readonly times: number }
      | { readonly kind: 'joined'; readonly heartbeatUs: number; readonly renewUs: number }
    ));

export type OracleTrace = Omit<Trace, 'events'> & {
  readonly events: readonly OracleStep[];
  /** Watches of nodes take so much longer than others. */
  readonly nodeWatchUs?: number;
  /** From here on watches of leases bring nothing. */
  readonly leaseWatchEndsUs?: number;
};

type Answer = 'True' | 'False';

/** The controller manager ends at one moment and another one's controllers start at a later one, knowing nothing. */
export type Restart = { readonly endsUs: number; readonly startsUs: number };

/** @see oracle/oracle_test.go, which reads it */
export type Trace = {
  readonly startUs: number;
  readonly restarts: readonly Restart[];
  readonly endUs: number;
  readonly periodUs: number;
  readonly graceUs: number;
  readonly passUs: number;
  readonly writeUs: number;
  readonly readUs: number;
  readonly answerUs: number;
  readonly watchUs: number;
  /** Each request of the controllers takes up to so much longer on its way, by a draw of its own. */
  readonly jitterUs: number;
  readonly jitterSeed: number;
  readonly nodes: readonly TraceNode[];
  readonly events: readonly TraceStep[];
};

/** What a controller did, at the moment when the API server took it, or a pass that it began. */
export type TraceEvent = {
  readonly atUs: number;
  readonly kind: 'pass' | 'condition' | 'taint' | 'untaint' | 'pod' | 'delete';
  readonly name: string;
  readonly what: string;
};

/** A kubelet that is frozen, stopped and started anew, or that says False from one moment to another, in seconds. */
export type Disturbance = {
  readonly kind: 'freeze' | 'restart' | 'false';
  readonly node: number;
  readonly from: number;
  readonly to: number;
};

export type Script = {
  readonly version: ModelVersion;
  readonly settings: ModelSettings;
  readonly seed: number;
  readonly nodes: number;
  readonly zones: number;
  /** Of the pods of each node. */
  readonly pods: readonly Tolerations[];
  /** Of the controllers' first pass. */
  readonly startUs: number;
  readonly restarts: readonly Restart[];
  readonly endUs: number;
  readonly disturbances: readonly Disturbance[];
};

/** Kubelets that have run for long, every phase as likely as any other. */
const startKubelets = (
  simulation: Simulation,
  initialNodes: readonly TraceNode[],
): ReturnType<typeof createKubelets> => {
  const { nodes, settings } = simulation;
  const kubelets = createKubelets(simulation, { isAwaited: () => false, caughtUp: () => undefined });
  for (const [index, node] of nodes.entries()) {
    const lastPostUs = initialNodes[index]?.heartbeatUs ?? 0;
    kubelets.startOld(node, {
      leaseAtUs: (initialNodes[index]?.renewUs ?? 0) + settings.leaseRenewUs,
      statusAtUs: node.random.below(settings.statusUpdateUs),
      lastPostUs,
      reportUs: Math.min(kubelets.reportAfterChangeUs(node), settings.statusReportUs),
    });
  }
  return kubelets;
};

const nodesOf = ({ settings, nodes, zones, pods }: Script, rng: Rng): readonly TraceNode[] =>
  Array.from({ length: nodes }, (_, index) => {
    const name = `node-${String(index).padStart(3, '0')}`;
    const heartbeatUs = stampUs(-rng.below(settings.statusReportUs));
    return {
      name,
      zone: String(index % zones),
      heartbeatUs,
      transitionUs: heartbeatUs,
      renewUs: -rng.below(settings.leaseRenewUs),
      pods: pods.map((tolerations, pod) => ({ name: `${name}-pod-${pod}`, tolerations })),
    };
  });

/** Everything that kubelets write in a simulation, as it comes to be seen. */
const recordKubelets = (simulation: Simulation): TraceStep[] => {
  const steps: TraceStep[] = [];
  const { clock, nodes, pods, store } = simulation;
  const before = new Map(nodes.map((node) => [node, node.object]));
  const wasReady = new Map([...pods].map((pod) => [pod, pod.ready]));
  store.watch({
    lease: ({ name }, renewUs) => steps.push({ atUs: clock.now(), kind: 'lease', name, renewUs }),
    node: (node, object) => {
      const last = before.get(node);
      before.set(node, object);
      const { name } = node;
      const { heartbeatUs, transitionUs, ready } = object;
      if (last?.heartbeatUs === heartbeatUs) return;
      if (last?.ready === ready) steps.push({ atUs: clock.now(), kind: 'heartbeat', name, heartbeatUs });
      else if (ready === 'True' || ready === 'False') {
        steps.push({ atUs: clock.now(), kind: 'condition', name, heartbeatUs, transitionUs, ready });
      }
    },
    pod: (pod) => {
      const { name, ready, serving, gone } = pod;
      if (gone) steps.push({ atUs: clock.now(), kind: 'gone', name });
      else if (ready !== wasReady.get(pod) && ready === serving) {
        steps.push({ atUs: clock.now(), kind: 'pod', name, ready: ready ? 'True' : 'False' });
      }
      wasReady.set(pod, ready);
    },
  });
  return steps;
};

const secondUs = 1_000_000;

/** A node that says itself that it is not ready, over what its kubelet posted meanwhile. */
const saidFalse = (name: string, { from, to }: Disturbance): readonly TraceStep[] =>
  [from, to].map((seconds, index) => {
    const atUs = Math.round(seconds * secondUs);
    const stampedUs = stampUs(atUs);
    const ready = index === 0 ? 'False' : 'True';
    return { atUs, kind: 'condition', name, heartbeatUs: stampedUs, transitionUs: stampedUs, ready };
  });

/** Runs the model's kubelets through a script beside its controllers. @returns what the kubelets did */
export const traceOf = (script: Script, control: (simulation: Simulation) => void): Trace => {
  const { settings, seed, endUs, disturbances } = script;
  const initialNodes = nodesOf(script, createRngSource(seed).next());
  const simulation = createSimulation(script, initialNodes);
  const { clock } = simulation;
  const steps = recordKubelets(simulation);
  const kubelets = startKubelets(simulation, initialNodes);
  control(simulation);
  for (const { kind, node: index, from, to } of disturbances) {
    const node = simulation.nodes[index];
    if (node === undefined || kind === 'false') continue;
    const [begin, end] =
      kind === 'freeze'
        ? [() => freeze(node.kubelet, clock.now()), kubelets.goOn]
        : [kubelets.stop, kubelets.startAgain];
    clock.at(Math.round(from * secondUs), begin, node);
    clock.at(Math.round(to * secondUs), end, node);
  }
  clock.at(endUs, clock.stop, undefined);
  while (clock.advance(1_000_000));
  const said = disturbances.flatMap((disturbance) => {
    const node = initialNodes[disturbance.node];
    return node === undefined || disturbance.kind !== 'false' ? [] : saidFalse(node.name, disturbance);
  });
  return {
    startUs: script.startUs,
    restarts: script.restarts,
    endUs,
    periodUs: settings.monitorPeriodUs,
    graceUs: settings.graceUs,
    passUs: passBaseUs + Math.ceil((passNodeUs * initialNodes.length) / simulation.behaviour.monitorWorkers),
    writeUs: requestUpUs + commitUs,
    readUs: requestUpUs + readUs,
    answerUs: requestDownUs,
    watchUs,
    jitterUs: 0,
    jitterSeed: 0,
    nodes: initialNodes,
    events: [...steps, ...said].sort((a, b) => a.atUs - b.atUs),
  };
};
