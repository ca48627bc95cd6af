import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { replayUndo } from '../../src/fault/index.ts';
import { findJournals } from '../../src/journal/index.ts';
import { pairs } from './lab.ts';
import type { Killed } from './result.ts';

/** What the program was started with; empty for one that has just gone. */
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return '';
    throw thrown;
  }
};

const guards = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).includes('skipbeat-guard'))
    .map(Number);

/** Ends a process that may have ended by itself since it was listed, as a shell's own children do. */
const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
};

const replayAll = async (): Promise<string> => {
  const said: string[] = [];
  for (const journal of findJournals().journals) {
    if (journal.life === 'alive') continue;
    for (const entry of journal.entries) {
      if (entry.kind === 'fault') said.push(await replayUndo(entry, pairs.direct.site.exec));
      journal.done(entry.id);
    }
    journal.close();
  }
  return said.join('; ');
};

/** Longer than the 20 s in which the dead-man's switch has to notice. */
const patienceMs = 30_000;

/**
 * Resolves once none of these processes is there any more, as soon as that is so. Their listing would tell the same, and would take
 * most of a core of user-mode Linux meanwhile.
 */
const untilEnded = async (pids: readonly number[]): Promise<boolean> => {
  const deadlineMs = performance.now() + patienceMs;
  while (pids.some((pid) => commandOf(String(pid)) !== '')) {
    if (performance.now() > deadlineMs) return false;
    await delay(100);
  }
  return true;
};

/** Whether the switches come to their end, and all is listed as expected then and a second later: nothing comes afterwards. */
const untilListed = async (
  switches: readonly number[],
  listing: () => Promise<string>,
  expected: string,
): Promise<boolean> => {
  if (!(await untilEnded(switches)) || (await listing()) !== expected) return false;
  await delay(1000);
  return (await listing()) === expected;
};

/** Lets a process inject a fault, kills it at a boundary, and lets one of the layers undo what it left. */
export const killAt = async (
  boundary: string,
  undoneBy: Killed['undoneBy'],
  number: number,
  pair: keyof typeof pairs = 'direct',
): Promise<Killed> => {
  const { listing } = pairs[pair];
  const before = await listing();
  const child = spawn(process.execPath, ['test/user-mode-linux/victim.ts', boundary, `killed-${number}`, pair], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  // The journal alone is to undo it where the switches in the node are gone as well.
  const switches = guards();
  if (undoneBy === 'journal') for (const pid of switches) end(pid);
  const touched = (await listing()) !== before;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  const startedAtMs = performance.now();
  const evidence = undoneBy === 'journal' ? await replayAll() : 'the switch in the node';
  const listedAsBefore =
    undoneBy === 'journal' ? (await listing()) === before : await untilListed(switches, listing, before);
  const tookMs = performance.now() - startedAtMs;
  await replayAll();
  return { boundary, undoneBy, touched, listedAsBefore, tookMs, evidence };
};
