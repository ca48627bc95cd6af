import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { bootId, lifeOf, thisProcess } from '../common/host/process.ts';
import type { JournalOwner } from '../journal/index.ts';

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Whether a run gives such a name; others may keep half-written files of their own there. */
const isOurs = (name: string, pid: number): boolean => {
  const end = `.${pid}.part`;
  return name.endsWith(end) && /^[a-z-]+\.(?:json|ndjson|html|md|csv|txt|xml)$/.test(name.slice(0, -end.length));
};

/**
 * Files that a run was writing into its own folder when it was killed, by the number that their names bear: of a process
 * of this boot whose number nobody has now, so that they are no other's.
 */
const partsOf = ({ process, folder, realFolder }: JournalOwner): readonly string[] => {
  const place = realFolder ?? folder;
  const number = { ...thisProcess(), pid: process.pid, startTicks: null };
  if (place === null || process.bootId === null || process.bootId !== bootId()) return [];
  if (lifeOf(process) !== 'dead' || lifeOf(number) !== 'dead') return [];
  try {
    const names = readdirSync(place).filter((name) => isOurs(name, process.pid));
    return names.map((name) => join(place, name)).filter(isFile);
  } catch (thrown) {
    // What cannot be read keeps what it has.
    if (errnoOf(thrown) !== null) return [];
    throw thrown;
  }
};

/** Removes what a dead run had half written. @throws what the file system says of one that cannot be removed */
export const removeParts = (owner: JournalOwner): void => {
  for (const part of partsOf(owner)) rmSync(part, { force: true });
};
