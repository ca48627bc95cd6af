import { execa } from 'execa';
import { type CommandResult, type HostCommander, quoteCommand } from '../common/command.ts';
import { errnoOf } from '../common/errors.ts';

/** Signals a program and all that it started; a group that is gone is what was wanted. */
const endGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
};

/**
 * The door to this machine: runs one program with its arguments, never through a shell.
 * The time limit ends it with SIGTERM and, 5 s later, SIGKILL; output is kept whole up to 20 MB.
 */
export const hostCommander: HostCommander = async ({ argv, timeoutMs, input, env }, signal) => {
  const [file, ...args] = argv;
  const startedAtMs = performance.now();
  const child = execa(file, args, {
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 5000,
    maxBuffer: 20_000_000,
    stripFinalNewline: true,
    // Its own process group: a Ctrl-C in the terminal reaches skipbeat alone, which then undoes in order.
    detached: true,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const onAbort = (): void => endGroup(child.pid, 'SIGTERM');
  signal?.addEventListener('abort', onAbort, { once: true });
  const result = await child;
  signal?.removeEventListener('abort', onAbort);
  const ended: CommandResult['ended'] = result.isCanceled
    ? 'cancelled'
    : result.timedOut
      ? 'timedOut'
      : result.isTerminated
        ? 'signalled'
        : result.exitCode === undefined
          ? 'notStarted'
          : 'exited';
  // What the program itself had started does not outlive it: kind's own docker commands would still make containers.
  if (ended === 'cancelled' || ended === 'timedOut') endGroup(child.pid, 'SIGKILL');
  return {
    node: null,
    command: quoteCommand(argv),
    ended,
    exitCode: ended === 'exited' ? (result.exitCode ?? null) : null,
    stdout: result.stdout ?? '',
    stderr: (result.stderr ?? '') + (ended === 'notStarted' ? (result.originalMessage ?? '') : ''),
    durationMs: performance.now() - startedAtMs,
  };
};
