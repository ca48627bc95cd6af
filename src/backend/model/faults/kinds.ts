import type { PlannedFault, PlannedFaultOf } from '../../../plan/index.ts';
import type { NodeState } from '../engine/state.ts';
import type { ActiveFault, FaultTools, Maker } from './active-fault.ts';
import { controlPlaneKinds } from './control-plane-faults.ts';
import { nodeKinds } from './node-faults.ts';
import { nodeObjectKinds } from './node-object-faults.ts';
import { pathKinds } from './path-faults.ts';

/** Every kind of fault: what the model takes of it, and how it is made on one node. */
const kinds = { ...nodeKinds, ...pathKinds, ...controlPlaneKinds, ...nodeObjectKinds } satisfies {
  readonly [K in PlannedFault['kind']]: { readonly options: (fault: PlannedFaultOf<K>) => unknown };
};

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
  if (fault.kind === 'kubelet-pause') heartbeats.freeze(node);
  else heartbeats.disturb(node);
  return (kinds[fault.kind].make as Maker<ModelFault>)(tools, node, fault);
};

/** Ends one on the node that it was made on. */
export const undoFault = ({ simulation }: FaultTools, node: NodeState, active: ActiveFault): void => {
  active.undo();
  simulation.heartbeats.leaveAlone(node);
};
