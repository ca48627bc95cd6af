import { execa } from 'execa';
import { bashScript, type CommandEnding, type CommandResult, quoteCommand } from '../common/command.ts';
import { endGroup } from './host-exec.ts';
import { type NodeCommand, placed } from './node-exec.ts';

/**
 * Runs one command, and another so many seconds later, or at the first word or the end of its input: the way into the
 * node, which takes from 0.1 s to seconds, is in no length. After each it prints the clock of its place. The
 * second command finds in SKIPBEAT_TOLD what the first one printed. It bears the dead-man's switch's name, being one as well: its
 * input ends when the harness dies.
 * Arguments: seconds, the number of words of the first command, both commands.
 */
const holdScript = `
trap '' HUP INT TERM PIPE
now() { read -r up rest < /proc/uptime && up=$((10#\${up/./}))0 || up=; } 2>/dev/null
count=$2
first=("\${@:3:count}")
second=("\${@:3+count}")
printed=$("\${first[@]}" < /dev/null)
code=$?
now
export SKIPBEAT_TOLD=$printed
printf '%s\\nskipbeat-began %d %s\\n' "$printed" "$code" "$up"
[ "$code" -eq 0 ] || exit "$code"
# What is starved by what the first command did must not starve this, too.
renice -n -20 -p $$ > /dev/null 2>&1
read -r -t "$1" word
now
printf 'skipbeat-asked 0 %s\\n' "$up"
"\${second[@]}" < /dev/null
code=$?
now
printf '\\nskipbeat-ended %d %s\\n' "$code" "$up"
exit "$code"
`;

/** A command as it ended, and what the own monotonic clock of its place showed then (ms since its kernel booted, in steps of 10). */
export type Stamped = { readonly result: CommandResult; readonly clockMs: number | null };

/** Two commands, a length of time apart. Neither promise rejects. */
export type Hold = {
  readonly began: Promise<Stamped>;
  /** `askedMs`: the clock just before the second command. */
  readonly ended: Promise<Stamped & { readonly askedMs: number | null }>;
  /** Has the second command run now. Safe twice, and after it ran. */
  readonly end: () => void;
};

const mark = (
  word: string,
  output: string,
): { readonly code: number; readonly clockMs: number | null; readonly before: string } | null => {
  const found = new RegExp(`^skipbeat-${word} (\\d+) (\\d*)$`, 'm').exec(output);
  if (found === null) return null;
  const [, code = '', clock = ''] = found;
  return { code: Number(code), clockMs: clock === '' ? null : Number(clock), before: output.slice(0, found.index) };
};

/**
 * Runs a command on a node and, `lengthMs` later by the clock there, another one that undoes it. Within their own time
 * limits: a way in that does not come about ends both.
 */
export const startHold = (first: NodeCommand, second: NodeCommand, lengthMs: number): Hold => {
  const argv = [
    ...([
      ...bashScript,
      holdScript,
      'skipbeat-guard-hold',
      String(lengthMs / 1000),
      String(first.argv.length),
    ] as const),
    ...first.argv,
    ...second.argv,
  ] as const;
  const [file, ...args] = first.on === 'host' ? argv : (['docker', 'exec', '-i', first.node, ...argv] as const);
  const startedAtMs = performance.now();
  // Its own process group: a Ctrl-C in the terminal reaches us alone, and we undo in order.
  const child = execa(file, args, { reject: false, stdin: 'pipe', buffer: false, detached: true, cleanup: false });
  let output = '';
  let stderr = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    stderr += text;
  });
  // Whoever is gone ends by itself, and `child` says how.
  child.stdin.on('error', (thrown: Error) => {
    stderr += ` (${thrown.message})`;
  });
  const limit = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      timedOut = true;
      // With all that it had started on this machine, which would else hold its output open.
      endGroup(child.pid, 'SIGKILL');
    }, ms);
  let limiter = limit(first.timeoutMs);
  const began = Promise.withResolvers<Stamped>();
  const ended = Promise.withResolvers<Stamped & { readonly askedMs: number | null }>();
  const resultOf = (
    command: NodeCommand,
    how: CommandEnding,
    exitCode: number | null,
    stdout: string,
  ): CommandResult => ({
    node: command.node,
    command: quoteCommand(placed(command)),
    ...{ ended: how, exitCode, stdout: stdout.trim(), stderr: stderr.trim() },
    durationMs: performance.now() - startedAtMs,
  });
  const secondLimit = (ms: number): void => {
    clearTimeout(limiter);
    limiter = limit(ms);
  };
  let hasBegun = false;
  child.stdout.on('data', (text: string) => {
    output += text;
    const start = mark('began', output);
    // What a command that failed said comes on another pipe, and is complete at the end, which follows at once.
    if (start === null || start.code !== 0 || hasBegun) return;
    hasBegun = true;
    secondLimit(lengthMs + second.timeoutMs);
    began.resolve({ result: resultOf(first, 'exited', start.code, start.before), clockMs: start.clockMs });
  });
  void child.then((end) => {
    clearTimeout(limiter);
    const broke: CommandEnding = timedOut
      ? 'timedOut'
      : end.isTerminated
        ? 'signalled'
        : end.exitCode === undefined
          ? 'notStarted'
          : 'exited';
    // Without its mark a command did not come to its end, whatever the program around it prints.
    const exitCode = broke === 'exited' ? end.exitCode || 1 : null;
    if (end.originalMessage !== undefined && broke === 'notStarted') stderr += end.originalMessage;
    const failed = mark('began', output);
    began.resolve(
      failed === null
        ? { result: resultOf(first, broke, exitCode, output), clockMs: null }
        : { result: resultOf(first, 'exited', failed.code, failed.before), clockMs: failed.clockMs },
    );
    const stop = mark('ended', output);
    const asked = mark('asked', output);
    const secondOutput = output
      .slice(output.indexOf('\n', output.indexOf('skipbeat-asked')) + 1)
      .replace(/^skipbeat-ended .*$/m, '');
    ended.resolve(
      stop === null
        ? { result: resultOf(second, broke, exitCode, ''), clockMs: null, askedMs: null }
        : {
            result: resultOf(second, 'exited', stop.code, secondOutput),
            clockMs: stop.clockMs,
            askedMs: asked?.clockMs ?? null,
          },
    );
  });
  return {
    began: began.promise,
    ended: ended.promise,
    end: () => {
      if (!child.stdin.writable) return;
      child.stdin.end('now\n');
      secondLimit((hasBegun ? 0 : first.timeoutMs) + second.timeoutMs);
    },
  };
};
