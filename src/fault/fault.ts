import type { CommandResult } from '../common/command.ts';
import type { Commander, NodeCommand } from '../node/index.ts';

/** What a look at one node says of a fault. */
export type Attestation = {
  readonly state: 'present' | 'absent' | 'unreadable';
  /** What was seen, for a person: `kubelet 812 is T (stopped)`. */
  readonly evidence: string;
};

/**
 * One fault on one node, as data and one question. `undo` is journalled and armed before `apply` runs; it is safe
 * twice, and when nothing was applied. An exit code of 0 is no proof of anything: `attest` reads the node back.
 */
export type NodeFault = {
  readonly node: string;
  readonly apply: NodeCommand;
  readonly undo: NodeCommand;
  readonly attest: (commander: Commander, signal?: AbortSignal) => Promise<Attestation>;
};

export const unreadable = (result: CommandResult, line: string): Attestation => ({
  state: 'unreadable',
  evidence: `${result.node ?? 'this machine'} could not be read: ${line}`,
});
