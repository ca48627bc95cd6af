import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { type Commander, failureLine, type NodeCommand } from '../node/index.ts';
import type { Attestation } from './fault.ts';

/** One node's part of an undo. */
export type UndoStep = {
  readonly undo: NodeCommand;
  readonly attest: (commander: Commander) => Promise<Attestation>;
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
    steps.map(async ({ undo, attest }) => {
      const result = await commander(undo);
      const { state, evidence } = await attest(commander);
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
