import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { cacheDir } from '../common/paths.ts';
import { readText } from './text.ts';

/**
 * Holds this user's set-up for one process at a time; a lock whose holder is gone is taken over.
 * @returns what lets it go
 * @throws SkipbeatError SETUP_RUNNING (exit 75) while another process holds it
 */
export const lockSetup = async (): Promise<() => Promise<void>> => {
  const file = join(cacheDir(), 'setup.lock');
  await mkdir(cacheDir(), { recursive: true });
  const mine = await identity(process.pid);
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const holder = (await readText(file)) ?? '';
    const pid = Number(holder.split(' ')[0]);
    if (pid > 0 && holder === (await identity(pid))) break;
    await rm(file, { force: true });
  }
  const holder = ((await readText(file)) ?? '').split(' ')[0];
  throw new SkipbeatError('SETUP_RUNNING', `Another set-up is at work (process ${holder}); ${file} says so.`, {
    exitCode: exitCodes.environment,
    next: 'npm run setup, when that one has ended',
  });
};

/** A pid and when it started, so that a number given again to another process is not mistaken for the holder. */
const identity = async (pid: number): Promise<string> => {
  const stat = await readText(`/proc/${pid}/stat`);
  // The name in field 2 may hold spaces; what follows it does not. Field 22 is the start time. @see proc(5)
  const startedAt = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${pid} ${startedAt ?? 'gone'}`;
};
