import type { HostExec } from '../../common/command.ts';
import { hostExec } from '../../node/index.ts';

/** What every probe of this machine needs. */
export type ProbeOptions = { readonly host?: HostExec; readonly signal?: AbortSignal };

/** Runs one program that only reads: short, its output kept, no rejection. */
export const probeWith =
  ({ host = hostExec, signal }: ProbeOptions) =>
  (argv: readonly [string, ...string[]], timeoutMs = 10_000) =>
    host({ argv, timeoutMs }, signal);
