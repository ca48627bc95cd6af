import type { PlannedFault, PlannedFaultOf } from '../../plan/index.ts';
import type { ControlPlane } from './controllers/control-plane.ts';
import { commitUs, pressedCores } from './engine/constants.ts';
import { freeze, thaw } from './engine/process.ts';
import type { Simulation } from './engine/simulation.ts';
import { isRunning, type NodeState } from './engine/state.ts';
import type { Kubelets } from './kubelet/kubelet.ts';
import {
  type Direction,
  directions,
  fromNetem,
  type Slower,
  type SlowServer,
  spread,
  us,
} from './network/fault-options.ts';
import type { Link } from './network/link.ts';

export type FaultTools = {
  readonly simulation: Simulation;
  readonly kubelets: Kubelets;
  readonly controlPlane: ControlPlane;
};

/** A fault on one of its targets, in place: whether it holds there, in words, and how it ends. */
export type ActiveFault = { readonly holds: () => boolean; readonly evidence: string; readonly undo: () => void };

/** Makes a fault on one node, with the options of its kind. */
type Maker<O> = (tools: FaultTools, node: NodeState, options: O) => ActiveFault;

type Nothing = Readonly<Record<never, never>>;

const kubeletPause: Maker<Nothing> = ({ simulation, kubelets }, node) => {
  const existed = isRunning(node);
  const generation = freeze(node.kubelet, simulation.clock.now());
  return {
    holds: () => existed && isRunning(node) && node.kubelet.generation === generation && node.kubelet.frozen,
    evidence: existed ? 'the kubelet is stopped in its tracks' : 'no kubelet runs',
    undo: () => {
      kubelets.goOn(node, generation);
    },
  };
};

/** A kubelet runs where nothing has stopped it and its machine is on; a machine that is frozen starts none either. */
const startWhereFree = ({ kubelets }: FaultTools, node: NodeState): void => {
  const { stops, offs, pauses } = node.holds;
  if (stops + offs + pauses === 0 && !isRunning(node)) kubelets.startAgain(node);
};

const kubeletStop: Maker<Nothing> = (tools, node) => {
  const existed = isRunning(node);
  node.holds.stops += 1;
  if (existed) tools.kubelets.stop(node);
  return {
    holds: () => !isRunning(node),
    evidence: existed ? 'the kubelet was ended' : 'no kubelet ran',
    undo: () => {
      node.holds.stops -= 1;
      startWhereFree(tools, node);
    },
  };
};

const silenceOf = ({ offs, pauses }: NodeState['holds']): NodeState['silent'] =>
  offs > 0 ? 'off' : pauses > 0 ? 'frozen' : 'no';

/** Freezes or ends every process of a machine, the control plane's on its nodes. */
const nodePause: Maker<Nothing> = (tools, node) => {
  const { simulation, kubelets, controlPlane } = tools;
  simulation.flushLoad();
  node.holds.pauses += 1;
  node.silent = silenceOf(node.holds);
  const generation = freeze(node.kubelet, simulation.clock.now());
  if (node.role === 'control-plane') controlPlane.pauseMember(node.index);
  return {
    holds: () => node.silent === 'frozen',
    evidence: node.silent === 'off' ? 'the node is off' : 'every process of the node is frozen',
    undo: () => {
      simulation.flushLoad();
      node.holds.pauses -= 1;
      node.silent = silenceOf(node.holds);
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      kubelets.goOn(node, generation);
      startWhereFree(tools, node);
    },
  };
};

const nodeStop: Maker<Nothing> = (tools, node) => {
  const { simulation, kubelets, controlPlane } = tools;
  simulation.flushLoad();
  node.holds.offs += 1;
  node.losses += 1;
  node.silent = silenceOf(node.holds);
  if (isRunning(node)) kubelets.stop(node);
  kubelets.losePods(node);
  if (node.role === 'control-plane') {
    controlPlane.kill(node.index);
    controlPlane.pauseMember(node.index);
  }
  return {
    holds: () => node.silent === 'off',
    evidence: 'the node is off',
    undo: () => {
      simulation.flushLoad();
      node.holds.offs -= 1;
      node.silent = silenceOf(node.holds);
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      startWhereFree(tools, node);
    },
  };
};

const bites = (direction: Direction, way: 'egress' | 'ingress'): boolean => direction === way || direction === 'both';

/** `rejects`: with a reset instead of silence. `allTraffic`: what clients ask through a control plane is cut too. */
type Isolation = { readonly direction: Direction; readonly rejects?: boolean; readonly allTraffic?: boolean };

