import { type InspectedCluster, restoreSettings } from '../cluster/index.ts';
import { type HostExec, succeeded } from '../common/command.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { replayUndo } from '../fault/index.ts';
import type { FoundJournal, UndoEntry } from '../journal/index.ts';
import type { NodeExec } from '../node/index.ts';
import { containerExec, failureLine, isHollowRelay, readHollowCommand } from '../node/index.ts';
import type { Report } from './report.ts';

/** A node boots within some ten seconds; after an engine's restart all of them do at once. */
const bootMs = 120_000;

/** systemd's words for a machine that has come up, with or without a unit that failed. @see systemctl(1), is-system-running */
const up = ['running', 'degraded'];

/** Waits until a node that runs has booted: after an engine's restart it is asked before its systemd answers. */
const awaitBooted = (exec: NodeExec, node: string): Promise<true> => {
  const probe = async (signal: AbortSignal): Promise<PollResult<true>> => {
    const asked = await exec({ node, argv: ['systemctl', 'is-system-running'], timeoutMs: 10_000 }, signal);
    const state = asked.stdout.trim();
    return up.includes(state) ? { found: true } : { seen: `its systemd is ${state || 'not answering yet'}` };
  };
  const { signal } = new AbortController();
  return waitUntil(`${node} to have booted`, probe, { timeoutMs: bootMs, everyMs: 500, signal });
};

export type ReplayTools = {
  readonly host: HostExec;
  /** Clusters that stand, by name. */
  readonly running: ReadonlyMap<string, InspectedCluster>;
  readonly report: Report;
  readonly remove: (name: string, incarnation: string) => Promise<boolean>;
};

type Fault = UndoEntry & { readonly kind: 'fault' };
type Hollow = UndoEntry & { readonly kind: 'hollow' };

/** The processes first, which would else go on with what is removed. @throws Error where one does not end */
const endHollow = async ({ ends }: Hollow, host: HostExec): Promise<string> => {
  const results = await Promise.all(ends.map((command) => containerExec(host)(command)));
  const left = results.filter((result) => !succeeded(result) || result.stdout.trim() !== 'gone');
  if (left.length > 0) throw new Error(left.map(failureLine).join('; '));
  const relays = ends.filter((end) => isHollowRelay(readHollowCommand(end)?.group ?? '')).length;
  const before = relays === 0 ? '' : ` and ${relays} relay${relays === 1 ? '' : 's'}`;
  return `${ends.length - relays} kwok processes${before} ended`;
};

const removeHollow = async (
  { undo }: Hollow,
  cluster: InspectedCluster | undefined,
  host: HostExec,
): Promise<string> => {
  const stands = cluster?.ours === true && cluster.containers.some((one) => one.running && one.container === undo.node);
  if (!stands) return 'its cluster is gone, and they with it';
  const exec = containerExec(host);
  await awaitBooted(exec, undo.node);
  const result = await exec(undo);
  if (!succeeded(result)) throw new Error(failureLine(result));
  return 'Node objects deleted';
};

const undoFault = async ({ undo, faultKind }: Fault, cluster: InspectedCluster | undefined, host: HostExec) => {
  const exec = containerExec(host);
  const containers = cluster?.ours === true ? cluster.containers : [];
  const all = new Set(containers.map(({ container }) => container));
  const running = new Set(containers.filter((one) => one.running).map(({ container }) => container));
  const reachable = undo.filter(({ node, on }) => (on === 'host' ? all : running).has(node));
  // A node that is gone or stopped took the stopped process with it.
  if (reachable.length === 0) return 'its nodes are gone, and it with them';
  const inNodes = reachable.filter(({ on }) => on !== 'host');
  await Promise.all(inNodes.map(({ node }) => awaitBooted(exec, node)));
  return replayUndo({ faultKind, undo: reachable }, exec);
};

/**
 * Undoes what a dead run's journal holds, newest first. Each entry is about one incarnation of its cluster: another one
 * that bears the name by now is not touched. Where the run had made its cluster, that goes first and takes the rest along.
 */
export const replay = async (journal: FoundJournal, tools: ReplayTools): Promise<void> => {
  const { host, running, report, remove } = tools;
  const gone = new Set<string>();
  const unended = new Set<string>();
  for (const entry of journal.entries) {
    if (entry.kind !== 'hollow') continue;
    const ended = await report.attempt('hollow', `nodes of ${entry.cluster}`, 'processes would be ended', () =>
      endHollow(entry, host),
    );
    if (!ended) unended.add(entry.id);
  }
  for (const entry of journal.entries) {
    if (entry.kind !== 'cluster' || !(await remove(entry.cluster, entry.incarnation))) continue;
    gone.add(entry.incarnation);
    journal.done(entry.id);
  }
  for (const entry of journal.entries) {
    const { cluster: name, incarnation } = entry;
    if (entry.kind === 'cluster' || unended.has(entry.id)) continue;
    if (gone.has(incarnation)) {
      journal.done(entry.id);
      continue;
    }
    const now = running.get(name);
    const cluster = now?.incarnation === incarnation ? now : undefined;
    if (entry.kind === 'hollow') {
      const removed = await report.attempt('hollow', `nodes of ${name}`, 'Node objects would be deleted', () =>
        removeHollow(entry, cluster, host),
      );
      if (removed) journal.done(entry.id);
      continue;
    }
    const undone =
      entry.kind === 'settings'
        ? await report.attempt('settings', name, 'would be restored', () =>
            restoreSettings(entry.undo, cluster, containerExec(host)),
          )
        : await report.attempt('fault', `${entry.fault} on ${name}`, 'would be undone', () =>
            undoFault(entry, cluster, host),
          );
    if (undone) journal.done(entry.id);
  }
};
