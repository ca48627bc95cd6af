import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isAbsent, isFolder, makeFolder } from '../common/host/folder.ts';

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

/** What helps, by what the system said; without any of these it is the program that is missing. @see man 2 open */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'free space on that disk (df -h, df -i)',
  EDQUOT: 'free space on that disk, or have the quota raised',
  EROFS: 'let that folder be one that can be written, or choose another with SKIPBEAT_STATE_DIR or --out',
  EACCES: 'run it as the user whose folder that is, or choose another with SKIPBEAT_STATE_DIR or --out',
  EPERM: 'run it as the user whose folder that is, or choose another with SKIPBEAT_STATE_DIR or --out',
  ENOENT: 'look where that folder, or a link on the way to it, has gone',
  ENOTDIR: 'look at the folder: a file, or a link that leads nowhere, stands where one is expected',
  ELOOP: 'look at the folder: a link on the way to it leads back to itself',
};

const lockImpossible = (file: string, found: string, next = 'install util-linux'): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected a file that flock(1) can lock, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next,
  });

/** It is neither written to nor deleted: somebody put it there, for what we cannot know. */
const lockForeign = (file: string, found: string): SkipbeatError =>
  new SkipbeatError('LOCK_FOREIGN', `${file}: expected a lock of skipbeat or nothing, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `look at  ls -ld ${quoteArgument(file)}  and move it away: skipbeat leaves it as it is`,
  });

const foreignText = 'a file with a text that names no process';

const kinds = [
  ['isSymbolicLink', 'a symbolic link'],
  ['isDirectory', 'a folder'],
  ['isFIFO', 'a named pipe'],
  ['isSocket', 'a socket'],
] as const;

/** Why what stands there is no lock of ours, whoever has it; null where it may be. */
const whyForeign = (status: Stats): string | null => {
  if (!status.isFile()) return kinds.find(([is]) => status[is]())?.[1] ?? 'a device';
  return status.nlink > 1 ? `a file that has ${status.nlink} names` : null;
};

type Opened = { readonly descriptor: number; readonly status: Stats; readonly isNew: boolean };

/**
 * Opens what stands there, and nothing that a link leads to; never waits. null where nothing does.
 * @param isNew makes it, and opens nothing that is there
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75)
 */
const openLock = (file: string, access: number, isNew: boolean): Opened | null => {
  let descriptor: number;
  try {
    const found = isNew ? null : whyForeign(lstatSync(file));
    if (found !== null) throw lockForeign(file, found);
    const only = constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(file, access | only | (isNew ? constants.O_CREAT | constants.O_EXCL : 0), 0o644);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (thrown instanceof SkipbeatError || code === null) throw thrown;
    // Its folder is asked, for the file itself may be there again by now.
    const folder = dirname(file);
    if (isNew ? code === 'EEXIST' : code === 'ENOENT' && (isFolder(folder) || isAbsent(folder))) return null;
    throw lockImpossible(file, messageOf(thrown), remedies[code] ?? 'let that folder be one that can be written');
  }
  const status = fstatSync(descriptor);
  const why = whyForeign(status);
  // A file that was just deleted has no name, and whoever locks it sees that it is not the one on the disk.
  if (why === null) return { descriptor, status, isNew };
  closeSync(descriptor);
  throw lockForeign(file, why);
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

const makeLockFolder = (file: string): void => {
  try {
    makeFolder(dirname(file), 0o700);
  } catch (thrown) {
    // A file, or a link that leads nowhere, in its place or on the way to it.
    if (!['EEXIST', 'ENOTDIR', 'ELOOP'].includes(errnoOf(thrown) ?? '')) throw thrown;
    throw lockImpossible(file, messageOf(thrown), remedies.ENOTDIR);
  }
};

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

const root = 0;
/** By group and by all. @see inode(7) */
const writableByOthers = 0o022;

/**
 * Whose file it is, where that is somebody else's. Where root works for a user (`sudo -E`), what lies in that user's own folder,
 * where nobody else can put a file, is a lock as it would be one for the user.
 */
const userBut = ({ status: { uid } }: Opened, file: string): string | null => {
  const user = process.geteuid?.();
  if (user === undefined || uid === user) return null;
  const folder = statSync(dirname(file), { throwIfNoEntry: false });
  const isPrivate = folder !== undefined && folder.uid === uid && (folder.mode & writableByOthers) === 0;
  return user === root && isPrivate ? null : `a file of user ${uid}, who is another than ${user}`;
};

const isAnothers = (file: string): boolean => {
  const opened = openLock(file, constants.O_RDONLY, false);
  if (opened === null) return false;
  closeSync(opened.descriptor);
  return userBut(opened, file) !== null;
};

/**
 * Who holds the lock of that file now, as it wrote when it took it; null where nobody does, and it may be taken.
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75) where that cannot be asked, or somebody holds it for a second
 *   and has not written who it is
 */
export const lockHolder = async (file: string): Promise<string | null> => {
  for (let questions = 0; questions < maxQuestions; questions += 1) {
    const opened = openLock(file, constants.O_RDONLY, false);
    if (opened === null) return null;
    const anotherUser = userBut(opened, file);
    const ended = await start(askScript, [], opened.descriptor).ended;
    if (ended.exitCode === 0) {
      if (anotherUser !== null) throw lockForeign(file, anotherUser);
      if (!isOfHolder(ended.stdout)) throw lockForeign(file, foreignText);
      return null;
    }
    if (ended.exitCode !== heldExit) throw lockImpossible(file, endingText(ended));
    if (ended.stdout !== '') return ended.stdout;
    await delay(questionEveryMs);
  }
  throw lockUnnamed(file);
};

/**
 * Takes the one lock that a file stands for: of all processes on all machines that see the file, one has it at a time.
 * @param holder what others read of the holder meanwhile: a process, as JSON or by its number
 * @returns the lock, or what its holder wrote where somebody has it
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75) where files cannot be locked here
 */
export const takeLock = async (file: string, holder: string): Promise<Lock | { readonly heldBy: string }> => {
  makeLockFolder(file);
  for (;;) {
    const made = openLock(file, constants.O_RDWR, true);
    // Asked first: another user's file cannot be opened to write, and who holds it can be read all the same.
    const opened = made ?? (isAnothers(file) ? 'anothers' : openLock(file, constants.O_RDWR, false));
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
    if (!opened.isNew && userBut(opened, file) !== null) {
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
      return { release, lost: lost.signal };
    }
    if (first.exitCode === replacedExit) continue;
    if (first.exitCode === foreignExit) throw lockForeign(file, foreignText);
    if (first.exitCode !== heldExit) throw lockImpossible(file, endingText(first));
    const heldBy = await lockHolder(file);
    // Let go just now: ask anew.
    if (heldBy !== null) return { heldBy };
  }
};
