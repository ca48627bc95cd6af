import type { ControlPlane } from '../controllers/control-plane.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import type { Kubelets } from '../kubelet/kubelet.ts';

export type FaultTools = {
  readonly simulation: Simulation;
  readonly kubelets: Kubelets;
  readonly controlPlane: ControlPlane;
};

/** A fault on one of its targets, in place: whether it holds there, in words, and how it ends. */
export type ActiveFault = { readonly holds: () => boolean; readonly evidence: string; readonly undo: () => void };

/** Makes a fault on one node, with the options of its kind. */
export type Maker<O> = (tools: FaultTools, node: NodeState, options: O) => ActiveFault;

export type Nothing = Readonly<Record<never, never>>;

/**
 * One kind of fault.
 * @param options what the model takes of a plan's fault beyond its targets and times; µs
 */
export const declare = <F, O extends object>(make: Maker<O>, options: (fault: F) => NoInfer<O>) => ({ make, options });

/** Of a kind that takes nothing. */
export const nothing = (): Nothing => ({});
