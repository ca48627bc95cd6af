import type { ClusterAccess } from '../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { verifyCodes } from '../fault/index.ts';
import type { Act } from './act.ts';
import { type AgentStep, parseSteps } from './evidence.ts';
import { type PodOptions, undoPod } from './pod.ts';
import { agentPods } from './pods.ts';

/** What a later undo found and did. */
export type UndoneAct = {
  /** What its agent had put on record, and what was done now: in the order of the node's clock. */
  readonly steps: readonly AgentStep[];
  /** Whether the fault stood until now. */
  readonly stood: boolean;
  /** Whether the node's own timer had undone it. */
  readonly byTimer: boolean;
};

/** An undo is tried for 15 s on the node. */
const endMs = 60_000;

/** What an act's undo printed, read. @throws SkipbeatError UNDO_FAILED (exit 75) where it does not prove that the node is as before */
export const readUndo = (act: Act, output: string, isMakerThrough = true): UndoneAct => {
  const { steps, others } = parseSteps(output);
  const found = steps.findLast(({ step }) => step === 'found');
  const last = steps.findLast(({ step }) => step === 'undone');
  const isEnded = steps.at(-1)?.step === (isMakerThrough ? 'cleared' : 'kept');
  if (found === undefined || last?.code !== verifyCodes.gone || !isEnded) {
    const seen = [
      last === undefined ? 'nothing of an end' : last.out || last.err || `exit code ${last.code}`,
      ...others,
    ];
    throw new SkipbeatError(
      'UNDO_FAILED',
      `${act.kind} on ${act.node}: expected the node as before, found ${seen.slice(0, 4).join('; ')}.`,
      {
        exitCode: exitCodes.environment,
        next: `look at node ${act.node}: pod undo-${act.id} in skipbeat-agents is left there`,
      },
    );
  }
  return {
    steps,
    stood: found.code === verifyCodes.stands,
    byTimer: steps.some(({ step }) => step === 'timer'),
  };
};

/**
 * Undoes one act now, by a pod of its own on the act's node, whoever made it and whatever has become of its agent: ends the
 * agent, undoes, proves it, and takes away the timer and all files. Safe twice, and where nothing was ever done.
 * @param isMakerThrough false: files stay on the node, as of `undoPod`
 * @throws SkipbeatError AGENT_NOT_STARTED, UNDO_FAILED (exit 75); CallFailed; the signal's reason
 */
export const undoNow = async (
  access: ClusterAccess,
  act: Act,
  options: PodOptions,
  signal: AbortSignal,
  isMakerThrough = true,
): Promise<UndoneAct> => {
  const pods = agentPods(access);
  const pod = undoPod(act, options, isMakerThrough);
  // Of an undo that was cut off itself.
  await pods.remove(pod);
  await pods.create(pod, signal);
  await pods.started(pod, signal);
  await pods.ended(pod, endMs, signal);
  const undone = readUndo(act, await pods.logs(pod, signal), isMakerThrough);
  await pods.remove(pod);
  return undone;
};
