import { leaderReaders, type ProcessReader, processReaders } from '../../cluster/index.ts';
import { messageOf } from '../../common/errors.ts';
import { waitUntil } from '../../common/wait.ts';
import { exactVersion } from '../../profile/index.ts';
import type { EventBody } from '../../timeline/index.ts';
import type { KindRun, RunningCluster } from './context.ts';

/** Processes that run answer within a second; one that was ended shortly before may have to be started again. */
const budgetMs = 20_000;

/**
 * Puts on record who runs as each component, and who leads. What cannot be read is noted, and the verdict names what it
 * lacks: a process that nobody saw may be another one.
 */
export const readProcesses = async (
  { plan, options, recorder, exec, signal }: KindRun,
  { nodes, access }: RunningCluster,
  moment: 'start' | 'end',
): Promise<void> => {
  const ask = async <T>({ what, read }: ProcessReader<T>, event: (found: T) => EventBody): Promise<void> => {
    try {
      const found = await waitUntil<readonly T[]>(
        `${what} to be readable`,
        async (attempt) => ({ found: await read(attempt) }),
        { timeoutMs: budgetMs, everyMs: 250, signal },
      );
      for (const one of found) recorder.event(event(one));
    } catch (thrown) {
      signal.throwIfAborted();
      recorder.event({ type: 'note', text: `who runs, at the ${moment}: ${messageOf(thrown)}` });
    }
  };
  const { minor } = exactVersion(plan.kubernetesVersion);
  await Promise.all([
    ...processReaders(options.clusterName, nodes, exec).map((reader) =>
      ask(reader, (found) => ({ type: 'process.read', ...found, moment })),
    ),
    ...leaderReaders(options.clusterName, minor, access).map((reader) =>
      ask(reader, (found) => ({ type: 'leader', ...found, moment })),
    ),
  ]);
};
