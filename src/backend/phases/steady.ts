import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../common/errors.ts';
import { countWrites } from '../../observe/index.ts';
import type { StepEnd } from '../steps.ts';
import type { PhasePlace, PhaseRun } from './context.ts';

/** The counters are read so long before the phase ends, so that reading them makes no phase longer. */
const leadMs = 1000;

const count = async (run: PhaseRun, cluster: PhasePlace, moment: 'start' | 'end'): Promise<void> => {
  const { recorder, signal } = run;
  const members = cluster.nodes.filter(({ role }) => role === 'control-plane').map(({ address }) => address);
  const fromMs = recorder.nowMs();
  try {
    const counts = await countWrites(cluster.access, members, signal);
    const { otherLeasesSeen } = cluster.observer.now();
    recorder.event({ type: 'writes.counted', moment, fromMs, members: members.length, ...counts, otherLeasesSeen });
  } catch (thrown) {
    signal.throwIfAborted();
    // A second opinion that cannot be had is no reason to end a run: the figure stays empty.
    recorder.event({ type: 'note', text: `the API servers' own counters could not be read: ${messageOf(thrown)}` });
  }
};

/**
 * An undisturbed time: heartbeat writes are counted by the API servers too, beside what the watches see.
 * @param countsWrites false: they are not asked
 */
export const runSteady = async (
  run: PhaseRun,
  cluster: PhasePlace,
  durationMs: number,
  countsWrites: boolean,
): Promise<StepEnd> => {
  const { signal } = run;
  const counted = async (): Promise<void> => {
    await count(run, cluster, 'start');
    await delay(Math.max(0, endMs - run.recorder.nowMs()), undefined, { signal });
    await count(run, cluster, 'end');
  };
  const endMs = run.recorder.nowMs() + durationMs - Math.min(leadMs, durationMs / 10);
  await Promise.all([delay(durationMs, undefined, { signal }), ...(countsWrites ? [counted()] : [])]);
  return { outcome: 'done', detail: '' };
};
