import { freeze } from '../engine/process.ts';
import { isRunning, type NodeState } from '../engine/state.ts';
import { declare, type FaultTools, type Maker, type Nothing, nothing } from './active-fault.ts';

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
      // What its processes were asked meanwhile they answer at once.
      simulation.flushLoad();
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

/** Faults of a kubelet, or of all that runs on a node. */
export const nodeKinds = {
  'kubelet-pause': declare(kubeletPause, nothing),
  'kubelet-stop': declare(kubeletStop, nothing),
  'node-pause': declare(nodePause, nothing),
  'node-stop': declare(nodeStop, nothing),
};
