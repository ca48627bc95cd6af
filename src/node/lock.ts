import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import {
  foreignText,
  isAnothers,
  type LockUsers,
  lockForeign,
  lockImpossible,
  makeLockFolder,
  openLock,
  userBut,
} from './lock-file.ts';

/**
 * Holds the lock of what is open as 3 for as long as its standard input stands open: a process that dies, however it dies,
 * lets go. A holder that ends takes the file with it; who waited for that very file then sees that it is not the one on the
 * disk, and asks again. A file that was put in its place meanwhile is another holder's. What ends by a signal to all that
 * runs (a unit of systemd that is stopped) has it until all is undone. It writes to what is open, by no name, and only over
 * what a holder wrote; a disk that is full keeps nobody from having the lock, and the others from reading who it is.
 * @see flock(1), flock(2)
 */
const holdScript = `
trap '' HUP INT TERM
opened=/proc/self/fd/3
[ -e "$opened" ] || { echo '/proc does not show what is open' >&2; exit 73; }
flock -E 75 -x -w "$3" 3 || exit $?
[ ! -L "$1" ] && [ "$1" -ef "$opened" ] || exit 76
case "$(head -c 4096 < "$opened" | tr -d '\\000')" in
  '' | '{"pid":'*) ;;
  *[!0-9' ']*) exit 77 ;;
esac
{ printf '%s' "$2" > "$opened"; } 2> /dev/null || true > "$opened"
echo held || exit 73
cat > /dev/null
[ ! -L "$1" ] && [ "$1" -ef "$opened" ] && rm -f -- "$1"
`;

/**
 * Prints what is written in what is open as 3. Ends with 75 where somebody holds its lock, with 0 where nobody does, and
 * otherwise where that cannot be known. The file may be gone from its folder, or be another's, a moment later.
 */
const askScript = `
flock -E 75 -s -n 3
ended=$?
head -c 4096 <&3
exit "$ended"
`;

