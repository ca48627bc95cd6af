import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { Commander, NodeCommand } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import type { NodeFault } from './fault.ts';
import { kubeletPause } from './kubelet-pause.ts';
import { undoAll, undoFailed } from './undo.ts';

/** How each kind of fault is made on one node (the container's name). One file a kind. */
const makers: Readonly<Record<PlannedFault['kind'], (node: string) => NodeFault>> = {
  'kubelet-pause': kubeletPause,
};

const makerOf = (kind: string): ((node: string) => NodeFault) => {
  const make = (makers as Readonly<Record<string, (node: string) => NodeFault>>)[kind];
  if (make !== undefined) return make;
  throw new SkipbeatError(
    'FAULT_UNKNOWN',
    `fault kind: expected one of ${Object.keys(makers).join(', ')}, received ${kind}.`,
    {
      exitCode: exitCodes.usage,
      next: 'npm run skipbeat -- validate',
    },
  );
};

/** The fault of a plan on the nodes it names. @throws SkipbeatError FAULT_UNKNOWN for a kind that was never written */
export const nodeFaults = (planned: PlannedFault, fullName: (node: string) => string): readonly NodeFault[] =>
  planned.targets.map((node) => makerOf(planned.kind)(fullName(node)));

/**
 * Undoes a fault whose run is dead, from its journal entry, and proves it. Safe when it was undone already, by the
 * dead-man's switch for one.
 * @returns what each node says now @throws SkipbeatError UNDO_FAILED
 */
export const replayUndo = async (
  entry: { readonly faultKind: string; readonly undo: readonly NodeCommand[] },
  commander: Commander,
): Promise<string> => {
  const make = makerOf(entry.faultKind);
  const steps = entry.undo.map((undo) => ({ undo, attest: make(undo.node).attest }));
  const { undone, evidence, failures } = await undoAll(steps, commander, (node) => node);
  if (!undone) throw undoFailed(entry.faultKind, failures);
  return evidence;
};

export type { Attestation, NodeFault } from './fault.ts';
export { type InjectedFault, injectFault } from './inject.ts';
