import type { HostCommander } from '../../common/command.ts';
import { hostCommander } from '../../node/index.ts';

/** What every look at this machine needs. */
export type LookOptions = { readonly host?: HostCommander; readonly signal?: AbortSignal };

/** Runs one program that only looks: short, its output kept, no rejection. */
export const lookWith =
  ({ host = hostCommander, signal }: LookOptions) =>
  (argv: readonly [string, ...string[]], timeoutMs = 10_000) =>
    host({ argv, timeoutMs }, signal);
