import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { UndoCommand } from '../journal/index.ts';
import { type Commander, failureLine } from '../node/index.ts';
import type { Look } from './fault.ts';

/** One node's part of an undo. */
export type UndoStep = {
  readonly undo: UndoCommand;
  /** Says `absent` when the node is as it was. */
  readonly look: Look;
};

/**
 * Undoes on every node at once and reads each back: an exit code proves nothing, and an undo that had nothing to do
 * may well fail. No node's trouble keeps another from being undone.
 */
export const undoAll = async (
  steps: readonly UndoStep[],
  commander: Commander,
  name: (node: string) => string,
): Promise<{ readonly undone: boolean; readonly evidence: string; readonly failures: readonly string[] }> => {
  const ends = await Promise.all(
    steps.map(async ({ undo, look }) => {
      const result = await commander(undo);
      const { state, evidence } = await look(commander);
      const told = `${name(undo.node)}: ${evidence}`;
      return { told, failure: state === 'absent' ? null : `${told} (${failureLine(result)})` };
    }),
  );
  const failures = ends.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return { undone: failures.length === 0, evidence: ends.map(({ told }) => told).join('; '), failures };
};

export const undoFailed = (kind: string, failures: readonly string[]): SkipbeatError =>
  new SkipbeatError('UNDO_FAILED', `${kind} could not be undone: ${failures.join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: 'npm run skipbeat -- cleanup',
  });
