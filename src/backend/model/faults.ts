import type { ControlPlane } from './controllers/control-plane.ts';
import type { Direction, ModelFault, ModelFaultKind } from './engine/config.ts';
import { commitUs, pressedCores } from './engine/constants.ts';
import { freeze, thaw } from './engine/process.ts';
import type { World } from './engine/simulation.ts';
import { isRunning, type NodeState } from './engine/state.ts';
import type { Kubelets } from './kubelet/kubelet.ts';
import type { Link } from './network/link.ts';

export type FaultTools = { readonly world: World; readonly kubelets: Kubelets; readonly controlPlane: ControlPlane };

/** A fault on one of its targets, in place: whether it holds there, in words, and how it ends. */
export type StandingFault = { readonly holds: () => boolean; readonly evidence: string; readonly undo: () => void };

type Maker<K extends ModelFaultKind> = (
  tools: FaultTools,
  node: NodeState,
  fault: Extract<ModelFault, { kind: K }>,
) => StandingFault;

const kubeletPause: Maker<'kubelet-pause'> = ({ world, kubelets }, node) => {
  const existed = isRunning(node);
  const generation = freeze(node.kubelet, world.clock.now());
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

const kubeletStop: Maker<'kubelet-stop'> = (tools, node) => {
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
const nodePause: Maker<'node-pause'> = (tools, node) => {
  const { world, kubelets, controlPlane } = tools;
  world.settleLoad();
  node.holds.pauses += 1;
  node.silent = silenceOf(node.holds);
  const generation = freeze(node.kubelet, world.clock.now());
  if (node.role === 'control-plane') controlPlane.pauseMember(node.index);
  return {
    holds: () => node.silent === 'frozen',
    evidence: node.silent === 'off' ? 'the node is off' : 'every process of the node is frozen',
    undo: () => {
      world.settleLoad();
      node.holds.pauses -= 1;
      node.silent = silenceOf(node.holds);
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      kubelets.goOn(node, generation);
      startWhereFree(tools, node);
    },
  };
};

const nodeStop: Maker<'node-stop'> = (tools, node) => {
  const { world, kubelets, controlPlane } = tools;
  world.settleLoad();
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
      world.settleLoad();
      node.holds.offs -= 1;
      node.silent = silenceOf(node.holds);
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      startWhereFree(tools, node);
    },
  };
};

const bites = (direction: Direction, way: 'egress' | 'ingress'): boolean => direction === way || direction === 'both';

const partition: Maker<'partition'> = (
  { world, kubelets },
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
  world.settleLoad();
  change(1);
  link.cutUp = link.cuts.up > 0;
  link.cutDown = link.cuts.down > 0;
  if (allTraffic) node.unreachable = rejects && before !== 'drop' ? 'reject' : 'drop';
  return {
    holds: () => link.cutUp || link.cutDown,
    evidence: `nothing gets through to the control plane (${direction}${rejects ? ', by reset' : ''})`,
    undo: () => {
      world.settleLoad();
      change(-1);
      if (allTraffic) node.unreachable = before;
      kubelets.heal(node);
    },
  };
};

type Slower = {
  readonly delayUs: number;
  readonly jitterUs?: number;
  readonly loss?: number;
  readonly direction: Direction;
};

const slower = (link: Link, { delayUs, jitterUs = 0, loss = 0, direction }: Slower): StandingFault => {
  const change = (sign: 1 | -1): void => {
    if (bites(direction, 'egress')) link.extraUpUs += sign * delayUs;
    if (bites(direction, 'ingress')) link.extraDownUs += sign * delayUs;
    link.jitterUs += sign * jitterUs;
  };
  change(1);
  if (loss > 0) link.losses.push(loss);
  return {
    holds: () => link.extraUpUs + link.extraDownUs + link.jitterUs + link.losses.length > 0,
    evidence: `${delayUs / 1000} ms more, ${loss * 100} % lost (${direction})`,
    undo: () => {
      change(-1);
      const place = link.losses.indexOf(loss);
      if (place >= 0) link.losses.splice(place, 1);
    },
  };
};

