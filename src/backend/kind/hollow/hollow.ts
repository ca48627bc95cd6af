import {
  createHollowNodes,
  createHollowPods,
  fullNodeName,
  hollowKey,
  hollowPodSelector,
  leadThroughRelay,
  prepareProcesses,
  prepareRelays,
  relayPortsOf,
  workloadNamespace,
} from '../../../cluster/index.ts';
import { succeeded } from '../../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { counted } from '../../../common/text/counted.ts';
import { waitUntil } from '../../../common/wait.ts';
import type { HollowSite } from '../../../fault/index.ts';
import { failureLine, hollowCommand, hollowRelay, hollowRelayPort, type NodeCommand } from '../../../node/index.ts';
import type { Observed } from '../../../observe/index.ts';
import { type HollowGroup, hollowGroups, isControlPlane } from '../../../plan/index.ts';
import type { StepEnd } from '../../steps.ts';
import { notReady } from '../bring-up.ts';
import type { KindRun, RunningCluster, RunningHollow } from '../context.ts';
import { type HollowProcess, nextByLog, watchProcesses } from './watch-processes.ts';

/** A thousand nodes are made and Ready within a minute on two idle cores. */
export const hollowBudgetMs = 420_000;

const deleteMs = 300_000;

/** Pods without a grace, for nobody is there to end them; then nodes. Arguments: selector and namespace of the pods, of the nodes. */
const deletion = `
kubectl() { command kubectl --kubeconfig /etc/kubernetes/admin.conf delete --wait=false --ignore-not-found "$@"; }
kubectl pods --namespace "$2" --selector "$1" --force --grace-period=0 && kubectl nodes --selector "$3"
`;

