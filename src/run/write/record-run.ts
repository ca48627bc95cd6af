import type { Backend, Recorder } from '../../backend/index.ts';
import { messageOf } from '../../common/errors.ts';
import type { Plan } from '../../plan/index.ts';
import { sampleClock } from '../../timeline/index.ts';

export type RecordOptions = {
  readonly plan: Plan;
  readonly backend: Backend;
  readonly startedAt: Date;
  /** Ends the run; `interrupted` says whether a person did, once it has. */
  readonly stop: AbortSignal;
  readonly interrupted: AbortSignal;
};

/**
 * Runs a plan between the two events that say where its record begins and ends.
 * @returns why the run ended before its plan did; null when it did not
 */
export const recordRun = async (
  { plan, backend, startedAt, stop, interrupted }: RecordOptions,
  recorder: Recorder,
): Promise<unknown> => {
  const { predicted } = backend;
  // A prediction has no place in our time: its events keep to its own clock, so that they are the same every time.
  let lastAtMs = 0;
  const now = (): number => (predicted ? lastAtMs : recorder.nowMs());
  const own: Recorder = {
    ...recorder,
    event: (body, atMs) => {
      lastAtMs = atMs ?? lastAtMs;
      recorder.event(body, atMs);
    },
  };
  own.event(
    {
      type: 'run.started',
      scenario: plan.scenario,
      backend: backend.name,
      predicted,
      startedAt: predicted ? null : startedAt.toISOString(),
    },
    now(),
  );
  const endClock = predicted ? (): void => undefined : sampleClock(own);
  try {
    await backend.run(plan, own, stop);
    endClock();
    own.event({ type: 'run.ended', outcome: 'completed', reason: null }, now());
    return null;
  } catch (thrown) {
    endClock();
    const outcome = interrupted.aborted ? 'interrupted' : 'failed';
    own.event({ type: 'run.ended', outcome, reason: messageOf(thrown) }, now());
    return thrown;
  }
};
