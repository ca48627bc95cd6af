import type { PlannedFault, PlannedFaultOf } from '../../../plan/index.ts';
import { pressedCores } from '../engine/constants.ts';
import type { NodeState } from '../engine/state.ts';
import { directions, fromNetem, type SlowServer, spread, us } from '../network/fault-options.ts';
import type { ActiveFault, FaultTools, Maker, Nothing } from './active-fault.ts';
import {
  apiServerPause,
  controllerManagerKill,
  controllerManagerPause,
  cpuPressure,
  etcdDiskLatency,
  etcdPause,
  slowServer,
} from './control-plane-faults.ts';
import { kubeletPause, kubeletStop, nodePause, nodeStop } from './node-faults.ts';
import { partition, slowPath } from './path-faults.ts';

/**
 * One kind of fault.
 * @param options what the model takes of a plan's fault beyond its targets and times; µs
 */
const declare = <F, O extends object>(make: Maker<O>, options: (fault: F) => NoInfer<O>) => ({ make, options });

const nothing = (): Nothing => ({});
const slowServerOptions = (fault: PlannedFaultOf<'apiserver-latency' | 'etcd-latency'>): SlowServer => ({
  ...spread(fault),
  rampSteps: fault.rampSteps,
});

/** Every kind of fault: what the model takes of it, and how it is made on one node. */
const kinds = {
  'kubelet-pause': declare(kubeletPause, nothing),
  'kubelet-stop': declare(kubeletStop, nothing),
  'node-pause': declare(nodePause, nothing),
  'node-stop': declare(nodeStop, nothing),
  partition: declare(partition, ({ direction, by, traffic }: PlannedFaultOf<'partition'>) => ({
    direction: directions[direction],
    rejects: by === 'reject',
    allTraffic: traffic === 'all',
  })),
  latency: declare(slowPath, ({ direction, lossPercent, rampSteps, ...delay }: PlannedFaultOf<'latency'>) => ({
    ...spread(delay),
    loss: lossPercent / 100,
    direction: directions[direction],
    rampSteps,
  })),
  netem: declare(slowPath, fromNetem),
  'apiserver-pause': declare(apiServerPause, nothing),
  'apiserver-latency': declare(slowServer('apiserver'), slowServerOptions),
  'etcd-pause': declare(etcdPause, nothing),
  'etcd-latency': declare(slowServer('etcd'), slowServerOptions),
  'etcd-disk-latency': declare(etcdDiskLatency, ({ delayMs }: PlannedFaultOf<'etcd-disk-latency'>) => ({
    delayUs: us(delayMs),
  })),
  'controller-manager-pause': declare(controllerManagerPause, nothing),
  'controller-manager-kill': declare(controllerManagerKill, nothing),
  'cpu-pressure': declare(cpuPressure, ({ loops }: PlannedFaultOf<'cpu-pressure'>) => ({
    loops: loops ?? 2 * pressedCores,
  })),
} satisfies { readonly [K in PlannedFault['kind']]: { readonly options: (fault: PlannedFaultOf<K>) => unknown } };

/** What each kind of fault takes beyond its targets and times; µs. */
export type ModelFaultOptions = { readonly [K in keyof typeof kinds]: Parameters<(typeof kinds)[K]['make']>[2] };

/** One time that a fault stands, from the start of its phase. */
export type ModelOccurrence = { readonly id: string; readonly startUs: number; readonly endUs: number };

export type ModelFaultKind = keyof ModelFaultOptions;

export type ModelFault = {
  readonly [K in ModelFaultKind]: {
    readonly id: string;
    readonly kind: K;
    readonly targets: readonly string[];
    /** Of the targets it hits the one whose controller manager leads when it begins. */
    readonly leads?: boolean;
    /** When it stands; for the whole phase where it is left out. */
    readonly occurrences?: readonly ModelOccurrence[];
  } & ModelFaultOptions[K];
}[ModelFaultKind];

export const modelFaultKinds = Object.keys(kinds) as readonly (keyof ModelFaultOptions)[];

/** The options of a plan's fault as the model takes them. */
export const faultOptions = (fault: PlannedFault): ModelFaultOptions[PlannedFault['kind']] =>
  (kinds[fault.kind].options as (fault: PlannedFault) => ModelFaultOptions[PlannedFault['kind']])(fault);

/** Makes a fault on one node. */
export const makeFault = (tools: FaultTools, node: NodeState, fault: ModelFault): ActiveFault => {
  const { heartbeats } = tools.simulation;
  heartbeats.disturb(node);
  const active = (kinds[fault.kind].make as Maker<ModelFault>)(tools, node, fault);
  return {
    ...active,
    undo: () => {
      active.undo();
      heartbeats.leaveAlone(node);
    },
  };
};