/** kubectl is on every node of kind; the labels are what we gave, and nothing else has them. */
const deleteNodes = (cluster: string): NodeCommand => ({
  node: fullNodeName(cluster, 'control-plane'),
  argv: ['bash', '-c', deletion, 'skipbeat-hollow-delete', hollowPodSelector, workloadNamespace, hollowKey],
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

/** Whether the cluster of a run outlives it, whatever becomes of the run. */
const stays = ({ options }: KindRun, { made }: RunningCluster): boolean => options.keep || !made;

/** Port of an API server inside its node, as kubeadm sets it up. */
const apiServerPort = 6443;

/** A relay listens as soon as its program is loaded. */
const relayWithinMs = 30_000;

/** The control plane that relays lead to: the first, for kwok has one address. */
const relayedTo = ({ nodes }: RunningCluster) => {
  const found = nodes.find(({ node }) => isControlPlane(node));
  if (found === undefined) throw new Error('a cluster without a control plane');
  return found;
};

/** Starts the relays of groups that have one, and leads kwok of these through them. @throws SkipbeatError HOLLOW_NOT_STARTED, WAIT_TIMED_OUT */
const startRelays = async (
  run: KindRun,
  cluster: RunningCluster,
  folder: string,
  groups: readonly HollowGroup[],
): Promise<void> => {
  const relayed = groups.filter(({ isRelayed }) => isRelayed);
  const starts = relayed.map(({ name }) => hollowCommand('start', folder, hollowRelay(name)));
  await runHollow(run, starts, 'HOLLOW_NOT_STARTED', (state) => state !== 'gone');
  for (const group of relayed) {
    await waitUntil(
      `the relay of ${group.name} to listen`,
      () => Promise.resolve({ found: hollowRelayPort(folder, group.name) }),
      {
        timeoutMs: relayWithinMs,
        everyMs: 50,
        signal: run.signal,
        next: nextByLog({ folder, group: hollowRelay(group.name) }, stays(run, cluster)),
      },
    );
    leadThroughRelay(folder, group);
  }
};

const running = (
  run: KindRun,
  cluster: RunningCluster,
  folder: string,
  groups: readonly HollowGroup[],
): RunningHollow => {
  const { options } = run;
  const { clusterName: name, journal } = options;
  const { incarnation } = cluster;
  const processes: readonly HollowProcess[] = [
    ...groups.map((group) => ({ group: group.name, nodes: group.nodes, folder })),
    ...groups.flatMap((group) =>
      group.isRelayed ? [{ group: hollowRelay(group.name), nodes: group.nodes, folder }] : [],
    ),
  ];
  const ends = processes.map(({ group }) => hollowCommand('remove', folder, group));
  const entry = journal.add({ kind: 'hollow', cluster: name, incarnation, ends, undo: deleteNodes(name) });
  const watching = new AbortController();
  const sites: readonly HollowSite[] = groups.map(({ name: group, nodes, isRelayed }, index) => ({
    ...{ group, nodes, folder },
    ...(isRelayed
      ? {
          path: {
            container: fullNodeName(name, relayedTo(cluster).node),
            localPorts: relayPortsOf(index, groups.length),
          },
        }
      : {}),
  }));
  void watchProcesses({ sites: processes, stays: stays(run, cluster), fail: run.fail, signal: watching.signal });
  let ending: Promise<void> | null = null;
  const end = async (deletes: boolean): Promise<void> => {
    watching.abort();
    await runHollow(run, ends, 'HOLLOW_NOT_ENDED', (state) => state === 'gone');
    if (deletes) await runHollow(run, [deleteNodes(name)], 'HOLLOW_NOT_ENDED', () => true);
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
export const startHollow = async (run: KindRun, cluster: RunningCluster): Promise<RunningHollow> => {
  const { access, incarnation, made: isOurs } = cluster;
  const { plan, options, signal } = run;
  const { hollow } = plan.topology;
  if (hollow === undefined || options.kwokPath === null) throw new Error('a plan without hollow nodes');
  const groups = hollowGroups(plan);
  const place = { cluster: options.clusterName, incarnation, kwokPath: options.kwokPath };
  const folder = prepareProcesses(place, plan, groups);
  prepareRelays(folder, incarnation, groups, { host: relayedTo(cluster).address, port: apiServerPort });
  const made = running(run, cluster, folder, groups);
  try {
    await startRelays(run, cluster, folder, groups);
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

const next = 'ask for fewer hollow nodes, or wait until the machine has less to do';

const podsLack = (wanted: number, { hollowPods }: Observed): string | null => {
  const ready = [...hollowPods.values()].filter((pod) => pod.ready && !pod.deleting).length;
  return ready === wanted && hollowPods.size === wanted
    ? null
    : `${ready} of ${counted(wanted, 'pod')} of hollow nodes Ready`;
};

/** Waits until every hollow node is Ready, then makes the pods of hollow nodes and waits until those are. */
export const awaitHollow = async (run: KindRun, { access, hollow, observer }: RunningCluster): Promise<StepEnd> => {
  const { signal } = run;
  const nodes = hollow?.nodes ?? [];
  await observer.until(
    `${counted(nodes.length, 'hollow node')} to be Ready`,
    (seen) => {
      const missing = nodes.filter((node) => seen.nodes.get(node)?.ready !== 'True');
      return missing.length > 5 ? `${missing.length} hollow nodes are not Ready yet` : notReady(nodes, seen);
    },
    { timeoutMs: hollowBudgetMs, signal, next },
  );
  const pods = nodes.length * (run.plan.topology.hollow?.podsPerNode ?? 0);
  if (pods > 0) {
    await createHollowPods(access, run.options.clusterName, run.options.nodeImage.workloadImage, run.plan, signal);
    await observer.until(`${counted(pods, 'pod')} of hollow nodes to be Ready`, (seen) => podsLack(pods, seen), {
      ...{ timeoutMs: hollowBudgetMs, signal, next },
    });
  }
  const groups = hollow?.sites.length ?? 0;
  return {
    outcome: 'done',
    detail: `${counted(nodes.length, 'hollow node')} Ready${pods === 0 ? '' : ` with ${counted(pods, 'pod')}`}, kept by ${counted(groups, 'kwok process', 'kwok processes')}`,
  };
};
