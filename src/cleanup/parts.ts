import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { lifeOf } from '../common/host/process.ts';
import { isPartBy } from '../common/host/text-file.ts';
import type { JournalOwner } from '../journal/index.ts';

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * Files that a dead run was writing into its own folder when it was killed, by the name that no other process gives: another of
 * that number, in another PID namespace or on another machine, may be writing there.
 */
export const partsOf = ({ process, folder, realFolder }: JournalOwner): readonly string[] => {
  const place = realFolder ?? folder;
  if (typeof place !== 'string' || lifeOf(process) !== 'dead') return [];
  try {
    const names = readdirSync(place).filter((name) => isPartBy(name, process));
    return names.map((name) => join(place, name)).filter(isFile);
  } catch (thrown) {
    // What cannot be read keeps what it has.
    if (errnoOf(thrown) !== null) return [];
    throw thrown;
  }
};
