import type { CommandResult } from '../common/command.ts';
import { type exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { UndoCommand } from '../journal/index.ts';
import { failureLine, type NodeExec } from '../node/index.ts';
import type { Verifier } from './fault.ts';

/** One node's part of an undo. */
export type UndoStep = {
  readonly undo: UndoCommand;
  /** `absent` when the node is as it was. */
  readonly verify: Verifier;
};

/** What an undo came to, by what the nodes' verifiers found. */
export type UndoEnd = { readonly undone: boolean; readonly evidence: string; readonly failures: readonly string[] };

/** Reads every node back: an exit code proves nothing, and an undo that had nothing to do may well fail. */
export const readBack = async (
  steps: readonly UndoStep[],
  results: readonly CommandResult[],
  exec: NodeExec,
  name: (node: string) => string,
): Promise<UndoEnd> => {
  const checks = await Promise.all(
    steps.map(async ({ undo, verify }, index) => {
      const result = results[index];
      const { state, evidence } = await verify(exec, undefined, undefined, result);
      const text = `${name(undo.node)}: ${evidence}`;
      const how = result === undefined ? '' : ` (${failureLine(result)})`;
      return { text, failure: state === 'absent' ? null : `${text}${how}` };
    }),
  );
  const failures = checks.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return { undone: failures.length === 0, evidence: checks.map(({ text }) => text).join('; '), failures };
};

/** Undoes on every node at once and reads each back. No node's trouble keeps another from being undone. */
export const undoAll = async (
  steps: readonly UndoStep[],
  exec: NodeExec,
  name: (node: string) => string,
): Promise<UndoEnd> => readBack(steps, await Promise.all(steps.map(({ undo }) => exec(undo))), exec, name);

/** @param exitCode of a run that ends there: inconclusive; of a cleanup: the environment's */
export const undoFailed = (
  kind: string,
  failures: readonly string[],
  exitCode: typeof exitCodes.inconclusive | typeof exitCodes.environment,
): SkipbeatError =>
  new SkipbeatError('UNDO_FAILED', `${kind} could not be undone: ${failures.join('; ')}.`, {
    exitCode,
    next: skipbeat('cleanup'),
  });
