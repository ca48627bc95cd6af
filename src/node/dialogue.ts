import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { endGroup } from './host-exec.ts';

/** A program of this machine that is spoken to, line by line, for as long as it runs. */
export type Dialogue = {
  readonly send: (line: string) => void;
  readonly onLine: (take: (line: string) => void) => void;
  /** Never rejects: in words, how it ended. */
  readonly ended: Promise<string>;
  /** Ends its input, and the program itself where it has not ended `withinMs` later: with 0 at once, before it learns of that. Safe twice. */
  readonly end: (withinMs: number) => Promise<string>;
};

/** How much of what a program prints beside its lines is kept, from the end. */
const keptChars = 2000;

export const startDialogue = (argv: readonly [string, ...string[]]): Dialogue => {
  const [file, ...args] = argv;
  // Its own process group: a Ctrl-C in the terminal reaches us alone, and we undo in order.
  const child = execa(file, args, { reject: false, stdin: 'pipe', buffer: false, detached: true, cleanup: true });
  let output = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    output = (output + text).slice(-keptChars);
  });
  // Whoever is gone ends by itself; what it printed says more than that nothing can be written to it.
  let unwritten = '';
  child.stdin.on('error', (thrown: Error) => {
    unwritten = thrown.message;
  });
  const lines = createInterface({ input: child.stdout });
  const ended = child.then(({ exitCode, signal, originalMessage }) => {
    const how = exitCode !== undefined ? `exit code ${exitCode}` : (signal ?? originalMessage ?? 'not started');
    const last = output.trim().split('\n').slice(-2).join(' / ') || unwritten;
    return last === '' ? how : `${how}: ${last}`;
  });
  return {
    send: (line) => {
      if (child.stdin.writable) child.stdin.write(`${line}\n`);
    },
    onLine: (take) => {
      lines.on('line', take);
    },
    ended,
    end: async (withinMs) => {
      const kill = (): void => endGroup(child.pid, 'SIGKILL');
      if (withinMs === 0) kill();
      child.stdin.end();
      const limit = setTimeout(kill, withinMs);
      try {
        return await ended;
      } finally {
        clearTimeout(limit);
      }
    },
  };
};
