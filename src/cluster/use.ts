import { errnoOf, messageOf } from '../common/errors.ts';
import { isProcessIdentity, isThisProcess, lifeOf, processText } from '../common/host/process.ts';
import { readState } from '../common/host/text-file.ts';
import { type DamagedJournal, type FoundJournal, findJournals } from '../journal/index.ts';
import { incarnationOf } from './names.ts';
import { type ClusterMark, markSourcePath } from './owner.ts';
import { type ClusterUser, clusterUser, keptFiles } from './store.ts';

/** Another process that uses a cluster of this state folder, or may. */
export type ClusterUse = ClusterUser & {
  /** It runs on it now, or who does cannot be read: not even by name it goes. Otherwise it may run again: by name it does. */
  readonly isAtWork: boolean;
  /** A run that has not ended as far as can be known: nobody else takes it for a run. */
  readonly mayBeAtWork: boolean;
  /** What says so is of this cluster. Else it is damage that does not say of which cluster it is, and may be of this one. */
  readonly named: boolean;
};

type OwnMark = { readonly mark: Partial<ClusterMark> | null; readonly problem: string | null };

/** What the mark of a cluster says on this machine's disk; null where there is none, or what is there says nothing. */
export const ownMark = (name: string, incarnation: string): OwnMark => {
  try {
    const mark = JSON.parse(readState(markSourcePath(name, incarnation))) as Partial<ClusterMark> | null;
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

/** Whether that process is known to do nothing to a cluster that another one does not: it has ended, or is this one. */
const isIdle = (process: unknown): boolean =>
  isProcessIdentity(process) && (isThisProcess(process) || lifeOf(process) === 'dead');

/** Whether who wrote a journal that is damaged has ended, or is this process: the mark of the cluster may say who that was. */
const hasEnded = ({ run, life }: DamagedJournal, mark: Partial<ClusterMark> | null): boolean => {
  if (life !== 'unknown') return life === 'dead';
  return mark?.run === run && isIdle(mark?.process);
};

/**
 * Who used a cluster last is its mark's; of one that is known by its name alone, each mark that is kept under it counts. Of one
 * that was never made nothing is kept: it is written down before anything stands.
 */
const isClear = (name: string, mark: Partial<ClusterMark> | null, incarnation: string | null): boolean => {
  if (incarnation !== null) return isIdle(mark?.process);
  try {
    const kept = keptFiles(name);
    const marks = kept.flatMap((file) => incarnationOf(file) ?? []);
    return kept.length === 0 || (marks.length > 0 && marks.every((one) => isIdle(ownMark(name, one).mark?.process)));
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return false;
    throw thrown;
  }
};

/**
 * Damaged files of journals that are, or may be, about a cluster, but for this process's own. `named`: what is left of them
 * speaks of it, or they are of the run that used it last; else they do not say of which cluster they are.
 */
export const damagedOn = (
  name: string,
  incarnation: string | null,
  mark: Partial<ClusterMark> | null,
): readonly (DamagedJournal & { readonly named: boolean })[] => {
  const { journals, damaged } = findJournals();
  const own = journals.filter(({ owner }) => isThisProcess(owner.process)).map(({ owner }) => owner.run);
  return damaged.flatMap((one) => {
    if (one.run !== null && own.includes(one.run)) return [];
    const named = (one.run !== null && one.run === mark?.run) || speaksOf(one, name, incarnation);
    return named || one.entries.length === 0 ? [{ ...one, named }] : [];
  });
};

/**
 * Who but this process uses a cluster, or may, by what its users wrote down: a lock is gone as soon as somebody ends
 * the shell that holds it, or deletes its file, and the run goes on.
 * @param incarnation null: whichever bears the name
 */
export const writtenUse = (name: string, incarnation: string | null): ClusterUse | null => {
  const { mark, problem } = incarnation === null ? { mark: null, problem: null } : ownMark(name, incarnation);
  const journals = findJournals().journals.filter(
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
    return { process, isAtWork, mayBeAtWork: true, named: true, text };
  }
  const damaged = damagedOn(name, incarnation, mark);
  const half =
    damaged.find((one) => one.named && !hasEnded(one, mark)) ??
    damaged.find((one) => !one.named && one.life !== 'dead' && !isClear(name, mark, incarnation));
  if (half !== undefined) {
    const text = half.named
      ? `a run may be at work on it, of whose journal ${half.path} is damaged`
      : `a run may be at work on it: ${half.path} is damaged, and does not say of which cluster it is`;
    const { named } = half;
    return { process: null, isAtWork: named && half.life === 'alive', mayBeAtWork: true, named, text };
  }
  if (problem !== null) return { process: null, isAtWork: false, mayBeAtWork: true, named: true, text: problem };
  const last: unknown = mark?.process;
  if (!isProcessIdentity(last) || isIdle(last)) return null;
  const ends = lifeOf(last) === 'alive' ? 'still runs' : 'its end cannot be seen from here';
  return {
    process: last,
    isAtWork: false,
    // While it was at work its journal said so: there is none that does, and none that may.
    mayBeAtWork: false,
    named: true,
    text: `${processText(last)} made it or used it last, and ${ends}`,
  };
};

/** Who but this process uses a cluster, or may: who holds its lock, or else who wrote down that it does. */
export const clusterUse = async (name: string, incarnation: string | null): Promise<ClusterUse | null> => {
  const user = await clusterUser(name);
  if (user !== null) return { ...user, isAtWork: true, mayBeAtWork: true, named: true };
  return writtenUse(name, incarnation);
};
