import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { isAlive } from '../../../common/host/process.ts';
import { pause } from '../../../common/wait.ts';
import type { HollowSite } from '../../../fault/index.ts';
import { hollowProcess } from '../../../node/index.ts';
import { nodesText, type Plan } from '../../../plan/index.ts';

const everyMs = 500;

type WatchOptions = {
  readonly sites: readonly HollowSite[];
  readonly plan: Pick<Plan, 'phases'>;
  readonly fail: (thrown: unknown) => void;
  readonly signal: AbortSignal;
};

const maxLogged = 300;

/** The end of what it logged, for its folder goes with the cluster; nothing where it logged nothing, or never began to. */
const lastLogged = ({ folder, group }: HollowSite): string => {
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

/** Whether some fault of the plan ends the process of a group by itself. */
const isEndedByPlan = ({ phases }: WatchOptions['plan'], { nodes }: HollowSite): boolean =>
  phases.some(
    (phase) =>
      phase.kind === 'fault' &&
      phase.inject.some(({ kind, targets }) => kind === 'kubelet-stop' && targets.some((node) => nodes.includes(node))),
  );

/**
 * Checks that the processes that keep hollow nodes are there, until the signal fires. One that was started and is gone
 * ends the run: its nodes fell silent, and no fault of the plan made them. Of those that a fault of the plan ends, it is
 * the fault's own proof that says whether they are as they should be.
 */
export const watchProcesses = async ({ sites, plan, fail, signal }: WatchOptions): Promise<void> => {
  const watched = sites.filter((site) => !isEndedByPlan(plan, site));
  const seen = new Set<HollowSite>();
  while (!signal.aborted) {
    for (const site of watched) {
      const process = hollowProcess(site.folder, site.group);
      if (process === null && !seen.has(site)) continue;
      seen.add(site);
      if (process === null || !isAlive(process)) {
        fail(
          new SkipbeatError(
            'HOLLOW_LOST',
            `The kwok process of ${nodesText(site.nodes)} was gone in the middle of the run: they fell silent, and no fault of the plan made them.${lastLogged(site)}`,
            { exitCode: exitCodes.inconclusive, next: `read ${site.folder}/${site.group}.log, then run again` },
          ),
        );
        return;
      }
    }
    await pause(everyMs, signal);
  }
};
