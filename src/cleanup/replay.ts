import { type InspectedCluster, restoreSettings } from '../cluster/index.ts';
import type { HostCommander } from '../common/command.ts';
import { replayUndo } from '../fault/index.ts';
import type { FoundJournal, UndoEntry } from '../journal/index.ts';
import { containerCommander } from '../node/index.ts';
import { awaitBooted } from './booted.ts';
import type { Report } from './report.ts';

export type ReplayTools = {
  readonly host: HostCommander;
  /** Clusters that stand, by name. */
  readonly standing: ReadonlyMap<string, InspectedCluster>;
  readonly report: Report;
  readonly remove: (name: string, incarnation: string) => Promise<boolean>;
};

type Fault = UndoEntry & { readonly kind: 'fault' };

const undoFault = async ({ undo, faultKind }: Fault, cluster: InspectedCluster | undefined, host: HostCommander) => {
  const commander = containerCommander(host);
  const containers = cluster?.ours === true ? cluster.containers : [];
  const all = new Set(containers.map(({ container }) => container));
  const running = new Set(containers.filter((one) => one.running).map(({ container }) => container));
  const reachable = undo.filter(({ node, on }) => (on === 'host' ? all : running).has(node));
  // A node that is gone or stopped took the stopped process with it.
  if (reachable.length === 0) return 'its nodes are gone, and it with them';
  const inNodes = reachable.filter(({ on }) => on !== 'host');
  await Promise.all(inNodes.map(({ node }) => awaitBooted(commander, node)));
  return replayUndo({ faultKind, undo: reachable }, commander);
};

/**
 * Undoes what a dead run's journal holds, newest first. Each entry is about one incarnation of its cluster: another one
 * that bears the name by now is not touched. Where the run had made its cluster, that goes first and takes the rest along.
 */
export const replay = async (journal: FoundJournal, tools: ReplayTools): Promise<void> => {
  const { host, standing, report, remove } = tools;
  const gone = new Set<string>();
  for (const entry of journal.entries) {
    if (entry.kind !== 'cluster' || !(await remove(entry.cluster, entry.incarnation))) continue;
    gone.add(entry.incarnation);
    journal.done(entry.id);
  }
  for (const entry of journal.entries) {
    const { cluster: name, incarnation } = entry;
    if (entry.kind === 'cluster') continue;
    if (gone.has(incarnation)) {
      journal.done(entry.id);
      continue;
    }
    const now = standing.get(name);
    const cluster = now?.incarnation === incarnation ? now : undefined;
    const undone =
      entry.kind === 'settings'
        ? await report.attempt('settings', name, 'would be restored', () =>
            restoreSettings(entry.undo, cluster, containerCommander(host)),
          )
        : await report.attempt('fault', `${entry.fault} on ${name}`, 'would be undone', () =>
            undoFault(entry, cluster, host),
          );
    if (undone) journal.done(entry.id);
  }
};
