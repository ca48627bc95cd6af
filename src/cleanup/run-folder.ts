import { type ClusterRecord, knownClusters, readRecord } from '../cluster/index.ts';
import { SkipbeatError } from '../common/errors.ts';
import { realFolder } from '../common/host/folder.ts';
import type { DamagedJournal, JournalOwner } from '../journal/index.ts';

/** Where the evidence of a run lies, as it wrote it down. */
export type WrittenFolder = Partial<Pick<JournalOwner, 'folder' | 'realFolder'>>;

/**
 * Whether what a run wrote down is the folder that is asked for. `unknown`: it does not say, or links that led elsewhere
 * when the run began lead there today.
 */
export type FolderMatch = 'its' | 'anothers' | 'unknown';

/** @param asked by its one name, whichever links lead there */
export const matchFolder = (written: WrittenFolder | null, asked: string): FolderMatch => {
  if (written === null || (typeof written.folder !== 'string' && written.folder !== null)) return 'unknown';
  const { folder, realFolder: real } = written;
  if (real === asked) return 'its';
  if (folder === null || realFolder(folder) !== asked) return 'anothers';
  return typeof real === 'string' ? 'unknown' : 'its';
};

/** Of a run whose folder was another when it began than what its links lead to now. */
export const ledElsewhere = ({ folder, realFolder: real }: WrittenFolder): string =>
  `whether it is of that run is not known: ${folder} leads there now, and led to ${real} when it began`;

/** The record of the cluster that a run made. Records that cannot be read are reported where they are removed. */
const recordOfRun = (run: string): ClusterRecord | null => {
  for (const name of knownClusters()) {
    try {
      const record = readRecord(name);
      if (record?.run === run) return record;
    } catch (thrown) {
      if (!(thrown instanceof SkipbeatError)) throw thrown;
    }
  }
  return null;
};

/** Whether a damaged journal is of the run that is asked for, by what is left of it or the record of the cluster that it made. */
export const matchDamaged = ({ owner, run }: DamagedJournal, asked: string): FolderMatch =>
  matchFolder(owner ?? (run === null ? null : recordOfRun(run)), asked);
