import { execa } from 'execa';
import { bashScript } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { NodeCommand } from './node-exec.ts';

/** Beats go out this often … */
const beatEveryMs = 5000;
/** … and a switch that receives none for this long undoes by itself. */
const silenceSeconds = 15;

/**
 * The dead-man's switch, as it runs inside the node (beside it, where the node cannot help itself). It reads beats from
 * its standard input; when they stop, or when the input ends because the harness died, it runs the undo that it was
 * given as arguments, and once more a little later: a command that the harness had handed to the engine just before it
 * died may begin only then. `release` ends it quietly.
 */
const switchScript = `
trap '' HUP INT TERM PIPE
echo armed
while read -r -t "$1" beat; do [ "$beat" = release ] && exit 0; done
shift
"$@"
sleep 2
exec "$@"
`;

/** An armed dead-man's switch on one node. */
export type DeadManSwitch = {
  readonly node: string;
  /** Lets go without undoing anything: call it after the undo was proved. Resolves when the switch has ended. Safe twice. */
  readonly release: () => Promise<void>;
  /** Stops the beats for good, so that the switch undoes now: the last resort of an undo that failed. Safe twice. */
  readonly fire: () => Promise<void>;
};

/**
 * Arms a dead-man's switch on a node: once it is armed, `undo` runs there within 15 s of our death,
 * at once where the engine notices that we are gone.
 * @throws SkipbeatError GUARD_NOT_ARMED (exit 75) when the switch does not report within 20 s
 */
export const armDeadManSwitch = async (undo: NodeCommand, signal: AbortSignal): Promise<DeadManSwitch> => {
  signal.throwIfAborted();
  // Its own process group: a Ctrl-C in the terminal reaches us alone, and we undo in order.
  const [file, ...args] = [
    ...(undo.on === 'host' ? [] : ['docker', 'exec', '-i', undo.node]),
    ...[...bashScript, switchScript, 'skipbeat-guard', String(silenceSeconds), ...undo.argv],
  ] as [string, ...string[]];
  const child = execa(file, args, { reject: false, stdin: 'pipe', buffer: false, detached: true, cleanup: false });
  const ended = child.then(() => undefined);
  let output = '';
  const armed = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      output += text;
      if (output.includes('armed\n')) resolve(true);
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      output += text;
    });
    void ended.then(() => resolve(false));
    AbortSignal.any([signal, AbortSignal.timeout(20_000)]).addEventListener('abort', () => resolve(false));
  });
  // A beat that cannot be delivered means that the switch is gone; its undo has then run or will be ours to run.
  child.stdin.on('error', (thrown: Error) => {
    output += ` (${thrown.message})`;
  });
  const beat = (word: string): void => {
    if (child.stdin.writable) child.stdin.write(`${word}\n`);
  };
  if (!(await armed)) {
    child.stdin.end();
    signal.throwIfAborted();
    throw new SkipbeatError(
      'GUARD_NOT_ARMED',
      `The dead-man's switch on ${undo.node} did not arm, so the fault was not started. It said: ${output.trim() || 'nothing'}.`,
      { exitCode: exitCodes.environment, next: `docker exec ${undo.node} bash -c true` },
    );
  }
  const beats = setInterval(() => beat('alive'), beatEveryMs);
  beats.unref();
  let ending: Promise<void> | null = null;
  const end = (word: string | null): Promise<void> => {
    clearInterval(beats);
    if (ending === null) {
      if (word !== null) beat(word);
      child.stdin.end();
      // An engine that no longer answers must not hold the run: the switch in the node then ends by itself.
      const limit = setTimeout(() => child.kill('SIGKILL'), 10_000);
      ending = ended.finally(() => clearTimeout(limit));
    }
    return ending;
  };
  return { node: undo.node, release: () => end('release'), fire: () => end(null) };
};
