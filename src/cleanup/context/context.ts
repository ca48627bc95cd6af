import { randomBytes } from 'node:crypto';
import { type ContextOptions, loadClient, openContext } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { messageOf } from '../../common/errors.ts';
import {
  type FoundEntry,
  type FoundWorkload,
  type Hold,
  type Leftovers,
  readLeftovers,
  takeOverCluster,
} from '../../guard/index.ts';
import { type CleanupAct, createReport, type Report } from '../report.ts';
import { type UndoOptions, undoEntry, wouldUndo } from './undo-entry.ts';
import { findOthers, isMissingRight, leaveOther, removeOther, takeAway } from './workload.ts';

export type ContextCleanupOptions = ContextOptions & {
  readonly agentImage: string;
  readonly dryRun: boolean;
  /** How long it is waited, each time, for Chaos Mesh to take back what it did. */
  readonly recoverWithinMs: number;
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
  undo: Omit<UndoOptions, 'forget'>,
  options: Pick<ContextCleanupOptions, 'context' | 'kubeconfig' | 'dryRun'>,
  hold: Hold | null,
  report: Report,
): Promise<boolean> => {
  const { entry, name, problem, remove, workload } = found;
  if (workload !== null) {
    const would = 'would be removed, with the pod of its load, and its namespace where a run made it';
    return report.attempt('workload', `of ${workload.run}`, would, async () => {
      const end = await takeAway(undo.access, { run: workload.run, hold }, options, undo.signal);
      await remove(undo.signal);
      return end;
    });
  }
  const forget = `kubectl ${contextText(options)} --namespace skipbeat-agents delete configmap ${name}`;
  if (entry === null) {
    report.unclean();
    const detail = `${problem}: nothing of it is run; look at it, and delete it once every node is as it should be: ${forget}`;
    report.notify({ what: 'journal', name, outcome: 'failed', detail });
    return false;
  }
  if (options.dryRun) {
    const { detail, stays } = await wouldUndo(entry, undo);
    if (stays) report.unclean();
    report.notify({ what: 'fault', name: entryText(found), outcome: 'would', detail });
    return !stays;
  }
  return report.attempt('fault', entryText(found), '', async () => {
    const end = await undoEntry(entry, { ...undo, forget });
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
    let isFailed = false;
    const kept = await hold.release(AbortSignal.timeout(letGoMs), () => {
      isFailed = true;
      report.unclean();
    });
    // Made by this very command, so that somebody holds the cluster.
    if (kept === null && namespace === 'none') return;
    if (kept !== null) report.notify({ what, name, outcome: isFailed ? 'failed' : 'left', detail: kept });
    else if (namespace === 'ours') report.notify({ what, name, outcome: 'done', detail: 'gone, and the hold with it' });
    else report.notify({ what, name, outcome: 'done', detail: 'let go; it stays, for no run has made it' });
  } catch (thrown) {
    report.unclean();
    report.notify({ what, name, outcome: 'failed', detail: messageOf(thrown) });
  }
};

/** What a journal speaks of, and what it does not. */
type Found = { readonly left: Leftovers; readonly others: readonly FoundWorkload[] };

/** In a dry run nobody holds the cluster, and what would be done is said. */
const finish = async (
  options: ContextCleanupOptions,
  undo: Omit<UndoOptions, 'forget'>,
  { left, others }: Found,
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
    if (isNeeded(name, unfinished)) {
      report.notify({ what: 'agent', name, outcome: 'left', detail: `on ${node}, for its act is not undone` });
      continue;
    }
    await report.attempt('agent', name, `would be deleted from ${node}`, async () => {
      await remove(signal);
      return `deleted from ${node}`;
    });
  }
  for (const found of others) await removeOther(undo.access, { found, hold }, options, report, signal);
  if (hold !== null) return letGo(hold, left, report);
  if (left.namespace === 'none') return;
  const would = left.namespace === 'ours' ? 'would go, if nothing else is in it' : 'would be let go';
  report.notify({ what: 'namespace', name: 'skipbeat-agents', outcome: 'would', detail: would });
};

/**
 * Finishes what dead runs left in somebody's cluster, from any machine: undoes each act on its node by an agent, proves it,
 * then deletes entries, pods, workloads, the Lease, and the namespaces where a run made them and nothing else is in them. A
 * run that is live is left alone, by name. Each thing is tried whatever became of the others; safe twice.
 * @returns whether everything of ours is gone
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN (exit 64), API_UNREACHABLE, CREDENTIALS_REFUSED,
 *   RIGHT_MISSING, CLUSTER_HELD (exit 75); the signal's reason
 */
export const cleanUpContext = async (options: ContextCleanupOptions): Promise<boolean> => {
  const { signal, dryRun, notify, agentImage, recoverWithinMs, waiting } = options;
  const report = createReport(dryRun, notify);
  const access = openContext(await loadClient(), options);
  const left = await readLeftovers(access, signal);
  if (left.holder?.isLive === true) {
    const detail = `holds ${left.clusterName} (${holderText(left.holder)}); a run undoes what it did when it ends. Where none is alive:  kubectl ${contextText(options)} --namespace skipbeat-agents delete lease skipbeat`;
    notify({ what: 'run', name: left.holder.run, outcome: 'left', detail });
    return false;
  }
  const others = await findOthers(access, left, report, signal);
  const live = others.filter(({ mayBeLive }) => mayBeLive !== null);
  if (isNothing(left) && live.length === others.length) {
    for (const found of live) leaveOther(found, found.mayBeLive ?? '', options, report);
    return report.isClean();
  }
  const undo = {
    access,
    agentImage,
    nodes: left.nodes,
    nowMs: left.nowMs,
    recoverWithinMs,
    notify: waiting,
    signal,
  };
  const run = `cleanup-${randomBytes(4).toString('hex')}`;
  let hold: Hold | null = null;
  try {
    hold = dryRun ? null : await takeOverCluster(access, { run, uid: left.uid, signal });
  } catch (thrown) {
    // Who may not hold the cluster cannot know that no run does: without anything else to finish that is said, and all stays.
    if (!isNothing(left) || !isMissingRight(thrown)) throw thrown;
    for (const found of others) leaveOther(found, `the cluster cannot be held: ${thrown.message}`, options, report);
    return report.isClean();
  }
  const ending = hold === null ? signal : AbortSignal.any([signal, hold.lost]);
  await finish({ ...options, signal: ending }, { ...undo, signal: ending }, { left, others }, hold, report);
  signal.throwIfAborted();
  return report.isClean();
};
