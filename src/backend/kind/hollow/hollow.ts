import { createHollowNodes, fullNodeName, hollowKey, prepareProcesses } from '../../../cluster/index.ts';
import { succeeded } from '../../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import type { HollowSite } from '../../../fault/index.ts';
import { failureLine, hollowCommand, type NodeCommand } from '../../../node/index.ts';
import { type HollowGroup, hollowGroups } from '../../../plan/index.ts';
import type { StepEnd } from '../../steps.ts';
import { notReady } from '../bring-up.ts';
import type { KindRun, RunningCluster, RunningHollow } from '../context.ts';
import { watchProcesses } from './watch-processes.ts';

/** A thousand nodes are made and Ready within a minute on two idle cores. */
export const hollowBudgetMs = 420_000;

const deleteMs = 300_000;

/** kubectl is on every node of kind; the label is what we gave, and nothing else has it. */
const deleteNodes = (cluster: string): NodeCommand => ({
  node: fullNodeName(cluster, 'control-plane'),
  argv: [
    ...(['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'delete', 'nodes'] as const),
    ...['--selector', hollowKey, '--wait=false', '--ignore-not-found'],
  ],
  timeoutMs: deleteMs,
});

/** @throws SkipbeatError */
const runHollow = async (
  { exec }: KindRun,
  commands: readonly NodeCommand[],
  code: 'HOLLOW_NOT_STARTED' | 'HOLLOW_NOT_ENDED',
  isDone: (state: string) => boolean,
): Promise<void> => {
  const results = await Promise.all(commands.map((command) => exec(command)));
  const failed = results.filter((result) => !succeeded(result) || !isDone(result.stdout.trim()));
  if (failed.length === 0) return;
  const what = code === 'HOLLOW_NOT_STARTED' ? 'started' : 'ended';
  throw new SkipbeatError(code, `Hollow nodes could not be ${what}: ${failed.map(failureLine).join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: code === 'HOLLOW_NOT_STARTED' ? skipbeat('doctor') : skipbeat('cleanup'),
  });
};

const running = (run: KindRun, incarnation: string, folder: string, groups: readonly HollowGroup[]): RunningHollow => {
  const { options, plan } = run;
  const { clusterName: cluster, journal } = options;
  const ends = groups.map(({ name }) => hollowCommand('remove', folder, name));
  const entry = journal.add({ kind: 'hollow', cluster, incarnation, ends, undo: deleteNodes(cluster) });
  const watching = new AbortController();
  const sites: readonly HollowSite[] = groups.map(({ name, nodes }) => ({ group: name, nodes, folder }));
  void watchProcesses({ sites, plan, fail: run.fail, signal: watching.signal });
  let ending: Promise<void> | null = null;
  const end = async (deletes: boolean): Promise<void> => {
    watching.abort();
    await runHollow(run, ends, 'HOLLOW_NOT_ENDED', (state) => state === 'gone');
    if (deletes) await runHollow(run, [deleteNodes(cluster)], 'HOLLOW_NOT_ENDED', () => true);
    entry.done();
  };
  return {
    nodes: groups.flatMap(({ nodes }) => nodes),
    sites,
    end: (deletes) => {
      ending ??= end(deletes);
      return ending;
    },
  };
};

/**
 * Starts what keeps the hollow nodes of a plan, one process for those that share their fate, and makes the nodes. It is
 * in the journal before the first process is there; what fails is ended before the error is thrown.
 * @throws SkipbeatError HOLLOW_NOT_STARTED (exit 75); the client's error where the API server refuses a node
 */
export const startHollow = async (
  run: KindRun,
  { access, incarnation, made: isOurs }: RunningCluster,
): Promise<RunningHollow> => {
  const { plan, options, signal } = run;
  const { hollow } = plan.topology;
  if (hollow === undefined || options.kwokPath === null) throw new Error('a plan without hollow nodes');
  const groups = hollowGroups(plan);
  const place = { cluster: options.clusterName, incarnation, kwokPath: options.kwokPath };
  const folder = prepareProcesses(place, plan, groups);
  const made = running(run, incarnation, folder, groups);
  try {
    const starts = groups.map(({ name }) => hollowCommand('start', folder, name));
    await runHollow(run, starts, 'HOLLOW_NOT_STARTED', (state) => state !== 'gone');
    await createHollowNodes(access, options.clusterName, hollow, groups, signal);
    return made;
  } catch (thrown) {
    // With a cluster that goes, its Node objects go.
    await made.end(!isOurs || options.keep).catch((failed: unknown) => {
      run.recorder.event({ type: 'note', text: `hollow nodes were left behind: ${String(failed)}` });
    });
    throw thrown;
  }
};

/** Waits until every hollow node is Ready. */
export const awaitHollow = async (run: KindRun, { hollow, observer }: RunningCluster): Promise<StepEnd> => {
  const { signal } = run;
  const nodes = hollow?.nodes ?? [];
  await observer.until(
    `${nodes.length} hollow nodes to be Ready`,
    (seen) => {
      const missing = nodes.filter((node) => seen.nodes.get(node)?.ready !== 'True');
      return missing.length > 5 ? `${missing.length} hollow nodes are not Ready yet` : notReady(nodes, seen);
    },
    { timeoutMs: hollowBudgetMs, signal, next: 'ask for fewer hollow nodes, or wait until the machine has less to do' },
  );
  const groups = hollow?.sites.length ?? 0;
  return {
    outcome: 'done',
    detail: `${nodes.length} hollow nodes Ready, kept by ${groups} kwok process${groups === 1 ? '' : 'es'}`,
  };
};
