import { readFileSync } from 'node:fs';
import { errnoOf } from '../common/errors.ts';
import { isProcessIdentity, isThisProcess, lifeOf, type ProcessIdentity, processText } from '../common/host/process.ts';
import { type FoundJournal, findJournals } from '../journal/index.ts';
import { type ClusterMark, markSourcePath } from './owner.ts';
import { clusterUser } from './store.ts';

/** Another process that uses a cluster of this state folder, or may. */
export type ClusterUse = {
  readonly process: ProcessIdentity;
  /** It runs on it now: not even by name it goes. Otherwise it may: by name it does. */
  readonly isAtWork: boolean;
  readonly text: string;
};

/** What the mark of a cluster says on this machine's disk; null where there is none, or none that can be read. */
const ownMark = (name: string, incarnation: string): Partial<ClusterMark> | null => {
  try {
    return JSON.parse(readFileSync(markSourcePath(name, incarnation), 'utf8')) as Partial<ClusterMark>;
  } catch (thrown) {
    // It is written over in place: half of it says nothing. Who writes it holds the lock and has its journal open.
    if (thrown instanceof SyntaxError || errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
};

const speaksOf = ({ entries, owner }: FoundJournal, name: string, incarnation: string | null, run?: string): boolean =>
  owner.run === run ||
  entries.some((entry) => (incarnation === null ? entry.cluster === name : entry.incarnation === incarnation));

/**
 * Who but this process uses a cluster, or may, by what its users wrote down: a lock is gone as soon as somebody ends
 * the shell that holds it, or deletes its file, and the run goes on.
 * @param incarnation null: whichever bears the name
 */
export const writtenUse = (name: string, incarnation: string | null): ClusterUse | null => {
  const mark = incarnation === null ? null : ownMark(name, incarnation);
  const journals = findJournals().journals.filter(
    (journal) =>
      journal.life !== 'dead' &&
      !isThisProcess(journal.owner.process) &&
      speaksOf(journal, name, incarnation, mark?.run),
  );
  const journal = journals.find(({ life }) => life === 'alive') ?? journals[0];
  if (journal !== undefined) {
    const { process, run } = journal.owner;
    const isAtWork = journal.life === 'alive';
    const text = isAtWork
      ? `${processText(process)} is at work on it (run ${run})`
      : `run ${run} may be at work on it (${processText(process)}, whose end cannot be seen from here)`;
    return { process, isAtWork, text };
  }
  const last: unknown = mark?.process;
  if (!isProcessIdentity(last) || isThisProcess(last) || lifeOf(last) !== 'alive') return null;
  return { process: last, isAtWork: false, text: `${processText(last)} made it or used it last, and still runs` };
};

/** Who but this process uses a cluster, or may: who holds its lock, or else who wrote down that it does. */
export const clusterUse = async (name: string, incarnation: string | null): Promise<ClusterUse | null> => {
  const process = await clusterUser(name);
  if (process !== null) return { process, isAtWork: true, text: `${processText(process)} is at work on it` };
  return writtenUse(name, incarnation);
};
