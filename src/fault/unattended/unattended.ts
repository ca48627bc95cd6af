import type { Attestation } from '../fault.ts';
import type { Argv } from '../netem/commands.ts';

/** The exit codes of `verify` that mean something: every other says that nobody knows. */
export const verifyCodes = { stands: 0, gone: 3 } as const;

/** What one of the commands below came to. */
export type Printed = { readonly code: number; readonly out: string; readonly err: string };

/**
 * One fault on one node that nobody can ask meanwhile: complete before it begins, made, verified and undone by the node alone.
 * Its commands are of POSIX sh and of programs that `survey` asks for.
 */
export type UnattendedFault = {
  /** Reads what the node is, leaves it in `folder`, and changes nothing. Fails with the reason where the fault cannot be made there. */
  readonly survey: Argv;
  readonly apply: Argv;
  /** Safe twice, and when nothing was applied. Follows from `id` and `folder` alone, whatever the fault's options are. */
  readonly undo: Argv;
  /** Ends with one of `verifyCodes`. */
  readonly verify: Argv;
  /** What `verify` found, read; after an undo with what that printed. */
  readonly attest: (printed: Printed, undo?: Printed | null) => Promise<Attestation>;
  /** The fault is over when its undo is asked for, not when that has ended. */
  readonly endsWhenAsked: boolean;
};

/** An address and a port at which an API server listens. */
export type ApiServerPlace = { readonly address: string; readonly port: number };

export type UnattendedSite = {
  /** Unique in the cluster: `[a-z0-9-]{1,50}`. */
  readonly id: string;
  /** The node's own folder for it, which a boot forgets. */
  readonly folder: string;
  /** As the cluster itself names them; the node adds the one that its kubelet asks. */
  readonly apiServers: readonly ApiServerPlace[];
};

export type UnattendedKind<P> = (planned: P, site: UnattendedSite) => UnattendedFault;