const latency: Maker<'latency'> = (_, { link }, options) => slower(link, options);
const netem: Maker<'netem'> = (_, { link }, options) => slower(link, options);

const apiServerPause: Maker<'apiserver-pause'> = ({ world, controlPlane }, node) => {
  world.api.pause(node.index);
  return {
    holds: () => world.api.isPaused(node.index),
    evidence: 'the API server is stopped in its tracks',
    undo: () => {
      world.api.resume(node.index);
      controlPlane.catchUp();
    },
  };
};

const slowServer =
  (where: 'apiserver' | 'etcd'): Maker<'apiserver-latency' | 'etcd-latency'> =>
  ({ world: { api } }, { index }, { delayUs, jitterUs = 0 }) => {
    api.slowDown(where, index, delayUs, jitterUs);
    return {
      holds: () => true,
      evidence: `${delayUs / 1000} ms more before each answer`,
      undo: () => api.slowDown(where, index, -delayUs, -jitterUs),
    };
  };

const etcdDiskLatency: Maker<'etcd-disk-latency'> = ({ world: { api } }, { index }, { delayUs }) => {
  api.slowDown('disk', index, delayUs, 0);
  return {
    holds: () => true,
    evidence: `each sync of etcd's log takes ${delayUs / 1000} ms`,
    undo: () => api.slowDown('disk', index, -delayUs, 0),
  };
};

const etcdPause: Maker<'etcd-pause'> = ({ controlPlane }, node) => {
  controlPlane.pauseStore(node.index);
  return {
    holds: () => controlPlane.isStorePaused(node.index),
    evidence: 'the etcd member is stopped in its tracks',
    undo: () => controlPlane.resumeStore(node.index),
  };
};

const controllerManagerPause: Maker<'controller-manager-pause'> = ({ world, controlPlane }, node) => {
  const process = controlPlane.processOf(node.index);
  const generation = freeze(process, world.clock.now());
  return {
    holds: () => process.frozen && process.generation === generation,
    evidence: 'the controller manager is stopped in its tracks',
    undo: () => {
      if (thaw(process, world.clock, generation)) controlPlane.catchUp();
    },
  };
};

const controllerManagerKill: Maker<'controller-manager-kill'> = ({ controlPlane }, node) => {
  controlPlane.kill(node.index);
  return { holds: () => true, evidence: 'the controller manager was killed', undo: () => undefined };
};

/** Busy loops take their share of the machine's cores, so that a call takes as much longer. */
const cpuPressure: Maker<'cpu-pressure'> = ({ world: { api } }, { index }, { loops }) => {
  const extraUs = Math.round((commitUs * loops) / pressedCores);
  api.slowDown('apiserver', index, extraUs, 0);
  return {
    holds: () => true,
    evidence: `each call takes ${extraUs / 1000} ms longer`,
    undo: () => api.slowDown('apiserver', index, -extraUs, 0),
  };
};

/** How each kind of fault is made on one node. */
const makers: { readonly [K in ModelFaultKind]: Maker<K> } = {
  'kubelet-pause': kubeletPause,
  'kubelet-stop': kubeletStop,
  'node-pause': nodePause,
  'node-stop': nodeStop,
  partition,
  latency,
  netem,
  'apiserver-pause': apiServerPause,
  'apiserver-latency': slowServer('apiserver') as Maker<'apiserver-latency'>,
  'etcd-pause': etcdPause,
  'etcd-latency': slowServer('etcd') as Maker<'etcd-latency'>,
  'etcd-disk-latency': etcdDiskLatency,
  'controller-manager-pause': controllerManagerPause,
  'controller-manager-kill': controllerManagerKill,
  'cpu-pressure': cpuPressure,
};

export const modelFaultKinds = Object.keys(makers) as readonly ModelFaultKind[];

/** Makes a fault on one node. */
export const makeFault = (tools: FaultTools, node: NodeState, fault: ModelFault): StandingFault =>
  (makers[fault.kind] as Maker<ModelFaultKind>)(tools, node, fault as never);
