import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type HostCommander, succeeded } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { type Look, waitUntil } from '../common/wait.ts';
import { failureLine } from '../node/index.ts';
import { assertOurs, inspectCluster } from './inspect.ts';
import { forgetCluster, kubeconfigPath } from './store.ts';

/** Argument lists of the processes on this machine, from /proc; empty where there is none. */
const processes = (): readonly { pid: number; argv: readonly string[] }[] => {
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
  return entries
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        return [{ pid: Number(entry), argv: readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0') }];
      } catch (thrown) {
        const gone = errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH' || errnoOf(thrown) === 'EACCES';
        if (gone) return [];
        throw thrown;
      }
    });
};

/** Commands of kind and of its docker that make this very cluster: its name, or a node's, is one of their arguments. */
const creators = (name: string): readonly number[] =>
  processes()
    .filter(({ argv: [program = '', verb = '', ...rest] }) => {
      const creates =
        (basename(program) === 'kind' && verb === 'create') || (basename(program) === 'docker' && verb === 'run');
      return creates && rest.some((word) => word === name || word.startsWith(`${name}-`));
    })
    .map(({ pid }) => pid);

/**
 * Ends a creation of exactly this cluster that was interrupted, or outlived the run which started it.
 * @throws SkipbeatError WAIT_TIMED_OUT when it does not end within 20 s
 */
const endCreation = async (name: string): Promise<void> => {
  const look = async (): Promise<Look<true>> => {
    const pids = creators(name);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (thrown) {
        if (errnoOf(thrown) !== 'ESRCH') throw thrown;
      }
    }
    return pids.length === 0 ? { found: true } : { seen: `processes ${pids.join(', ')}` };
  };
  const { signal } = new AbortController();
  await waitUntil(`the creation of cluster ${name} to end`, look, { timeoutMs: 20_000, everyMs: 100, signal });
};

/** After an interrupted creation the engine may still finish a request that it had taken: look again after this time. */
const lateMs = 1500;

/**
 * Deletes a cluster of ours: exactly the containers that were looked at and bear our mark, then what we kept of it.
 * Nothing there is a success too. Safe twice.
 * @returns how many containers were removed
 * @throws SkipbeatError CLUSTER_FOREIGN, ENGINE_UNREACHABLE, CLUSTER_NOT_REMOVED; WAIT_TIMED_OUT when a creation cannot be ended
 */
export const removeCluster = async (host: HostCommander, name: string): Promise<number> => {
  const interrupted = !existsSync(kubeconfigPath(name));
  await endCreation(name);
  let removed = 0;
  let emptyLooks = 0;
  for (let failures = 0; ; ) {
    const cluster = await inspectCluster(host, name);
    if (cluster === null) {
      emptyLooks += 1;
      // kind writes the kubeconfig last: with it, no container is on its way any more.
      if (!interrupted || emptyLooks > 1) break;
      await delay(lateMs);
      continue;
    }
    emptyLooks = 0;
    assertOurs(cluster);
    const ids = cluster.containers.map(({ id }) => id);
    const result = await host({ argv: ['docker', 'rm', '--force', '--volumes', ...ids], timeoutMs: 120_000 });
    if (succeeded(result)) removed += ids.length;
    else {
      failures += 1;
      if (failures < 3) continue;
      throw new SkipbeatError('CLUSTER_NOT_REMOVED', `Cluster ${name} could not be removed: ${failureLine(result)}.`, {
        exitCode: exitCodes.environment,
        next: 'npm run skipbeat -- cleanup',
      });
    }
  }
  forgetCluster(name);
  return removed;
};
