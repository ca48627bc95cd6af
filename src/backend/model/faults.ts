import type { Direction, ModelFault, ModelFaultKind } from './config.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Kubelets } from './kubelet.ts';
import type { Link } from './link.ts';
import { freeze, thaw } from './process.ts';
import { isRunning, type NodeState } from './state.ts';
import type { World } from './world.ts';

export type FaultTools = { readonly world: World; readonly kubelets: Kubelets; readonly controlPlane: ControlPlane };

/** A fault on one of its targets, in place: whether it holds there, in words, and how it ends. */
export type StandingFault = { readonly holds: () => boolean; readonly evidence: string; readonly undo: () => void };

type Maker<K extends ModelFaultKind> = (
  tools: FaultTools,
  node: NodeState,
  fault: Extract<ModelFault, { kind: K }>,
) => StandingFault;

const kubeletPause: Maker<'kubelet-pause'> = ({ kubelets }, node) => {
  const { incarnation } = node;
  const existed = isRunning(node);
  if (existed) freeze(node.kubelet);
  const holds = (): boolean => existed && node.incarnation === incarnation && node.kubelet.frozen;
  return {
    holds,
    evidence: existed ? 'the kubelet is stopped in its tracks' : 'no kubelet runs',
    undo: () => {
      if (holds()) kubelets.goOn(node);
    },
  };
};

const kubeletStop: Maker<'kubelet-stop'> = ({ kubelets }, node) => {
  const existed = isRunning(node);
  if (existed) kubelets.stop(node);
  return {
    holds: () => !isRunning(node),
    evidence: existed ? 'the kubelet was ended' : 'no kubelet ran',
    undo: () => {
      if (existed) kubelets.startAgain(node);
    },
  };
};

/** Freezes or ends every process of a machine, the control plane's on its nodes. */
const nodePause: Maker<'node-pause'> = (tools, node) => {
  const { world, kubelets, controlPlane } = tools;
  world.settleLoad();
  node.silent = 'frozen';
  freeze(node.kubelet);
  if (node.role === 'control-plane') controlPlane.pauseMember(node.index);
  return {
    holds: () => node.silent === 'frozen',
    evidence: 'every process of the node is frozen',
    undo: () => {
      world.settleLoad();
      node.silent = 'no';
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      kubelets.goOn(node);
    },
  };
};

const nodeStop: Maker<'node-stop'> = (tools, node) => {
  const { world, kubelets, controlPlane } = tools;
  world.settleLoad();
  const existed = isRunning(node);
  node.silent = 'off';
  if (existed) kubelets.stop(node);
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
      node.silent = 'no';
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      if (existed) kubelets.startAgain(node);
    },
  };
};

const bites = (direction: Direction, way: 'egress' | 'ingress'): boolean => direction === way || direction === 'both';

const partition: Maker<'partition'> = ({ kubelets }, node, { direction }) => {
  const { link } = node;
  link.cutUp ||= bites(direction, 'egress');
  link.cutDown ||= bites(direction, 'ingress');
  return {
    holds: () => link.cutUp || link.cutDown,
    evidence: `nothing gets through to the control plane (${direction})`,
    undo: () => kubelets.heal(node),
  };
};

type Slower = {
  readonly delayUs: number;
  readonly jitterUs: number;
  readonly loss: number;
  readonly direction: Direction;
};

const slower = (link: Link, { delayUs, jitterUs, loss, direction }: Slower): StandingFault => {
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

const latency: Maker<'latency'> = (_, { link }, { delayUs, direction }) =>
  slower(link, { delayUs, direction, jitterUs: 0, loss: 0 });
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
  ({ world }, _, { delayUs }) => {
    world.api.slowDown(where, delayUs);
    return {
      holds: () => true,
      evidence: `${delayUs / 1000} ms more before each answer`,
      undo: () => world.api.slowDown(where, 0),
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
  freeze(process);
  return {
    holds: () => process.frozen,
    evidence: 'the controller manager is stopped in its tracks',
    undo: () => {
      if (thaw(process, world.clock)) controlPlane.catchUp();
    },
  };
};

const controllerManagerKill: Maker<'controller-manager-kill'> = ({ controlPlane }, node) => {
  controlPlane.kill(node.index);
  return { holds: () => true, evidence: 'the controller manager was killed', undo: () => undefined };
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
  'controller-manager-pause': controllerManagerPause,
  'controller-manager-kill': controllerManagerKill,
};

export const modelFaultKinds = Object.keys(makers) as readonly ModelFaultKind[];

/** Makes a fault on one node. */
export const makeFault = (tools: FaultTools, node: NodeState, fault: ModelFault): StandingFault =>
  (makers[fault.kind] as Maker<ModelFaultKind>)(tools, node, fault as never);