/** Whether a holder wrote it, as `holdScript` tells that. A crash of the machine may leave zeros in place of a text. */
const isOfHolder = (text: string): boolean => /^(?:\{"pid":|[0-9 ]*$)/.test(text.replaceAll('\0', '').trimEnd());

/** Whoever only asks has the lock for some milliseconds: wait so long before it counts as held. */
const patienceSeconds = 1;

/** Between taking the lock and writing who it is a holder needs some microseconds of CPU: ask so often, with a pause in between. */
const maxQuestions = 50;
const questionEveryMs = 20;

const heldExit = 75;
const replacedExit = 76;
const foreignExit = 77;

export type Lock = {
  /** Lets go. Safe twice. */
  readonly release: () => Promise<void>;
  /** Fires where what holds the lock was ended, or its file deleted, and nobody let go: from then on another may have it. */
  readonly lost: AbortSignal;
  /** A program that keeps this open holds the lock, too, where this process is killed; it is let go of for both. */
  readonly keepsHeld: Writable;
};

/** Another who takes a lock whose file was deleted needs longer than this to do any harm: a file is asked after so often. */
const fileEveryMs = 500;

/**
 * Whether a file is not the one that was locked, as it is where somebody deleted it or put another in its place. What cannot
 * be looked at may still be it.
 * @param locked device and number of the one that was locked, which nobody is given anew while it is open
 */
const isReplaced = async (file: string, locked: string): Promise<boolean> => {
  try {
    const { dev, ino } = await lstat(file, { bigint: true });
    return `${dev}:${ino}` !== locked;
  } catch (thrown) {
    // ESTALE: another machine deleted it on a network's disk.
    return ['ENOENT', 'ENOTDIR', 'ESTALE'].includes(errnoOf(thrown) ?? '');
  }
};

/** Calls back once a file is not the one that was locked. @returns what ends it */
const watchFile = (file: string, locked: string, onReplaced: () => void): (() => void) => {
  let timer: NodeJS.Timeout | null = null;
  const next = (): void => {
    timer = setTimeout(async () => {
      const replaced = await isReplaced(file, locked);
      if (timer === null) return;
      if (replaced) onReplaced();
      else next();
    }, fileEveryMs).unref();
  };
  next();
  return () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
};

/** Somebody has it, and its text was emptied since, or is not written for a second. */
const lockUnnamed = (file: string): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected to read who holds it, found a lock that says nothing.`, {
    exitCode: exitCodes.environment,
    next: `fuser -v ${quoteArgument(file)}  names the process that holds it: wait for it, or end what started it`,
  });

type Ended = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Of the shell, without the script that it was given. */
const endingText = ({ exitCode, signal, stderr }: Ended): string =>
  stderr.trim().split('\n')[0] ||
  (signal !== null ? `signal ${signal}` : exitCode !== null ? `exit ${exitCode}` : 'sh did not start');

/**
 * Its own process group: a Ctrl-C in the terminal reaches us alone, and the lock stands until all is undone. What is open
 * stays so in it alone: a lock is let go where nobody has its file open any more.
 */
const start = (script: string, args: readonly string[], descriptor: number) => {
  const child = spawn('sh', ['-c', script, 'skipbeat-lock', ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', descriptor],
  }) as ChildProcessWithoutNullStreams;
  closeSync(descriptor);
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    // Without a shell there is no exit code.
    child.once('error', () => resolve({ exitCode: null, signal: null, ...said }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...said }));
  });
  return { stdin: child.stdin, stdout: child.stdout, ended };
};

/**
 * Who holds the lock of that file now, as it wrote when it took it; null where nobody does, and it may be taken. Of all users' the
 * text may be of one who held it before: who holds the file of another user cannot write into it.
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75) where that cannot be asked, or somebody holds it for a second
 *   and has not written who it is
 */
export const lockHolder = async (file: string, users: LockUsers = 'oneUser'): Promise<string | null> => {
  for (let questions = 0; questions < maxQuestions; questions += 1) {
    const opened = openLock(file, constants.O_RDONLY, false);
    if (opened === null) return null;
    const anotherUser = userBut(opened, file);
    const ended = await start(askScript, [], opened.descriptor).ended;
    if (ended.exitCode === 0) {
      if (users === 'oneUser' && anotherUser !== null) throw lockForeign(file, anotherUser);
      if (!isOfHolder(ended.stdout)) throw lockForeign(file, foreignText);
      return null;
    }
    if (ended.exitCode !== heldExit) throw lockImpossible(file, endingText(ended));
    if (ended.stdout !== '') return ended.stdout;
    await delay(questionEveryMs);
  }
  // Its file may be that of another user, who left it empty.
  if (users === 'allUsers') return '';
  throw lockUnnamed(file);
};

/**
 * Takes the one lock that a file stands for: of all processes on all machines that see the file, one has it at a time.
 * @param holder what others read of the holder meanwhile: a process, as JSON or by its number
 * @param users of all users each locks the file that is there; what cannot be written into another's file stays what it was
 * @returns the lock, or what its holder wrote where somebody has it
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75) where files cannot be locked here
 */
export const takeLock = async (
  file: string,
  holder: string,
  users: LockUsers = 'oneUser',
): Promise<Lock | { readonly heldBy: string }> => {
  makeLockFolder(file);
  const openThere = (): ReturnType<typeof openLock> | 'anothers' => {
    // The script asks for the right to write when it writes.
    if (users === 'allUsers') return openLock(file, constants.O_RDONLY, false);
    // Asked first: another user's file cannot be opened to write, and who holds it can be read all the same.
    return isAnothers(file) ? 'anothers' : openLock(file, constants.O_RDWR, false);
  };
  for (;;) {
    const opened = openLock(file, constants.O_RDWR, true, users) ?? openThere();
    // Deleted between the two. Others, who delete it, have to have their turn.
    if (opened === null) {
      await delay(1);
      continue;
    }
    if (opened === 'anothers') {
      const heldBy = await lockHolder(file);
      // Gone just now: ask anew.
      if (heldBy === null) continue;
      return { heldBy };
    }
    const { dev, ino } = fstatSync(opened.descriptor, { bigint: true });
    if (users === 'oneUser' && !opened.isNew && userBut(opened, file) !== null) {
      // Another's since it was asked.
      closeSync(opened.descriptor);
      continue;
    }
    const child = start(holdScript, [file, holder, String(patienceSeconds)], opened.descriptor);
    const held = new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true)));
    const first = await Promise.race([held, child.ended]);
    if (first === true) {
      let ending: Promise<void> | null = null;
      const lost = new AbortController();
      const unwatch = watchFile(file, `${dev}:${ino}`, () =>
        lost.abort(lockImpossible(file, 'somebody deleted it, or put another in its place, while it was locked')),
      );
      child.ended.then((ended) => {
        unwatch();
        if (ending === null) lost.abort(lockImpossible(file, `what held its lock ended: ${endingText(ended)}`));
      });
      const release = (): Promise<void> => {
        unwatch();
        child.stdin.end();
        ending ??= child.ended.then(() => undefined);
        return ending;
      };
      return { release, lost: lost.signal, keepsHeld: child.stdin };
    }
    if (first.exitCode === replacedExit) continue;
    if (first.exitCode === foreignExit) throw lockForeign(file, foreignText);
    if (first.exitCode !== heldExit) throw lockImpossible(file, endingText(first));
    const heldBy = await lockHolder(file, users);
    // Let go just now: ask anew.
    if (heldBy !== null) return { heldBy };
  }
};
