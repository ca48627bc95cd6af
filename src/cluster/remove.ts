import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type HostExec, succeeded } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { runningPrograms } from '../common/host/programs.ts';
import { skipbeat } from '../common/invocation.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { failureLine } from '../node/index.ts';
import { hollowFolder, kwokName, relayMark } from './hollow/processes.ts';
import {
  assertOurs,
  type ClusterContainer,
  type InspectedCluster,
  inspectCluster,
  isNode,
  isNodeless,
} from './inspect.ts';
import { incarnationOf, incarnationVariable } from './names.ts';
import { type ClusterRecord, forgetCluster, keptFiles, kubeconfigPath, readRecord } from './store.ts';

/**
 * Commands of kind and of its docker that make this very cluster, kwok that keeps its hollow nodes and the relays before it: they bear its
 * incarnation in their environment.
 */
const programsOf = (incarnation: string): readonly number[] =>
  runningPrograms()
    .filter(({ argv, environment }) => {
      const [program = '', verb = ''] = argv;
      const name = basename(program);
      const isOurs =
        (name === 'kind' && verb === 'create') ||
        (name === 'docker' && verb === 'run') ||
        name.startsWith(kwokName) ||
        argv.includes(relayMark);
      return isOurs && environment.includes(`${incarnationVariable}=${incarnation}`);
    })
    .map(({ pid }) => pid);

/**
 * Ends what of exactly this cluster outlived the run which started it: a creation that was interrupted, kwok and its relays,
 * also where the files that say their numbers are gone.
 * @throws SkipbeatError WAIT_TIMED_OUT when it does not end within 20 s
 */
export const endPrograms = async (name: string, incarnation: string): Promise<void> => {
  const probe = async (): Promise<PollResult<true>> => {
    const pids = programsOf(incarnation);
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
  await waitUntil(`programs of cluster ${name} to end`, probe, { timeoutMs: 20_000, everyMs: 100, signal });
};

/** A record that cannot be read says nothing of another cluster: it goes with the one that it lies beside. */
export const recordOrNull = (name: string): ClusterRecord | null => {
  try {
    return readRecord(name);
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) return null;
    throw thrown;
  }
};

/** In place of an incarnation where no cluster of the name was seen: then none goes. */
export const noneStood = Symbol('no cluster of that name stood');

/** Which cluster of a name is to go. null: one of an earlier version, whose marks do not say. */
export type WhichCluster = string | null | typeof noneStood;

/**
 * Whether what is kept under a name is known to be of that incarnation. A record that is gone, damaged or of an earlier
 * version does not say; then the marks do that lie beside it, as long as there is no other cluster's among them.
 */
export const isKeptOf = (name: string, incarnation: string): boolean => {
  const kept: unknown = recordOrNull(name)?.incarnation;
  if (typeof kept === 'string') return kept === incarnation;
  const marks = keptFiles(name).flatMap((file) => incarnationOf(file) ?? []);
  return marks.length > 0 && marks.every((mark) => mark === incarnation);
};

/**
 * Whether a cluster that bears the name is another than the one that is to go: then it is left, whoever made it. One of
 * which no node stands does not say whose it is.
 */
export const isAnother = ({ ours, incarnation, containers }: InspectedCluster, which: WhichCluster): boolean => {
  if (which === noneStood) return true;
  if (which === null) return ours && incarnation !== null;
  const nodes = containers.filter(isNode);
  return nodes.length > 0 && nodes.every((node) => node.incarnation !== which);
};

/** What bears no mark, and then the nodes: a removal that is cut short leaves what says whose the rest is. */
const firstToGo = (containers: readonly ClusterContainer[]): readonly ClusterContainer[] => {
  const others = containers.filter((one) => !isNode(one));
  return others.length === 0 || others.length === containers.length ? containers : others;
};

/** After an interrupted creation the engine may still finish a request that it had taken: list again after this time. */
const lateMs = 1500;

/**
 * Deletes a cluster that skipbeat made: exactly the containers that were inspected and bear its incarnation's mark, then
 * what is known to be kept of it. Nothing there is a success too, and so is another cluster of that name, which is left untouched.
 * Safe twice. The caller has claimed the name.
 * @param which where that is no incarnation, what is kept goes as long as no other cluster of the name stands
 * @param nodeless containers, by id, that go though no node beside them says who made them
 * @returns how many containers were removed
 * @throws SkipbeatError CLUSTER_FOREIGN, ENGINE_UNREACHABLE, CLUSTER_NOT_REMOVED; WAIT_TIMED_OUT when a creation cannot be ended
 */
export const removeCluster = async (
  host: HostExec,
  name: string,
  which: WhichCluster,
  nodeless: readonly string[] = [],
): Promise<number> => {
  const interrupted = !existsSync(kubeconfigPath(name));
  // Without its command line no kwok is started anew, by a dead-man's switch for one.
  if (typeof which === 'string') {
    rmSync(hollowFolder(name, which), { recursive: true, force: true });
    await endPrograms(name, which);
  }
  let removed = 0;
  let another: InspectedCluster | null = null;
  let emptyProbes = 0;
  for (let failures = 0; ; ) {
    const cluster = await inspectCluster(host, name);
    if (cluster === null || isAnother(cluster, which)) {
      another = cluster;
      emptyProbes += 1;
      // kind writes the kubeconfig last: with it, no container is on its way any more.
      if (!interrupted || emptyProbes > 1) break;
      await delay(lateMs);
      continue;
    }
    emptyProbes = 0;
    if (!(isNodeless(cluster) && cluster.containers.every(({ id }) => nodeless.includes(id)))) assertOurs(cluster);
    // The engine refuses a container that is just going by itself, and is soon done with it: the nodes take seconds.
    const ids = (failures === 0 ? firstToGo(cluster.containers) : cluster.containers).map(({ id }) => id);
    const result = await host({ argv: ['docker', 'rm', '--force', '--volumes', ...ids], timeoutMs: 120_000 });
    if (succeeded(result)) removed += ids.length;
    else {
      failures += 1;
      if (failures < 3) continue;
      throw new SkipbeatError('CLUSTER_NOT_REMOVED', `Cluster ${name} could not be removed: ${failureLine(result)}.`, {
        exitCode: exitCodes.environment,
        next: skipbeat('cleanup'),
      });
    }
  }
  if (typeof which === 'string' ? isKeptOf(name, which) : another === null) forgetCluster(name);
  return removed;
};
