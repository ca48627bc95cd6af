import type { PlannedFaultOf } from '../../../plan/index.ts';
import { bootUs, secondUs } from '../engine/constants.ts';
import { freeze } from '../engine/process.ts';
import { changeHolds, isRunning, type NodeState } from '../engine/state.ts';
import { us } from '../network/fault-options.ts';
import { endConnection } from '../network/link.ts';
import { type ActiveFault, declare, type FaultTools, type Maker, type Nothing, nothing } from './active-fault.ts';

/** One object, for thousands of kubelets may be paused at once. */
class KubeletPause implements ActiveFault {
  readonly #kubelets: FaultTools['kubelets'];
  readonly #node: NodeState;
  readonly #existed: boolean;
  readonly #generation: number;

  constructor({ simulation, kubelets }: FaultTools, node: NodeState) {
    this.#kubelets = kubelets;
    this.#node = node;
    this.#existed = isRunning(node);
    this.#generation = freeze(node.kubelet, simulation.clock.now());
  }

  get evidence(): string {
    return this.#existed ? 'the kubelet is stopped in its tracks' : 'no kubelet runs';
  }

  holds(): boolean {
    const { kubelet } = this.#node;
    return this.#existed && isRunning(this.#node) && kubelet.generation === this.#generation && kubelet.frozen;
  }

  undo(): void {
    this.#kubelets.goOn(this.#node, this.#generation);
  }
}

const kubeletPause: Maker<Nothing> = (tools, node) => new KubeletPause(tools, node);

/** A kubelet runs where nothing has stopped it and its machine is on; one that boots or is frozen starts none either. */
const startWhereFree = ({ kubelets }: FaultTools, node: NodeState): void => {
  const { stops, offs, pauses } = node.holds;
  if (stops + offs + pauses === 0 && node.bootedUs === null && !isRunning(node)) kubelets.startAgain(node);
};

/** A machine has its power again. One that is frozen meanwhile is taken to have booted when it would have, or once it goes on. */
const boot = (tools: FaultTools, node: NodeState): void => {
  const { clock } = tools.simulation;
  const [fromUs, toUs] = bootUs;
  const bootedUs = clock.now() + fromUs + node.random.below(toUs - fromUs);
  const { losses } = node;
  const booted = (): void => {
    if (node.losses !== losses) return;
    node.bootedUs = null;
    startWhereFree(tools, node);
  };
  node.bootedUs = bootedUs;
  clock.at(bootedUs, booted, undefined);
};

const kubeletStop: Maker<Nothing> = (tools, node) => {
  const existed = isRunning(node);
  changeHolds(node, 'stops', 1);
  if (existed) tools.kubelets.stop(node);
  return {
    holds: () => !isRunning(node),
    evidence: existed ? 'the kubelet was ended' : 'no kubelet ran',
    undo: () => {
      changeHolds(node, 'stops', -1);
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
  changeHolds(node, 'pauses', 1);
  node.silent = silenceOf(node.holds);
  const generation = freeze(node.kubelet, simulation.clock.now());
  if (node.role === 'control-plane') controlPlane.pauseMember(node.index);
  return {
    holds: () => node.silent === 'frozen',
    evidence: node.silent === 'off' ? 'the node is off' : 'every process of the node is frozen',
    undo: () => {
      simulation.flushLoad();
      changeHolds(node, 'pauses', -1);
      node.silent = silenceOf(node.holds);
      // What its processes were asked meanwhile they answer at once.
      simulation.flushLoad();
      if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
      kubelets.goOn(node, generation);
      startWhereFree(tools, node);
    },
  };
};

/** @returns what switches it on again */
const switchOff = (tools: FaultTools, node: NodeState): (() => void) => {
  const { simulation, kubelets, controlPlane } = tools;
  simulation.flushLoad();
  changeHolds(node, 'offs', 1);
  node.losses += 1;
  node.bootedUs = null;
  node.silent = silenceOf(node.holds);
  if (isRunning(node)) kubelets.stop(node);
  endConnection(node.link, simulation.clock.now());
  kubelets.losePods(node);
  if (node.role === 'control-plane') {
    controlPlane.kill(node.index);
    controlPlane.pauseMember(node.index);
  }
  return () => {
    simulation.flushLoad();
    changeHolds(node, 'offs', -1);
    node.silent = silenceOf(node.holds);
    if (node.role === 'control-plane') controlPlane.resumeMember(node.index);
    if (node.holds.offs === 0) boot(tools, node);
  };
};

const nodeStop: Maker<Nothing> = (tools, node) => {
  const undo = switchOff(tools, node);
  return { holds: () => node.silent === 'off', evidence: 'the node is off', undo };
};

/** One that is to come back before it was off is switched off and on. */
const nodeShutdown: Maker<Nothing> = (tools, node) => {
  let switchOn: (() => void) | null = null;
  const goOff = (): void => {
    if (switchOn !== null) return;
    if (node.goOff === goOff) node.goOff = null;
    node.endsInOrder = false;
    switchOn = () => undefined;
    switchOn = switchOff(tools, node);
  };
  tools.kubelets.shutDown(node, goOff);
  return {
    holds: () => node.goOff !== null || node.silent === 'off',
    evidence:
      node.goOff !== null ? 'the node is shut down in order' : 'the node is off, for nothing holds its shutdown up',
    undo: () => {
      goOff();
      switchOn?.();
    },
  };
};

/** For a renewal that is sent just then. */
const caughtUpUs = 2 * secondUs;

/**
 * The node's clock is off, by which its kubelet stamps leases and statuses; what it does when is by its monotonic clock. The
 * controller compares stamps with those before them: a lease counts when its stamp is newer, a status when it is another.
 * Left out is what else a wall clock is used for: whether tokens and certificates are valid, and what pods do by it.
 * @see kubernetes pkg/controller/nodelifecycle, tryUpdateNodeHealth; k8s.io/component-helpers apimachinery/lease, newLease;
 *   pkg/kubelet/nodestatus/setters.go, ReadyCondition
 */
const clockJump: Maker<{ readonly byUs: number }> = ({ simulation: { clock, heartbeats } }, node, { byUs }) => {
  node.clock = { offUs: node.clock.offUs + byUs, wasOff: true };
  return {
    holds: () => node.clock.offUs !== 0,
    evidence: `the clock of the node is ${Math.abs(node.clock.offUs) / 1_000_000} s ${node.clock.offUs < 0 ? 'back' : 'ahead'}`,
    undo: () => {
      node.clock = { offUs: node.clock.offUs - byUs, wasOff: true };
      if (byUs <= 0) return;
      // Until its stamps are newer than those that it has left, each of its heartbeats is to be compared by itself.
      heartbeats.disturb(node);
      clock.at(clock.now() + byUs + caughtUpUs, heartbeats.leaveAlone, node);
    },
  };
};

/** Faults of a kubelet, of all that runs on a node, or of its clock. */
export const nodeKinds = {
  'kubelet-pause': declare(kubeletPause, nothing),
  'kubelet-stop': declare(kubeletStop, nothing),
  'node-pause': declare(nodePause, nothing),
  'node-stop': declare(nodeStop, nothing),
  'node-shutdown': declare(nodeShutdown, nothing),
  'clock-jump': declare(clockJump, ({ byMs, way }: PlannedFaultOf<'clock-jump'>) => ({
    byUs: us(way === 'back' ? -byMs : byMs),
  })),
};
