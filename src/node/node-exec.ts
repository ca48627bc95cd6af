import type { CommandResult, HostExec } from '../common/command.ts';

/** One command on one node, its arguments as an array. `node` is the container's name. */
export type NodeCommand = {
  readonly node: string;
  /** `host`: runs on this machine, about that node: one that is frozen or off cannot help itself. */
  readonly on?: 'host';
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
};

/** Runs a command on a node; nothing else does. Resolves for every ending and never rejects; no command goes without a time limit. */
export type NodeExec = (command: NodeCommand, signal?: AbortSignal) => Promise<CommandResult>;

/** Called with every command that was run, when it has ended: for the log of the run and for `--verbose`. */
export type CommandLog = (result: CommandResult) => void;

/** A `HostExec` that passes everything it ran to `log`. */
export const logged =
  (host: HostExec, log: CommandLog): HostExec =>
  async (command, signal) => {
    const result = await host(command, signal);
    log(result);
    return result;
  };

/** What is run on this machine for a command on a node. */
export const placed = ({ node, argv, on }: Pick<NodeCommand, 'node' | 'argv' | 'on'>): NodeCommand['argv'] =>
  on === 'host' ? argv : ['docker', 'exec', node, ...argv];

/** Nodes are containers of the engine on this machine: a command reaches one by `docker exec`. */
export const containerExec =
  (host: HostExec): NodeExec =>
  async (command, signal) => {
    const result = await host({ argv: placed(command), timeoutMs: command.timeoutMs }, signal);
    return { ...result, node: command.node };
  };

/** The text of a shell, as `quoteArgument` quotes it. */
const scriptPattern = /(\b(?:ba|da)?sh(?: -\S+)* -\w*c) '(?:[^']|'\\'')*'/;

/** A script among the arguments is for the log: where it stands and what comes after it tell which command it was. */
const shortened = (command: string): string => {
  const [first = '', ...rest] = command.replace(scriptPattern, '$1 …').split('\n');
  return rest.length === 0 ? first : `${first}…'`;
};

/** What to show of a command that did not do what it should, in one line. */
export const failureLine = (result: CommandResult): string => {
  const how =
    result.ended === 'exited'
      ? `exit code ${result.exitCode}`
      : `${result.ended} after ${Math.round(result.durationMs)} ms`;
  const output = (result.stderr || result.stdout).trim().split('\n').slice(-3).join(' / ');
  return `${shortened(result.command)}: ${how}${output === '' ? '' : `: ${output}`}`;
};
