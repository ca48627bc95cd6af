import type { Writable } from 'node:stream';
import { takeBringUp } from '../../cluster/index.ts';
import { secondsText } from '../../common/duration.ts';
import type { Lock } from '../../node/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Recorder } from '../backend.ts';
import type { KindOptions, Turn } from './context.ts';

type TurnOptions = {
  readonly plan: Plan;
  readonly options: KindOptions;
  readonly recorder: Recorder;
  /** How long another's turn may last. */
  readonly maxMs: number;
  /** Takes why another may have begun its turn since. */
  readonly fail: (thrown: unknown) => void;
};

export const createTurn = ({ plan, options, recorder, maxMs, fail }: TurnOptions): Turn => {
  let held: Lock | null = null;
  const end = async (): Promise<void> => {
    const ending = held;
    held = null;
    await ending?.release();
  };
  const begin = async (signal: AbortSignal): Promise<Writable> => {
    if (held !== null) return held.keepsHeld;
    const { controlPlanes, workers } = plan.topology;
    const taken = await takeBringUp(
      { run: options.journal.run, cluster: options.clusterName, controlPlanes, workers },
      {
        onWait: async (comingUp, text) => {
          // Nobody waits for what will not be there then either.
          await options.assertRoom(comingUp);
          recorder.event({ type: 'note', text: `waits for ${text}: one at a time on a machine` });
        },
        maxMs,
        signal,
      },
    );
    held = taken;
    const { lost, waitedMs } = taken;
    if (waitedMs > 0) recorder.event({ type: 'note', text: `waited ${secondsText(waitedMs)} for it` });
    const onLost = (): void => {
      if (held === taken) fail(lost.reason);
    };
    lost.addEventListener('abort', onLost, { once: true });
    if (lost.aborted) onLost();
    try {
      await options.assertRoom(null);
    } catch (thrown) {
      await end();
      throw thrown;
    }
    return taken.keepsHeld;
  };
  return { begin, end };
};
