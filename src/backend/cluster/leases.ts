import { secondsText } from '../../common/duration.ts';
import { sleepUntil } from '../../common/wait.ts';
import type { OwnClusterPlace, OwnClusterRun } from './context.ts';

/** A lease is renewed every ten seconds by default, and some profiles take four times that. */
export const leasesBudgetMs = 120_000;

/** Waits until every node is Ready and has renewed its lease since it was first seen. */
export const awaitLeases = async (
  { signal }: OwnClusterRun,
  { observer, nodes, renewedMs }: OwnClusterPlace,
): Promise<void> => {
  const listedMs = new Map(renewedMs);
  await observer.until(
    'every node to be Ready and to renew its lease',
    ({ nodes: seen }) => {
      const missing = nodes.flatMap(({ node }) => {
        const ready = seen.get(node)?.ready;
        if (ready !== 'True') return [`${node} ${ready === undefined ? 'not seen' : 'NotReady'}`];
        return (renewedMs.get(node) ?? 0) > (listedMs.get(node) ?? 0) ? [] : [`${node} has not renewed`];
      });
      return missing.length === 0 ? null : missing.slice(0, 5).join(', ');
    },
    { timeoutMs: leasesBudgetMs, everyMs: 250, signal },
  );
};

/** Of several repeats each has a place of its own in the heartbeat of the first target: waits for it. @returns where, in words */
export const awaitPlaceInHeartbeat = async (
  { plan, recorder, signal }: OwnClusterRun,
  { observer, renewedMs }: OwnClusterPlace,
): Promise<string> => {
  const { heartbeatOf = null, afterRenewalMs = null } = plan.repeat ?? {};
  if (heartbeatOf === null || afterRenewalMs === null) return '';
  const lastMs = renewedMs.get(heartbeatOf) ?? 0;
  await observer.until(
    `the next renewal of ${heartbeatOf}`,
    () => ((renewedMs.get(heartbeatOf) ?? 0) > lastMs ? null : 'the one before'),
    { timeoutMs: leasesBudgetMs, everyMs: 10, signal },
  );
  const dueMs = (renewedMs.get(heartbeatOf) ?? 0) + afterRenewalMs;
  await sleepUntil(performance.now() + dueMs - recorder.nowMs(), signal);
  return `; ${secondsText(afterRenewalMs)} after ${heartbeatOf} renewed its lease`;
};
