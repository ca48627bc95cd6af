import type { Writable } from 'node:stream';

/** How a command ended. Only `exited` has an exit code. */
export type CommandEnding = 'exited' | 'signalled' | 'timedOut' | 'cancelled' | 'notStarted';

/** What one command did. Success and failure carry the same keys. */
export type CommandResult = {
  /** The node it ran on; null for this machine. */
  readonly node: string | null;
  /** Quoted, ready to paste into a shell. */
  readonly command: string;
  readonly ended: CommandEnding;
  /** null unless `ended` is 'exited'. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** One command with its arguments as an array: nothing here ever passes through a shell. */
export type HostCommand = {
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The end of a pipe that the program and what it starts keep open, should this process be killed before them. */
  readonly keepsOpen?: Writable;
};

/** Runs a command on this machine. Resolves for every ending and never rejects. */
export type HostExec = (command: HostCommand, signal?: AbortSignal) => Promise<CommandResult>;

/**
 * Bash for a script whose input is a pipe of ours. Bash takes a socket as its input, where no shell started us, for a
 * login over the network, and would run the user's own ~/.bashrc first (bash(1), "Invoked by remote shell daemon").
 */
export const bashScript = ['bash', '--norc', '-c'] as const;

const safe = /^[\w@%+=:,./-]+$/;

/** One argument as a POSIX shell would want it typed. */
export const quoteArgument = (argument: string): string =>
  safe.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;

/** A whole command line for people to paste. Never executed from here. */
export const quoteCommand = (argv: readonly string[]): string => argv.map(quoteArgument).join(' ');

/** A cluster that somebody has, as it is named on a command line. */
export type NamedContext = {
  readonly context: string;
  /** The file that was given; absent or null: as kubectl finds it. */
  readonly kubeconfig?: string | null | undefined;
};

/**
 * `--context staging --kubeconfig FILE`, for kubectl and for skipbeat. Contexts of many clusters have one name (`default`, `kubernetes-admin@kubernetes`):
 * without its file a command that is typed next would be about another cluster.
 */
export const contextText = ({ context, kubeconfig = null }: NamedContext): string =>
  quoteCommand(['--context', context, ...(kubeconfig === null ? [] : ['--kubeconfig', kubeconfig])]);

export const succeeded = (result: CommandResult): boolean => result.ended === 'exited' && result.exitCode === 0;
