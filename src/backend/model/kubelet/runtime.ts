import { statusBeforeRelist, watchFirst } from '../../../profile/index.ts';
import { relistDownAfterUs, runtimeCheckUs, runtimeDownAfterUs } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState, Thaw } from '../engine/state.ts';

/** Draws are made with this many steps. */
const steps = 1_000_000;

const drawn = ({ checks }: NodeState, chance: number): boolean => checks.below(steps) < chance * steps;

/**
 * A kubelet goes on after a freeze: its check of the container runtime, which waits 5 s after each answer, is made at
 * once where it was missed, and 5 s after that again.
 */
export const thawRuntimeCheck = (node: NodeState, toUs: number): void => {
  const fromUs = node.kubelet.frozenUs;
  const passed = Math.floor((fromUs - node.runtimeCheckUs) / runtimeCheckUs);
  const lastCheckUs = node.runtimeCheckUs + passed * runtimeCheckUs;
  node.thawed = { fromUs, toUs, lastCheckUs };
  if (lastCheckUs + runtimeCheckUs <= toUs) node.runtimeCheckUs = toUs;
};

const isCheckTooOld = ({ toUs, lastCheckUs }: Thaw): boolean => toUs - lastCheckUs >= runtimeDownAfterUs;
const isListTooOld = ({ fromUs, toUs }: Thaw): boolean => toUs - fromUs > relistDownAfterUs;

/**
 * Whether a status that was held back says Ready=False: both it and the checks of the runtime are due when the kubelet
 * goes on, and it does not matter which comes first unless the last check is too old by then.
 * @see kubernetes pkg/kubelet/runtime.go, runtimeErrors; the chances: src/profile/runtime-check.ts
 */
export const findsRuntimeDown = ({ behaviour }: Simulation, node: NodeState): boolean => {
  const { thawed, hollow } = node;
  if (thawed === null || hollow) return false;
  if (isCheckTooOld(thawed) && drawn(node, behaviour.statusFirst)) return true;
  return isListTooOld(thawed) && drawn(node, statusBeforeRelist.modelled);
};

/** Whether `findsRuntimeDown` depends on chance: it draws nothing where not, and is false. */
export const mayFindRuntimeDown = ({ thawed, hollow }: NodeState): boolean =>
  thawed !== null && !hollow && (isCheckTooOld(thawed) || isListTooOld(thawed));

/**
 * Whether the watch of a kubelet that goes on brings its own node, where that was changed meanwhile, before its first status is
 * computed; else only after.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, tryUpdateNodeStatus; the chance: src/profile/runtime-check.ts
 */
export const readsWatchFirst = ({ behaviour }: Simulation, node: NodeState): boolean =>
  behaviour.statusFromInformer && !node.hollow && node.own !== node.object && drawn(node, watchFirst.modelled);
