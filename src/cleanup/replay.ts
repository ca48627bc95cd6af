import {
  assertRestorable,
  endPrograms,
  type InspectedCluster,
  isNode,
  isNodeless,
  nodelessText,
  restoreSettings,
} from '../cluster/index.ts';
import { type HostExec, succeeded } from '../common/command.ts';
import { skipbeat } from '../common/invocation.ts';
import { counted } from '../common/text/counted.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { outlivesNodes, replayUndo } from '../fault/index.ts';
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
  /** Only what is about this one; null: all that the journal holds. */
  readonly only: string | null;
  /** Nothing is done, and no entry is over. */
  readonly dryRun: boolean;
  readonly report: Report;
  readonly remove: (name: string, incarnation: string) => Promise<boolean>;
};

type Fault = UndoEntry & { readonly kind: 'fault' };
type Hollow = UndoEntry & { readonly kind: 'hollow' };
type Settings = UndoEntry & { readonly kind: 'settings' };

/**
 * The cluster that an entry is about, as it stands; undefined: it is gone, whichever bears its name by now.
 * @throws Error where it stands among nodes that do not say that they are of it
 */
const clusterOf = (
  { cluster: name, incarnation }: UndoEntry,
  running: ReplayTools['running'],
): InspectedCluster | undefined => {
  const now = running.get(name);
  if (now === undefined || now.incarnation === incarnation) return now;
  if (!now.containers.some((one) => one.incarnation === incarnation)) return undefined;
  const others = now.containers.filter((one) => isNode(one) && one.incarnation !== incarnation);
  throw new Error(
    `beside its nodes stand others that bear its name and not its mark (${others.map(({ container }) => container).join(', ')}): take those away, then run cleanup again`,
  );
};

const stopped = (nodes: readonly string[]): Error =>
  new Error(
    `${nodes.join(', ')} is stopped, and comes back with what is to be undone: start it (docker start ${nodes.join(' ')}), then run cleanup again`,
  );

/**
 * What this machine is to undo may be what stands without a node: then it is not known to be gone, and nor is whose it is.
 * @throws Error
 */
const assertNotBeside = ({ undo }: Settings, now: InspectedCluster | undefined): void => {
  if (now === undefined || !isNodeless(now) || undo.every(({ on }) => on !== 'host')) return;
  throw new Error(`${nodelessText(now)}; it goes with  ${skipbeat(`cleanup --cluster ${now.name}`)}`);
};

/** The processes first, which would else go on with what is removed. @throws Error where one does not end */
const endHollow = async ({ ends, cluster, incarnation }: Hollow, host: HostExec): Promise<string> => {
  const results = await Promise.all(ends.map((command) => containerExec(host)(command)));
  const left = results.filter((result) => !succeeded(result) || result.stdout.trim() !== 'gone');
  if (left.length > 0) throw new Error(left.map(failureLine).join('; '));
  // Their files went where a cluster that bore the name next was removed.
  await endPrograms(cluster, incarnation);
  const relays = ends.filter((end) => isHollowRelay(readHollowCommand(end)?.group ?? '')).length;
  const before = relays === 0 ? '' : ` and ${counted(relays, 'relay')}`;
  const kwoks = ends.length - relays;
  return `${counted(kwoks, 'kwok process', 'kwok processes')}${before} ended`;
};

/** @returns null where it is gone. @throws Error where it does not run */
const nodeOf = (name: string, cluster: InspectedCluster | undefined): string | null => {
  const node = cluster?.containers.find((one) => one.container === name);
  if (node?.running === false) throw stopped([name]);
  return node?.container ?? null;
};

const removeHollow = async (
  { undo }: Hollow,
  cluster: InspectedCluster | undefined,
  host: HostExec,
): Promise<string> => {
  if (nodeOf(undo.node, cluster) === null) return 'its cluster is gone, and they with it';
  const exec = containerExec(host);
  await awaitBooted(exec, undo.node);
  const result = await exec(undo);
  if (!succeeded(result)) throw new Error(failureLine(result));
  return 'Node objects deleted';
};

/** What of a fault can be undone as its nodes stand. @throws Error where a node is stopped that keeps it */
const reachableOf = ({ undo, faultKind }: Fault, cluster: InspectedCluster | undefined): Fault['undo'] => {
  const containers = cluster?.containers ?? [];
  const all = new Set(containers.map(({ container }) => container));
  const running = new Set(containers.filter((one) => one.running).map(({ container }) => container));
  const reachable = undo.filter(({ node, on }) => (on === 'host' ? all : running).has(node));
  const off = undo.flatMap(({ node, on }) => (on !== 'host' && all.has(node) && !running.has(node) ? [node] : []));
  if (off.length > 0 && outlivesNodes(faultKind)) throw stopped(off);
  return reachable;
};

const undoFault = async (fault: Fault, cluster: InspectedCluster | undefined, host: HostExec) => {
  const { faultKind } = fault;
  const exec = containerExec(host);
  const reachable = reachableOf(fault, cluster);
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
  const { host, running, only, dryRun, report, remove } = tools;
  const entries = journal.entries.filter((entry) => only === null || entry.cluster === only);
  const over = (id: string): void => {
    if (!dryRun) journal.done(id);
  };
  // What another cleanup has undone since, a run may by now be at work beside: it finds nothing left, and is let in.
  const isOpen = ({ id }: { readonly id: string }): boolean => journal.holds(id);
  const gone = new Set<string>();
  const unended = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== 'hollow' || !isOpen(entry)) continue;
    const ended = await report.attempt('hollow', `nodes of ${entry.cluster}`, 'processes would be ended', () =>
      endHollow(entry, host),
    );
    if (!ended) unended.add(entry.id);
  }
  for (const entry of entries) {
    if (entry.kind !== 'cluster' || !isOpen(entry) || !(await remove(entry.cluster, entry.incarnation))) continue;
    gone.add(entry.incarnation);
    over(entry.id);
  }
  for (const entry of entries) {
    const { cluster: name, incarnation } = entry;
    if (entry.kind === 'cluster' || unended.has(entry.id) || !isOpen(entry)) continue;
    if (gone.has(incarnation)) {
      over(entry.id);
      continue;
    }
    const now = (): InspectedCluster | undefined => clusterOf(entry, running);
    if (entry.kind === 'hollow') {
      const would = (): string => {
        nodeOf(entry.undo.node, now());
        return 'Node objects would be deleted';
      };
      const removed = await report.attempt('hollow', `nodes of ${name}`, would, async () =>
        removeHollow(entry, now(), host),
      );
      if (removed) over(entry.id);
      continue;
    }
    if (entry.kind === 'settings') {
      // By name all of it goes after this.
      const assertKnown = (): void => (only === null ? assertNotBeside(entry, running.get(name)) : undefined);
      const would = (): string => {
        assertKnown();
        assertRestorable(entry.undo, now());
        return 'would be restored';
      };
      const restored = await report.attempt('settings', name, would, async () => {
        assertKnown();
        return restoreSettings(entry.undo, now(), containerExec(host));
      });
      if (restored) over(entry.id);
      continue;
    }
    const wouldUndo = (): string => {
      reachableOf(entry, now());
      return 'would be undone';
    };
    const undone = await report.attempt('fault', `${entry.fault} on ${name}`, wouldUndo, async () =>
      undoFault(entry, now(), host),
    );
    if (undone) over(entry.id);
  }
};
