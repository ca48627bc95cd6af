import type { HostExec } from '../../common/command.ts';
import { hostExec } from '../../node/index.ts';

/** What every look at this machine needs. */
export type LookOptions = { readonly host?: HostExec; readonly signal?: AbortSignal };

/** Runs one program that only looks: short, its output kept, no rejection. */
export const lookWith =
  ({ host = hostExec, signal }: LookOptions) =>
  (argv: readonly [string, ...string[]], timeoutMs = 10_000) =>
    host({ argv, timeoutMs }, signal);
