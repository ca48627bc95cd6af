import { type ExitCode, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';

/** A signal that comes again within this time is the same signal: a terminal and npm each hand Ctrl-C on. */
const samePressMs = 1500;

const codes: Readonly<Record<string, ExitCode>> = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.terminated,
};

export type Interruption = {
  /** Fires with INTERRUPTED (exit 130 or 143) at the first signal. */
  readonly signal: AbortSignal;
  readonly dispose: () => void;
};

/** What is printed at the first signal, at the second, and as the error that ends the command; each behind its name. */
export type InterruptTexts = { readonly first: string; readonly again: string; readonly ended: string };

const ofRun: InterruptTexts = {
  first: 'undoing what this run did; once more leaves at once',
  again: `leaving with the undo unfinished. Try:  ${skipbeat('cleanup')}`,
  ended: 'everything this run did was undone',
};

/**
 * Turns SIGINT, SIGTERM and SIGHUP into one abort, after which the run undoes what it did. A second signal, later, leaves
 * at once: the journal then still holds what is to be undone.
 * @param log prints a line for the person who waits
 */
export const watchSignals = (log: (line: string) => void, texts: InterruptTexts = ofRun): Interruption => {
  const controller = new AbortController();
  let firstAtMs = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    const code = codes[name] ?? exitCodes.terminated;
    if (!controller.signal.aborted) {
      firstAtMs = performance.now();
      log(`${name}: ${texts.first}`);
      controller.abort(
        new SkipbeatError('INTERRUPTED', `Interrupted by ${name}; ${texts.ended}.`, {
          exitCode: code,
        }),
      );
      return;
    }
    // A terminal that closes after a Ctrl-C is nobody's second signal.
    if (name === 'SIGHUP' || performance.now() - firstAtMs < samePressMs) return;
    log(`${name} again: ${texts.again}`);
    process.exit(code);
  };
  for (const name of Object.keys(codes)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of Object.keys(codes)) process.off(name, onSignal);
    },
  };
};
