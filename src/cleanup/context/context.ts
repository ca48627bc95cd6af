import { randomBytes } from 'node:crypto';
import {
  type ClusterAccess,
  type ContextOptions,
  loadClient,
  openContext,
  workloadNamespace,
} from '../../cluster/index.ts';
import { quoteArgument } from '../../common/command.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import {
  type FoundEntry,
  type Hold,
  type Leftovers,
  printable,
  readLeftovers,
  readWorkloads,
  removeWorkload,
  runLabel,
  runLabelOf,
  runSelectorOf,
  takeOverCluster,
} from '../../guard/index.ts';
import { type CleanupAct, createReport, type Report } from '../report.ts';
import { type UndoOptions, undoEntry } from './undo-entry.ts';

export type ContextCleanupOptions = ContextOptions & {
  readonly agentImage: string;
  readonly dryRun: boolean;
  readonly notify: (act: CleanupAct) => void;
  /** Says what is waited for. */
  readonly waiting: (line: string) => void;
  readonly signal: AbortSignal;
};

const holderText = ({ who, silentMs }: NonNullable<Leftovers['holder']>): string =>
  [who ?? 'somebody', silentMs === null ? 'at an unknown time' : `${Math.round(silentMs / 1000)} s ago`].join(', ');

const isNothing = ({ holder, entries, pods, namespace }: Leftovers): boolean =>
  holder === null && entries.length === 0 && pods.length === 0 && namespace !== 'ours';

const entryText = ({ entry, name }: FoundEntry): string =>
  entry === null ? name : `${entry.act.kind} on ${entry.act.node} of ${entry.run}`;

/** Of one entry: what it is about is undone, and only then it goes. @returns whether it is gone */
const finishEntry = async (
  found: FoundEntry,
  undo: UndoOptions,
  { context }: ContextOptions,
  hold: Hold | null,
  report: Report,
): Promise<boolean> => {
  const { entry, name, problem, remove, workload } = found;
  if (workload !== null) {
    const would = 'would be removed, with the pod of its load, and its namespace where a run made it';
    return report.attempt('workload', `of ${workload.run}`, would, async () => {
      const confirm = async (within: AbortSignal): Promise<void> => hold?.assertOwn(within);
      const { objects, namespace } = await removeWorkload(undo.access, { run: workload.run, confirm }, undo.signal);
      if (objects !== null) {
        const kubectl = `kubectl --context ${quoteArgument(context)} --namespace ${workloadNamespace}`;
        const selector = quoteArgument(runSelectorOf(workload.run));
        throw new Error(
          `${objects}; delete it once nobody needs it, then run this again: ${kubectl} delete deployments,services,pods --selector ${selector}`,
        );
      }
      await remove(undo.signal);
      return ['gone, and the pod of its load', ...(namespace === null ? [] : [namespace])].join('; ');
    });
  }
  if (entry === null) {
    report.unclean();
    const kubectl = `kubectl --context ${quoteArgument(context)} --namespace skipbeat-agents`;
    const detail = `${problem}: nothing of it is run; look at it, and delete it once every node is as it should be: ${kubectl} delete configmap ${name}`;
    report.notify({ what: 'journal', name, outcome: 'failed', detail });
    return false;
  }
  return report.attempt('fault', entryText(found), 'would be undone on its node, and verified there', async () => {
    const end = await undoEntry(entry, undo);
    await remove(undo.signal);
    return end;
  });
};

/** Whether a pod is of an act whose entry could not be finished: its agent may be all that undoes it. */
const isNeeded = (pod: string, unfinished: readonly FoundEntry[]): boolean =>
  unfinished.some(({ entry }) => entry !== null && (pod === `act-${entry.act.id}` || pod === `undo-${entry.act.id}`));

/** Done whatever became of the rest, an interruption too: a hold that nobody keeps is in everybody's way. */
const letGoMs = 120_000;

/** Lets go of the cluster, and removes the namespace where it is a run's and empty. */
const letGo = async (hold: Hold, { namespace }: Leftovers, report: Report): Promise<void> => {
  const [what, name] = ['namespace', 'skipbeat-agents'] as const;
  try {
    const kept = await hold.release(AbortSignal.timeout(letGoMs));
    if (kept !== null) report.notify({ what, name, outcome: 'left', detail: kept });
    else if (namespace === 'ours') report.notify({ what, name, outcome: 'done', detail: 'gone, and the hold with it' });
    else report.notify({ what, name, outcome: 'done', detail: 'let go; it stays, for no run has made it' });
  } catch (thrown) {
    report.unclean();
    report.notify({ what, name, outcome: 'failed', detail: messageOf(thrown) });
  }
};

