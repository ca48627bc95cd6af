import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { isDead } from '../../../common/host/process.ts';
import { pause } from '../../../common/wait.ts';
import type { HollowSite } from '../../../fault/index.ts';
import { hollowProcess, isHollowEnded, isHollowRelay } from '../../../node/index.ts';
import { nodesText } from '../../../plan/index.ts';

const everyMs = 500;

/** A process without which hollow nodes fall silent: kwok of a group, or the relay before it, by its name among the group's. */
export type HollowProcess = Pick<HollowSite, 'group' | 'nodes' | 'folder'>;

type WatchOptions = {
  readonly sites: readonly HollowProcess[];
  /** Whether the cluster is there once the run has ended, and what was logged with it. */
  readonly stays: boolean;
  readonly fail: (thrown: unknown) => void;
  readonly signal: AbortSignal;
};

const maxLogged = 300;

/** The end of what it logged; nothing where it logged nothing, or never began to. */
const lastLogged = ({ folder, group }: HollowProcess): string => {
  try {
    const last =
      readFileSync(join(folder, `${group}.log`), 'utf8')
        .trimEnd()
        .split('\n')
        .at(-1) ?? '';
    return last === '' ? '' : ` It said last: ${last.slice(-maxLogged)}`;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
};

/** What to do where a process did not do what it should. */
export const nextByLog = ({ folder, group }: Pick<HollowProcess, 'folder' | 'group'>, stays: boolean): string =>
  stays
    ? `read ${folder}/${group}.log, then run again`
    : 'run again with --keep-cluster: what it logged goes with the cluster';

/**
 * Whether the process of a group is known to be gone, and by no fault. One that a fault has ended and started again in between is read once
 * more: the mark of its end goes only after the new one is known.
 */
const isLost = ({ folder, group }: HollowProcess): boolean => {
  const isGone = (): boolean => {
    const process = hollowProcess(folder, group);
    return process === null || isDead(process);
  };
  return isGone() && !isHollowEnded(folder, group) && isGone();
};

/**
 * Checks that the processes that keep hollow nodes, and the relays before them, are there, until the signal fires. One that was started and is gone
 * ends the run: its nodes fell silent, and no fault of the plan made them. While a fault has it ended, it is the fault's own
 * proof that says whether it is as it should be.
 */
export const watchProcesses = async ({ sites, stays, fail, signal }: WatchOptions): Promise<void> => {
  const seen = new Set<HollowProcess>();
  while (!signal.aborted) {
    for (const site of sites) {
      if (!seen.has(site) && hollowProcess(site.folder, site.group) === null) continue;
      seen.add(site);
      if (isLost(site)) {
        fail(
          new SkipbeatError(
            'HOLLOW_LOST',
            `The ${isHollowRelay(site.group) ? 'relay before kwok' : 'kwok process'} of ${nodesText(site.nodes)} was gone in the middle of the run: ${site.nodes.length === 1 ? 'it' : 'they'} fell silent by no fault of the plan.${lastLogged(site)}`,
            { exitCode: exitCodes.inconclusive, next: nextByLog(site, stays) },
          ),
        );
        return;
      }
    }
    await pause(everyMs, signal);
  }
};
