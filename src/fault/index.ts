import { exitCodes } from '../common/errors.ts';
import type { UndoCommand } from '../journal/index.ts';
import type { NodeExec } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import { undoAll, undoFailed } from './ending.ts';
import type { FaultCommands } from './fault.ts';
import { faultKind, isRealKind } from './kinds.ts';

/** What a fault of a plan would run, node by node; nothing of one that only the model can have. @param container the container's name of a short node name */
export const faultCommands = (fault: PlannedFault, container: (node: string) => string): readonly FaultCommands[] =>
  isRealKind(fault.kind) ? faultKind(fault.kind).commands(fault, container) : [];

/** Whether a node that is stopped has a fault of that kind still, and comes back with it. @throws SkipbeatError FAULT_UNKNOWN */
export const outlivesNodes = (kind: string): boolean => faultKind(kind).outlivesNodes === true;

/**
 * Undoes a fault whose run is dead, from its journal entry, and proves it. Safe when it was undone already, by the
 * dead-man's switch for one.
 * @returns what each node says now @throws SkipbeatError UNDO_FAILED
 */
export const replayUndo = async (
  entry: { readonly faultKind: string; readonly undo: readonly UndoCommand[] },
  exec: NodeExec,
): Promise<string> => {
  const { verifyUndone } = faultKind(entry.faultKind);
  const steps = entry.undo.map((undo) => ({ undo, verify: verifyUndone(undo) }));
  const { undone, evidence, failures } = await undoAll(steps, exec, (node) => node);
  if (!undone) throw undoFailed(entry.faultKind, failures, exitCodes.environment);
  return evidence;
};

export type { ActiveFault } from './active-fault.ts';
export { type ArmedFault, armFault } from './arm.ts';
export { chaosMeshFault, injectWithinMs } from './chaos-mesh/fault.ts';
export { throughFile } from './chaos-mesh/scripts.ts';
export { chaosMeshProblems, isChaosMeshFault, type NetworkChaosAction } from './chaos-mesh/spec.ts';
export type { Attestation, FaultSite, HollowSite, NodeFault, Verifier } from './fault.ts';
export { createFence } from './fence.ts';
export { faultKind, isRealKind } from './kinds.ts';
export { unattendedFault, unattendedKinds } from './unattended/kinds.ts';
export {
  type ApiServerPlace,
  type Printed,
  type UnattendedFault,
  type UnattendedSite,
  verifyCodes,
} from './unattended/unattended.ts';
