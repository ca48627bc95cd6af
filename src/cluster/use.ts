import { readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../common/errors.ts';
import { isProcessIdentity, isThisProcess, lifeOf, processText } from '../common/host/process.ts';
import { type DamagedJournal, type FoundJournal, findJournals } from '../journal/index.ts';
import { type ClusterMark, markSourcePath } from './owner.ts';
import { type ClusterUser, clusterUser } from './store.ts';

/** Another process that uses a cluster of this state folder, or may. */
export type ClusterUse = ClusterUser & {
  /** It runs on it now, or who does cannot be read: not even by name it goes. Otherwise it may run again: by name it does. */
  readonly isAtWork: boolean;
  /** A run that has not ended as far as can be known: nobody else takes it for a run. */
  readonly mayBeAtWork: boolean;
};

type OwnMark = { readonly mark: Partial<ClusterMark> | null; readonly problem: string | null };

/** What the mark of a cluster says on this machine's disk; null where there is none, or what is there says nothing. */
const ownMark = (name: string, incarnation: string): OwnMark => {
  try {
    const mark = JSON.parse(readFileSync(markSourcePath(name, incarnation), 'utf8')) as Partial<ClusterMark> | null;
    return { mark, problem: null };
  } catch (thrown) {
    // It is written over in place: half of it says nothing. Who writes it holds the lock and has its journal open.
    if (thrown instanceof SyntaxError || errnoOf(thrown) === 'ENOENT') return { mark: null, problem: null };
    if (errnoOf(thrown) === null) throw thrown;
    return { mark: null, problem: `the mark that says who uses it cannot be read: ${messageOf(thrown)}` };
  }
};

type Entries = Pick<FoundJournal, 'entries'> | Pick<DamagedJournal, 'entries'>;

const speaksOf = ({ entries }: Entries, name: string, incarnation: string | null): boolean =>
  entries.some((entry) => (incarnation === null ? entry.cluster === name : entry.incarnation === incarnation));

/** Whether who wrote a journal that is damaged has ended, or is this process: the mark of the cluster may say who that was. */
const hasEnded = ({ run, life }: DamagedJournal, mark: Partial<ClusterMark> | null): boolean => {
  if (life !== 'unknown') return life === 'dead';
  const last: unknown = mark?.process;
  return mark?.run === run && isProcessIdentity(last) && (isThisProcess(last) || lifeOf(last) === 'dead');
};

/**
 * Who but this process uses a cluster, or may, by what its users wrote down: a lock is gone as soon as somebody ends
 * the shell that holds it, or deletes its file, and the run goes on.
 * @param incarnation null: whichever bears the name
 */
export const writtenUse = (name: string, incarnation: string | null): ClusterUse | null => {
  const { mark, problem } = incarnation === null ? { mark: null, problem: null } : ownMark(name, incarnation);
  const { journals: all, damaged } = findJournals();
  const journals = all.filter(
    (journal) =>
      journal.life !== 'dead' &&
      !isThisProcess(journal.owner.process) &&
      (journal.owner.run === mark?.run || speaksOf(journal, name, incarnation)),
  );
  const journal = journals.find(({ life }) => life === 'alive') ?? journals[0];
  if (journal !== undefined) {
    const { process, run } = journal.owner;
    const isAtWork = journal.life === 'alive';
    const text = isAtWork
      ? `${processText(process)} is at work on it (run ${run})`
      : `run ${run} may be at work on it (${processText(process)}, whose end cannot be seen from here)`;
    return { process, isAtWork, mayBeAtWork: true, text };
  }
  const half = damaged.find(
    (one) => ((one.run !== null && one.run === mark?.run) || speaksOf(one, name, incarnation)) && !hasEnded(one, mark),
  );
  if (half !== undefined) {
    const text = `a run may be at work on it, of whose journal ${half.path} is damaged`;
    return { process: null, isAtWork: false, mayBeAtWork: true, text };
  }
  if (problem !== null) return { process: null, isAtWork: false, mayBeAtWork: true, text: problem };
  const last: unknown = mark?.process;
  if (!isProcessIdentity(last) || isThisProcess(last) || lifeOf(last) !== 'alive') return null;
  return {
    process: last,
    isAtWork: false,
    mayBeAtWork: false,
    text: `${processText(last)} made it or used it last, and still runs`,
  };
};

/** Who but this process uses a cluster, or may: who holds its lock, or else who wrote down that it does. */
export const clusterUse = async (name: string, incarnation: string | null): Promise<ClusterUse | null> => {
  const user = await clusterUser(name);
  if (user !== null) return { ...user, isAtWork: true, mayBeAtWork: true };
  return writtenUse(name, incarnation);
};
