import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { failureLine, type NodeCommand, type NodeExec } from '../../node/index.ts';
import { assertOurs, type InspectedCluster } from '../inspect.ts';

/**
 * Restores the settings of a cluster whose change was cut short, from its journal entry. Safe twice.
 * @param cluster null or left out: it is gone
 * @returns what was done, for a person
 * @throws SkipbeatError CLUSTER_FOREIGN, SETTINGS_NOT_RESTORED (exit 75)
 */
export const restoreSettings = async (
  undo: readonly NodeCommand[],
  cluster: InspectedCluster | undefined,
  exec: NodeExec,
): Promise<string> => {
  if (cluster === undefined) return 'the cluster is gone';
  assertOurs(cluster);
  const running = new Set(cluster.containers.filter((one) => one.running).map((one) => one.container));
  const reachable = undo.filter(({ node }) => running.has(node));
  const results = await Promise.all(reachable.map((command) => exec(command)));
  const failed = results.filter((result) => !succeeded(result));
  if (failed.length > 0 || reachable.length < undo.length) {
    const lines = failed.map((result) => failureLine({ ...result, command: `the undo on ${result.node}` }));
    const stopped = undo.filter(({ node }) => !running.has(node)).map(({ node }) => `${node} does not run`);
    throw new SkipbeatError('SETTINGS_NOT_RESTORED', [...lines, ...stopped].join('; '), {
      exitCode: exitCodes.environment,
      next: `${skipbeat(`cleanup --cluster ${cluster.name}`)}   (removes the cluster)`,
    });
  }
  return `restored on ${reachable.length} ${reachable.length === 1 ? 'node' : 'nodes'}`;
};
