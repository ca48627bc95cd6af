import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { makeFolder } from '../common/host/folder.ts';

/**
 * Holds the lock for as long as its standard input stands open: a process that dies, however it dies, lets go. A holder
 * that ends takes the file with it; who waited for that very file then sees that it is not the one on the disk, and asks
 * again. A file that was put in its place meanwhile is another holder's. What ends by a signal to all that runs (a unit of
 * systemd that is stopped) has it until all is undone.
 * @see flock(1), flock(2)
 */
const holdScript = `
trap '' HUP INT TERM
exec 9<>"$1" || exit 73
flock -E 75 -x -w "$3" 9 || exit $?
[ "$1" -ef /proc/self/fd/9 ] || exit 76
printf '%s' "$2" > "$1" || exit 73
stat -L -c '%d:%i' /proc/self/fd/9 || exit 73
cat > /dev/null
[ "$1" -ef /proc/self/fd/9 ] && rm -f "$1"
`;

/**
 * Prints who holds the lock, and ends with 75; ends with 0 where nobody does, and otherwise where it cannot be known. It
 * reads what it asked about: the file may be gone from its folder, or be another's, a moment later.
 */
const askScript = `
[ -e "$1" ] || exit 0
command exec 9<"$1" || { [ -e "$1" ] && exit 76; exit 0; }
flock -E 75 -s -n 9
ended=$?
[ "$ended" = 75 ] || exit "$ended"
cat <&9
exit 75
`;

/** Whoever only asks has the lock for some milliseconds: wait so long before it counts as held. */
const patienceSeconds = 1;

/** Between taking the lock and writing who it is a holder needs some microseconds of CPU: ask so often, with a pause in between. */
const maxQuestions = 50;
const questionEveryMs = 20;

const heldExit = 75;
const replacedExit = 76;

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
    const { dev, ino } = await stat(file, { bigint: true });
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

const lockImpossible = (file: string, found: string): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected a file that flock(1) can lock, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'install util-linux, and let that folder be one that can be written',
  });

/** Somebody has it, and its text was emptied since, or is not written for a second. */
const lockUnnamed = (file: string): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected to read who holds it, found a lock that says nothing.`, {
    exitCode: exitCodes.environment,
    next: `fuser -v ${quoteArgument(file)}  names the process that holds it: wait for it, or end what started it`,
  });

type Ended = { readonly exitCode?: number | undefined; readonly signal?: string | undefined; readonly stderr: string };

/** Of the shell, without the script that it was given. */
const endingText = ({ exitCode, signal, stderr }: Ended): string =>
  stderr.trim().split('\n')[0] ||
  (signal !== undefined ? `signal ${signal}` : exitCode !== undefined ? `exit ${exitCode}` : 'sh did not start');

/** Its own process group: a Ctrl-C in the terminal reaches us alone, and the lock stands until all is undone. */
const start = (script: string, args: readonly string[]) =>
  execa('sh', ['-c', script, 'skipbeat-lock', ...args], {
    reject: false,
    detached: true,
    cleanup: false,
    stdin: 'pipe',
  });

/**
 * Who holds the lock of that file now, as it wrote when it took it; null where nobody does.
 * @throws SkipbeatError LOCK_IMPOSSIBLE (exit 75) where that cannot be asked, or somebody holds it for a second and has not
 *   written who it is
 */
export const lockHolder = async (file: string): Promise<string | null> => {
  let found: string | null = null;
  for (let questions = 0; questions < maxQuestions; questions += 1) {
    const ended = await start(askScript, [file]);
    if (ended.exitCode === 0) return null;
    // One that was put in its place meanwhile, or that may not be read.
    if (ended.exitCode === replacedExit) found = endingText(ended);
    else if (ended.exitCode !== heldExit) throw lockImpossible(file, endingText(ended));
    if (ended.stdout !== '') return ended.stdout;
    await delay(questionEveryMs);
  }
  throw found === null ? lockUnnamed(file) : lockImpossible(file, found);
};

/**
 * Takes the one lock that a file stands for: of all processes on all machines that see the file, one has it at a time.
 * @param holder what others read of the holder meanwhile
 * @returns the lock, or what its holder wrote where somebody has it
 * @throws SkipbeatError LOCK_IMPOSSIBLE (exit 75) where files cannot be locked here
 */
export const takeLock = async (file: string, holder: string): Promise<Lock | { readonly heldBy: string }> => {
  makeFolder(dirname(file), 0o700);
  for (;;) {
    const child = start(holdScript, [file, holder, String(patienceSeconds)]);
    const held = new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
    const first = await Promise.race([held, child]);
    if (typeof first === 'string') {
      let ending: Promise<void> | null = null;
      const lost = new AbortController();
      const unwatch = watchFile(file, first, () =>
        lost.abort(lockImpossible(file, 'somebody deleted it, or put another in its place, while it was locked')),
      );
      child.then((ended) => {
        unwatch();
        if (ending === null) lost.abort(lockImpossible(file, `what held its lock ended: ${endingText(ended)}`));
      });
      const release = (): Promise<void> => {
        unwatch();
        child.stdin.end();
        ending ??= child.then(() => undefined);
        return ending;
      };
      return { release, lost: lost.signal };
    }
    if (first.exitCode === replacedExit) continue;
    if (first.exitCode !== heldExit) throw lockImpossible(file, endingText(first));
    const heldBy = await lockHolder(file);
    // Let go just now: ask anew.
    if (heldBy !== null) return { heldBy };
  }
};
