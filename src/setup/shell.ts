import { $, ProcessOutput, type ProcessPromise } from 'zx/core';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';

/** What every step that changes something is given. */
export type ActOptions = {
  readonly signal: AbortSignal;
  /** Prints what has been done so far within a long step. */
  readonly note: (text: string) => void;
};

export type ShellOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For everything that runs through the shell made with it, together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * zx, quiet, with a time limit. Every value is interpolated, so zx quotes it; an array becomes one argument each.
 * Standard input is closed: nothing here may wait for an answer.
 */
export const shell = ({ cwd = process.cwd(), env, timeoutMs, signal }: ShellOptions) =>
  $({
    quiet: true,
    // A process group of its own: the signal then ends a build's compilers too, not the shell alone.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    // zx would take the folder in which it was loaded, which may be gone by now.
    cwd,
  });

/**
 * Awaits a command and gives its standard output.
 * @param what the step, as it completes "… failed"
 * @throws SkipbeatError SETUP_STEP_FAILED (exit 75) with the command's last lines, or SETUP_INTERRUPTED (exit 130)
 */
export const attempt = async (what: string, command: ProcessPromise, signal: AbortSignal): Promise<string> => {
  try {
    return (await command).stdout;
  } catch (error) {
    throwIfInterrupted(signal);
    if (!(error instanceof ProcessOutput)) throw error;
    throw stepFailed(what, command.cmd.trim(), error);
  }
};

const stepFailed = (what: string, command: string, output: ProcessOutput): SkipbeatError => {
  const outputs = [output.stdout, output.stderr].map((text) => text.trim()).filter((text) => text !== '');
  const lastLines = outputs.join('\n').split('\n').slice(-12).join('\n');
  const how =
    output.cause?.name === 'AbortError'
      ? 'took longer than its time limit'
      : output.signal === null
        ? `ended with ${output.exitCode}`
        : `was ended by ${output.signal}`;
  const message = lastLines === '' ? '.' : `, saying:\n${lastLines}`;
  return new SkipbeatError('SETUP_STEP_FAILED', `${what} failed: ${command}\n${how}${message}`, {
    exitCode: exitCodes.environment,
    next: skipbeat('doctor'),
    cause: output,
  });
};

/**
 * @throws SkipbeatError SETUP_INTERRUPTED once the signal has been given: exit 143 where its reason is 'SIGTERM', else 130
 */
export const throwIfInterrupted = (signal: AbortSignal): void => {
  if (!signal.aborted) return;
  throw new SkipbeatError('SETUP_INTERRUPTED', 'Interrupted; what was half made has been removed.', {
    exitCode: signal.reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted,
    next: skipbeat('setup'),
  });
};
