import type { Milestone, RunDocument, WindowCheck } from '../document.ts';

/** What was seen of one link of the chain beside what the plan predicted; nothing where the run has no fault. */
export const checkOf = ({ calibration }: Pick<RunDocument, 'calibration'>, link: Milestone): WindowCheck =>
  calibration.find((check) => check.link === link) ?? {
    link,
    observedMs: null,
    window: null,
    slackMs: [0, 0],
    fit: null,
  };

/** The two windows that every summary shows. */
export const windowChecks = (
  document: Pick<RunDocument, 'calibration'>,
): { readonly notReady: WindowCheck; readonly eviction: WindowCheck } => ({
  notReady: checkOf(document, 'notReady'),
  eviction: checkOf(document, 'evicted'),
});
