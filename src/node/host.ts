import { execa } from 'execa';
import { type CommandResult, type HostCommander, quoteCommand } from '../common/command.ts';

/**
 * The door to this machine: runs one program with its arguments, never through a shell.
 * The time limit ends it with SIGTERM and, 5 s later, SIGKILL; output is kept whole up to 20 MB.
 */
export const hostCommander: HostCommander = async ({ argv, timeoutMs, input, env }, signal) => {
  const [file, ...args] = argv;
  const startedAtMs = performance.now();
  const result = await execa(file, args, {
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
  const ended: CommandResult['ended'] = result.isCanceled
    ? 'cancelled'
    : result.timedOut
      ? 'timedOut'
      : result.isTerminated
        ? 'signalled'
        : result.exitCode === undefined
          ? 'notStarted'
          : 'exited';
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
