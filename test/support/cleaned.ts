import { type CleanupAct, cleanUp } from '../../src/cleanup/index.ts';
import type { HostExec } from '../../src/common/command.ts';

/** What is asked of a cleanup; without more: all that dead runs left, for real. */
export type AskedCleanup = {
  readonly folder?: string | null;
  readonly cluster?: string | null;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly host?: HostExec;
};

/** Cleans up beside an engine. @returns how it ended, `outcome what name` of each act, and what was said of all of them */
export const cleanedBy = async (host: HostExec, asked: AskedCleanup = {}) => {
  const acts: CleanupAct[] = [];
  const isClean = await cleanUp({
    ...{ host, dryRun: false, cluster: null, folder: null, all: false, ...asked },
    notify: (act) => acts.push(act),
  });
  const lines = acts.map(({ what, name, outcome }) => `${outcome} ${what} ${name}`);
  return { isClean, lines, details: acts.map(({ detail }) => detail).join('\n') };
};
