import { execa } from 'execa';
import { type CommandEnding, type HostExec, quoteCommand } from '../common/command.ts';
import { errnoOf } from '../common/errors.ts';

/** Signals a program and all that it started; a group that is gone is what was wanted. */
export const endGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
};

/** How long a program that was asked to end may take over it. */
const endingMs = 5000;

/**
 * Runs one program of this machine with its arguments, never through a shell. At the time limit, or when the
 * signal fires, the program and all that it had started are asked to end, and killed 5 s later: kind's own docker
 * commands would else go on making containers. Output is kept whole up to 20 MB.
 */
export const hostExec: HostExec = async ({ argv, timeoutMs, input, env, keepsOpen }, signal) => {
  const command = quoteCommand(argv);
  if (signal?.aborted === true) {
    return { node: null, command, ended: 'cancelled', exitCode: null, stdout: '', stderr: '', durationMs: 0 };
  }
  const [file, ...args] = argv;
  const startedAtMs = performance.now();
  const child = execa(file, args, {
    reject: false,
    maxBuffer: 20_000_000,
    stripFinalNewline: true,
    // Its own process group: a Ctrl-C in the terminal reaches skipbeat alone, which then undoes in order.
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(keepsOpen === undefined ? [] : [keepsOpen])],
    ...(input === undefined ? {} : { input }),
    ...(env === undefined ? {} : { env }),
  });
  let stopped: 'timedOut' | 'cancelled' | null = null;
  let killer: NodeJS.Timeout | undefined;
  const stop = (why: 'timedOut' | 'cancelled'): void => {
    if (stopped !== null) return;
    stopped = why;
    endGroup(child.pid, 'SIGTERM');
    killer = setTimeout(() => endGroup(child.pid, 'SIGKILL'), endingMs);
  };
  const onAbort = (): void => stop('cancelled');
  const limit = setTimeout(() => stop('timedOut'), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  const result = await child;
  clearTimeout(limit);
  clearTimeout(killer);
  signal?.removeEventListener('abort', onAbort);
  const notStarted = result.exitCode === undefined && !result.isTerminated;
  const ended: CommandEnding = stopped ?? (notStarted ? 'notStarted' : result.isTerminated ? 'signalled' : 'exited');
  return {
    node: null,
    command,
    ended,
    exitCode: ended === 'exited' ? (result.exitCode ?? null) : null,
    stdout: result.stdout ?? '',
    stderr: (result.stderr ?? '') + (ended === 'notStarted' ? (result.originalMessage ?? '') : ''),
    durationMs: performance.now() - startedAtMs,
  };
};
