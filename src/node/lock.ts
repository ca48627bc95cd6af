import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
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
echo held
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
  /** Fires where what holds the lock was ended, and nobody let go: from then on another may have it. */
  readonly lost: AbortSignal;
};

const lockImpossible = (file: string, found: string): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected a file that flock(1) can lock, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'install util-linux, and let that folder be one that can be written',
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
  let found = 'somebody who holds it and has not written who it is';
  for (let questions = 0; questions < maxQuestions; questions += 1) {
    const ended = await start(askScript, [file]);
    if (ended.exitCode === 0) return null;
    // One that was put in its place meanwhile, or that may not be read.
    if (ended.exitCode === replacedExit) found = endingText(ended);
    else if (ended.exitCode !== heldExit) throw lockImpossible(file, endingText(ended));
    if (ended.stdout !== '') return ended.stdout;
    await delay(questionEveryMs);
  }
  throw lockImpossible(file, found);
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
    const held = new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true)));
    const first = await Promise.race([held, child]);
    if (first === true) {
      let ending: Promise<void> | null = null;
      const lost = new AbortController();
      child.then((ended) => {
        if (ending === null) lost.abort(lockImpossible(file, `what held its lock ended: ${endingText(ended)}`));
      });
      const release = (): Promise<void> => {
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