/** In a dry run nobody holds the cluster, and what would be done is said. */
const finish = async (
  options: ContextCleanupOptions,
  undo: UndoOptions,
  left: Leftovers,
  hold: Hold | null,
  report: Report,
) => {
  const { signal } = options;
  const unfinished: FoundEntry[] = [];
  // Nodes first: a kubelet that stands still takes no pod away.
  const acts = left.entries.filter(({ workload }) => workload === null);
  const workloads = left.entries.filter(({ workload }) => workload !== null);
  for (const found of [...acts, ...workloads]) {
    if (!(await finishEntry(found, undo, options, hold, report))) unfinished.push(found);
  }
  for (const { name, node, remove } of left.pods) {
    if (!options.dryRun && isNeeded(name, unfinished)) {
      report.notify({ what: 'agent', name, outcome: 'left', detail: `on ${node}, for its act is not undone` });
      continue;
    }
    await report.attempt('agent', name, `would be deleted from ${node}`, async () => {
      await remove(signal);
      return `deleted from ${node}`;
    });
  }
  if (hold !== null) return letGo(hold, left, report);
  const would = left.namespace === 'ours' ? 'would go, if nothing else is in it' : 'would be let go';
  report.notify({ what: 'namespace', name: 'skipbeat-agents', outcome: 'would', detail: would });
};

/**
 * Names a workload that stands there and that no entry speaks of, as where somebody deleted the agents' namespace: then
 * nobody can hold the cluster, and whether its run is live is not known.
 */
const nameOthers = async (access: ClusterAccess, left: Leftovers, options: ContextCleanupOptions, report: Report) => {
  const known = new Set(left.entries.flatMap(({ workload }) => (workload === null ? [] : [runLabelOf(workload.run)])));
  const what = 'workload';
  const kubectl = `kubectl --context ${quoteArgument(options.context)}`;
  let found: Awaited<ReturnType<typeof readWorkloads>>;
  try {
    found = await readWorkloads(access, options.signal);
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError) || thrown.code !== 'RIGHT_MISSING') throw thrown;
    // Who has no right to bring one need not have that to look for one.
    report.notify({ what, name: 'of any run', outcome: 'left', detail: `not known: ${thrown.message}` });
    return;
  }
  for (const { run, objects, madeNamespace } of found.filter(({ run: each }) => !known.has(each))) {
    const name = `of ${printable(run)}`;
    const rest = [...(madeNamespace ? [`Namespace ${workloadNamespace}`] : []), ...objects];
    const selector = quoteArgument(`${runLabel}=${run}`);
    const next = madeNamespace
      ? `${kubectl} delete namespace ${workloadNamespace}`
      : `${kubectl} --namespace ${workloadNamespace} delete deployments,services,pods --selector ${selector}`;
    const detail = `no entry of the journal speaks of ${rest.slice(0, 5).join(', ')}: look at it, and once that run has ended and nobody needs it: ${next}`;
    if (objects.length > 0) report.unclean();
    report.notify({ what, name, outcome: 'left', detail });
  }
};

/**
 * Finishes what dead runs left in somebody's cluster, from any machine: undoes each act on its node by an agent, proves it,
 * then deletes entries, pods, the Lease, and the namespace where a run made it and nothing else is in it. A run that is
 * live is left alone, by name. Each thing is tried whatever became of the others; safe twice.
 * @returns whether everything of ours is gone
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (exit 64), API_UNREACHABLE, CREDENTIALS_REFUSED,
 *   RIGHT_MISSING, CLUSTER_HELD (exit 75); the signal's reason
 */
export const cleanUpContext = async (options: ContextCleanupOptions): Promise<boolean> => {
  const { signal, dryRun, notify, agentImage, waiting } = options;
  const report = createReport(dryRun, notify);
  const access = openContext(await loadClient(), options);
  const left = await readLeftovers(access, signal);
  if (isNothing(left)) {
    await nameOthers(access, left, options, report);
    return report.isClean();
  }
  if (left.holder?.isLive === true) {
    const detail = `holds ${left.clusterName} (${holderText(left.holder)}); a run undoes what it did when it ends. Where none is alive:  kubectl --context ${quoteArgument(options.context)} --namespace skipbeat-agents delete lease skipbeat`;
    notify({ what: 'run', name: left.holder.run, outcome: 'left', detail });
    return false;
  }
  const undo: UndoOptions = { access, agentImage, nodes: left.nodes, notify: waiting, signal };
  const run = `cleanup-${randomBytes(4).toString('hex')}`;
  const hold = dryRun ? null : await takeOverCluster(access, { run, signal });
  const ending = hold === null ? signal : AbortSignal.any([signal, hold.lost]);
  await finish({ ...options, signal: ending }, { ...undo, signal: ending }, left, hold, report);
  signal.throwIfAborted();
  await nameOthers(access, left, options, report);
  return report.isClean();
};
