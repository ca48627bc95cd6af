import { messageOf } from '../common/errors.ts';
import type { EventBody, StepKind } from '../timeline/index.ts';

export type StepEnd = { readonly outcome: 'done' | 'timedOut'; readonly detail: string };

/** Runs one step between its two events. A step has failed until it says otherwise. */
export const runStep = async (
  record: (body: EventBody) => void,
  step: { readonly name: string; readonly kind: StepKind; readonly budgetMs: number },
  signal: AbortSignal,
  work: () => Promise<StepEnd>,
): Promise<StepEnd> => {
  record({ type: 'step.started', ...step });
  const end = (outcome: 'done' | 'timedOut' | 'failed' | 'interrupted', detail: string): void =>
    record({ type: 'step.ended', name: step.name, kind: step.kind, outcome, detail });
  let ended: StepEnd;
  try {
    ended = await work();
  } catch (thrown) {
    // What was thrown by whatever was under way only says that it was aborted; the signal says why.
    const why = messageOf(signal.aborted ? signal.reason : thrown);
    end(signal.aborted ? 'interrupted' : 'failed', why.split('\n')[0] ?? '');
    throw thrown;
  }
  end(ended.outcome, ended.detail);
  return ended;
};
