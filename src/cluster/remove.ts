import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type HostCommander, succeeded } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { failureLine } from '../node/index.ts';
import { assertOurs, inspectCluster } from './inspect.ts';
import { forgetCluster } from './store.ts';

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

/** Ends a `kind create cluster` for exactly this cluster that outlived the run which started it. */
const endCreation = (name: string): void => {
  for (const { pid, argv } of processes()) {
    const creates =
      basename(argv[0] ?? '') === 'kind' && argv[1] === 'create' && argv[argv.indexOf('--name') + 1] === name;
    if (!creates) continue;
    try {
      process.kill(pid, 'SIGTERM');
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ESRCH') throw thrown;
    }
  }
};

/**
 * Deletes a cluster of ours: exactly the containers that were looked at and bear our mark, then what we kept of it.
 * Nothing there is a success too. Safe twice.
 * @returns how many containers were removed
 * @throws SkipbeatError CLUSTER_FOREIGN, ENGINE_UNREACHABLE, CLUSTER_NOT_REMOVED
 */
export const removeCluster = async (host: HostCommander, name: string): Promise<number> => {
  endCreation(name);
  let removed = 0;
  // A creation that was ended just now may have had one more container on the way: look until none is left.
  for (let round = 0; round < 3; round += 1) {
    const cluster = await inspectCluster(host, name);
    if (cluster === null) {
      forgetCluster(name);
      return removed;
    }
    assertOurs(cluster);
    const ids = cluster.containers.map(({ id }) => id);
    const result = await host({ argv: ['docker', 'rm', '--force', '--volumes', ...ids], timeoutMs: 120_000 });
    if (succeeded(result)) removed += ids.length;
    else if (round === 2) {
      throw new SkipbeatError('CLUSTER_NOT_REMOVED', `Cluster ${name} could not be removed: ${failureLine(result)}.`, {
        exitCode: exitCodes.environment,
        next: 'npm run skipbeat -- cleanup',
      });
    }
  }
  if ((await inspectCluster(host, name)) === null) forgetCluster(name);
  return removed;
};
