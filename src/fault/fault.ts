import type { CommandResult, HostExec } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { UndoCommand } from '../journal/index.ts';
import type { NodeCommand, NodeExec, startHold } from '../node/index.ts';
import type { PlannedFault, PlannedFaultOf } from '../plan/index.ts';
import type { PortRange } from '../relay/index.ts';

/** What a probe of one node found of a fault. */
export type Attestation = {
  readonly state: 'present' | 'absent' | 'unreadable';
  /** What was seen, for a person: `kubelet 812 is T (stopped)`. */
  readonly evidence: string;
};

/**
 * A question put to a node.
 * @param withinMs how long an answer is of use: a probe that lasts longer asks for less. No limit where it is left out
 * @param undo what an undo came to, where one has just run there
 */
export type Verifier = (
  exec: NodeExec,
  signal?: AbortSignal,
  withinMs?: number,
  undo?: CommandResult,
) => Promise<Attestation>;

/** Just after the injection, and just before the undo. */
export type ProofMoment = 'start' | 'end';

/**
 * One fault on one node, as data and one question. `undo` is journalled and armed before `apply` runs; it is safe
 * twice, and when nothing was applied. An exit code of 0 is no proof of anything: `attest` reads the node back.
 */
export type NodeFault = {
  /** The container's name; of hollow nodes, what keeps them. */
  readonly node: string;
  /** Short names of the nodes that it is made on, where one act makes it on several. */
  readonly covers?: readonly string[];
  /** Lays what the fault needs, before the time that it stands: nothing is slower or lost by it yet. */
  readonly ready?: NodeCommand;
  /** null: the first step of the ramp makes the fault, by what `ready` has laid. */
  readonly apply: NodeCommand | null;
  /** With what has to be known, from the journal alone, to tell later that the node is as it was. */
  readonly undo: UndoCommand;
  readonly attest: Verifier;
  /**
   * Reads the proof from what `apply`, and then `undo`, printed: read in the node at the act itself, so that no probe
   * takes any of the time that the fault stands. Where it is there, `attest` is not asked.
   */
  readonly readProof?: (result: CommandResult, moment: ProofMoment) => Attestation;
  /** The fault is over when its undo is asked for, not when that has ended: what follows is the node's own recovery. */
  readonly endsWhenAsked?: boolean;
};

/** The short names of the nodes that a part of a fault is made on. */
export const coveredBy = (
  { node, covers }: Pick<NodeFault, 'node' | 'covers'>,
  short: (container: string) => string,
): readonly string[] => covers ?? [short(node)];

/** How a fault grows while it stands. Step 1 is what `apply` makes, unless it is `switched`. */
export type FaultRamp = {
  readonly steps: number;
  /** Without any command on a node: `to(1)` begins the fault and `to(0)` ends it. */
  readonly switched: boolean;
  /** Brings every node to that step. @throws SkipbeatError FAULT_NOT_INJECTED */
  readonly to: (step: number, signal: AbortSignal) => Promise<void>;
};

/** A fault ready to be made on all of its nodes. */
export type PreparedFault = {
  readonly nodes: readonly NodeFault[];
  /** Where it does not stand at its full strength from the first, or is switched. */
  readonly ramp?: FaultRamp;
  /** Ends what stands beside the nodes, such as a relay; called after the undo, whatever became of it. Safe twice. */
  readonly close: () => Promise<void>;
};

/** How the relay of a group is known in the node of the API server that it leads to: by the ports that it comes from. */
export type HollowPath = { readonly container: string; readonly localPorts: PortRange };

/** Hollow nodes that one process keeps, and where the files of that process lie. */
export type HollowSite = {
  readonly group: string;
  readonly nodes: readonly string[];
  readonly folder: string;
  /** The way to the API server, where it leads through a relay of the group's own. */
  readonly path?: HollowPath;
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
  /** Left out where the cluster has no hollow nodes. */
  readonly hollow?: readonly HollowSite[];
  readonly exec: NodeExec;
  /** Runs commands on a node, for what has to be undone there at its own time. */
  readonly hold: typeof startHold;
  /** Runs commands on this machine, for what has to run beside the nodes. */
  readonly host: HostExec;
};

/** What a plan prints of one fault on one node: commands to paste, with `<address of worker>` where none is known yet. */
export type FaultCommands = {
  readonly node: string;
  readonly apply: readonly string[];
  readonly undo: readonly string[];
};

/** How one kind of fault is made, proved and undone. */
export type FaultKindOf<K extends PlannedFault['kind']> = {
  /**
   * Opens what the fault needs beside its nodes and returns what is to run on each of them; touches no node.
   * @throws SkipbeatError where the fault cannot be made here
   */
  readonly prepare: (fault: PlannedFaultOf<K>, site: FaultSite, signal: AbortSignal) => Promise<PreparedFault>;
  /** Whether a node is as it was before, by the journal alone: `absent` means that it is. */
  readonly verifyUndone: (undo: UndoCommand) => Verifier;
  /** What it changes is on a node's disk: a node that was stopped comes back with it. */
  readonly outlivesNodes?: true;
  /** The commands that `prepare` would have run, for a person to read before anything stands. Pure. */
  readonly commands: (fault: PlannedFaultOf<K>, container: (node: string) => string) => readonly FaultCommands[];
};

export const notInjected = (what: string, lines: readonly string[]): SkipbeatError =>
  new SkipbeatError('FAULT_NOT_INJECTED', `${what}: ${lines.join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: skipbeat('doctor'),
  });

export const unreadable = (result: CommandResult, line: string): Attestation => ({
  state: 'unreadable',
  evidence: `${result.node ?? 'this machine'} could not be read: ${line}`,
});