const partition: Maker<Isolation> = (
  { simulation, kubelets },
  node,
  { direction, rejects = false, allTraffic = false },
) => {
  const { link } = node;
  const change = (by: 1 | -1): void => {
    if (bites(direction, 'egress')) link.cuts.up += by;
    if (bites(direction, 'ingress')) link.cuts.down += by;
    if (rejects) link.rejects += by;
  };
  const before = node.unreachable;
  simulation.flushLoad();
  change(1);
  link.blockedUp = link.cuts.up > 0;
  link.blockedDown = link.cuts.down > 0;
  if (rejects) link.connection?.close();
  link.connection?.changed();
  if (allTraffic) node.unreachable = rejects && before !== 'drop' ? 'reject' : 'drop';
  return {
    holds: () => link.blockedUp || link.blockedDown,
    evidence: `nothing gets through to the control plane (${direction}${rejects ? ', by reset' : ''})`,
    undo: () => {
      simulation.flushLoad();
      change(-1);
      if (allTraffic) node.unreachable = before;
      kubelets.heal(node);
    },
  };
};

const slower = (link: Link, { delayUs, jitterUs = 0, loss = 0, direction }: Slower): ActiveFault => {
  const change = (sign: 1 | -1): void => {
    if (bites(direction, 'egress')) link.extraUpUs += sign * delayUs;
    if (bites(direction, 'ingress')) link.extraDownUs += sign * delayUs;
    link.jitterUs += sign * jitterUs;
  };
  const ways = (['up', 'down'] as const).filter((way) => bites(direction, way === 'up' ? 'egress' : 'ingress'));
  change(1);
  if (loss > 0) for (const way of ways) link.losses[way].push(loss);
  link.connection?.changed();
  return {
    holds: () =>
      link.extraUpUs + link.extraDownUs + link.jitterUs + link.losses.up.length + link.losses.down.length > 0,
    evidence: `${delayUs / 1000} ms more, ${loss * 100} % lost (${direction})`,
    undo: () => {
      change(-1);
      for (const way of ways) {
        const place = link.losses[way].indexOf(loss);
        if (place >= 0) link.losses[way].splice(place, 1);
      }
    },
  };
};

const slowPath: Maker<Slower> = (_, { link }, options) => slower(link, options);

const apiServerPause: Maker<Nothing> = ({ simulation, controlPlane }, node) => {
  simulation.api.pause(node.index);
  return {
    holds: () => simulation.api.isPaused(node.index),
    evidence: 'the API server is stopped in its tracks',
    undo: () => {
      simulation.api.resume(node.index);
      controlPlane.catchUp();
    },
  };
};

const slowServer =
  (where: 'apiserver' | 'etcd'): Maker<SlowServer> =>
  ({ simulation: { api } }, { index }, { delayUs, jitterUs = 0 }) => {
    api.slowDown(where, index, delayUs, jitterUs);
    return {
      holds: () => true,
      evidence: `${delayUs / 1000} ms more before each answer`,
      undo: () => api.slowDown(where, index, -delayUs, -jitterUs),
    };
  };

const etcdDiskLatency: Maker<{ readonly delayUs: number }> = ({ simulation: { api } }, { index }, { delayUs }) => {
  api.slowDown('disk', index, delayUs, 0);
  return {
    holds: () => true,
    evidence: `each sync of etcd's log takes ${delayUs / 1000} ms`,
    undo: () => api.slowDown('disk', index, -delayUs, 0),
  };
};

const etcdPause: Maker<Nothing> = ({ controlPlane }, node) => {
  controlPlane.pauseStore(node.index);
  return {
    holds: () => controlPlane.isStorePaused(node.index),
    evidence: 'the etcd member is stopped in its tracks',
    undo: () => controlPlane.resumeStore(node.index),
  };
};

const controllerManagerPause: Maker<Nothing> = ({ simulation, controlPlane }, node) => {
  const process = controlPlane.processOf(node.index);
  const generation = freeze(process, simulation.clock.now());
  return {
    holds: () => process.frozen && process.generation === generation,
    evidence: 'the controller manager is stopped in its tracks',
    undo: () => {
      if (thaw(process, simulation.clock, generation)) controlPlane.catchUp();
    },
  };
};

const controllerManagerKill: Maker<Nothing> = ({ controlPlane }, node) => {
  controlPlane.kill(node.index);
  return { holds: () => true, evidence: 'the controller manager was killed', undo: () => undefined };
};

/** Busy loops take their share of the machine's cores, so that a call takes as much longer. */
const cpuPressure: Maker<{ readonly loops: number }> = ({ simulation: { api } }, { index }, { loops }) => {
  const extraUs = Math.round((commitUs * loops) / pressedCores);
  api.slowDown('apiserver', index, extraUs, 0);
  return {
    holds: () => true,
    evidence: `each call takes ${extraUs / 1000} ms longer`,
    undo: () => api.slowDown('apiserver', index, -extraUs, 0),
  };
};

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
