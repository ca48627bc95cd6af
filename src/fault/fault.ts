import type { CommandResult, HostCommander } from '../common/command.ts';
import type { UndoCommand } from '../journal/index.ts';
import type { Commander, NodeCommand } from '../node/index.ts';
import type { PlannedFault, PlannedFaultOf } from '../plan/index.ts';

/** What a look at one node says of a fault. */
export type Attestation = {
  readonly state: 'present' | 'absent' | 'unreadable';
  /** What was seen, for a person: `kubelet 812 is T (stopped)`. */
  readonly evidence: string;
};

/** A question put to a node. */
export type Look = (commander: Commander, signal?: AbortSignal) => Promise<Attestation>;

/**
 * One fault on one node, as data and one question. `undo` is journalled and armed before `apply` runs; it is safe
 * twice, and when nothing was applied. An exit code of 0 is no proof of anything: `attest` reads the node back.
 */
export type NodeFault = {
  /** The container's name. */
  readonly node: string;
  readonly apply: NodeCommand;
  /** With what has to be known, from the journal alone, to tell later that the node is as it was. */
  readonly undo: UndoCommand;
  readonly attest: Look;
};

/** How a fault grows while it stands. Step 1 is what `apply` makes. */
export type FaultRamp = {
  readonly steps: number;
  /** Brings every node to that step. @throws SkipbeatError FAULT_NOT_INJECTED */
  readonly to: (step: number, signal: AbortSignal) => Promise<void>;
};

/** A fault ready to be made on all of its nodes. */
export type PreparedFault = {
  readonly nodes: readonly NodeFault[];
  /** Where it does not stand at its full strength from the first. */
  readonly ramp?: FaultRamp;
  /** Ends what stands beside the nodes, such as a relay; called after the undo, whatever became of it. Safe twice. */
  readonly close: () => Promise<void>;
};

/** What a fault may know of the cluster that it is made on. */
export type FaultSite = {
  /** Full name of the cluster, and the run's own name: together they mark what is ours. */
  readonly cluster: string;
  /** Which cluster of that name. */
  readonly incarnation: string;
  readonly run: string;
  readonly nodes: readonly {
    /** `worker2`, and its container's name. */
    readonly node: string;
    readonly container: string;
    readonly role: string;
    readonly address: string;
  }[];
  readonly commander: Commander;
  /** The door to this machine, for what has to run beside the nodes. */
  readonly host: HostCommander;
};

/** What is told in a plan of one fault on one node: commands to paste, with `<address of worker>` where none is known yet. */
export type FaultCommands = {
  readonly node: string;
  readonly apply: readonly string[];
  readonly undo: readonly string[];
};

/** How one kind of fault is made, proved and undone. One file a kind. */
export type FaultKindOf<K extends PlannedFault['kind']> = {
  /**
   * Opens what the fault needs beside its nodes and says what is to run on each of them; touches no node.
   * @throws SkipbeatError where the fault cannot be made here
   */
  readonly prepare: (fault: PlannedFaultOf<K>, site: FaultSite, signal: AbortSignal) => Promise<PreparedFault>;
  /** Whether a node is as it was before, told from the journal alone: `absent` means that it is. */
  readonly undone: (undo: UndoCommand) => Look;
  /** The commands that `prepare` would have run, for a person to read before anything stands. Pure. */
  readonly commands: (fault: PlannedFaultOf<K>, container: (node: string) => string) => readonly FaultCommands[];
};

export const unreadable = (result: CommandResult, line: string): Attestation => ({
  state: 'unreadable',
  evidence: `${result.node ?? 'this machine'} could not be read: ${line}`,
});
