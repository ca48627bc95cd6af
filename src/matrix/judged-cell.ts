import { countedGrouped } from '../common/text/counted.ts';
import { flapsByItself, type Plan } from '../plan/index.ts';
import type { UserConfig } from '../profile/index.ts';
import { outcomeOf } from '../report/index.ts';
import {
  asksForFailures,
  asksForHarm,
  failedText,
  type Harm as HarmDone,
  type HarmedRun,
  harmsOf,
  isFailed,
  type RunDocument,
  unspoken,
} from '../verdict/index.ts';
import { figuresOf } from './figures.ts';
import { deadNodePrediction } from './scenarios.ts';
import type { CellFigures, CellResult, Harm, MatrixCell } from './types.ts';

/** One way to do harm: whether it was done, in how many words, and whether somebody said that it may be. */
type Kind = { readonly seen: boolean | null; readonly named: boolean; readonly text: string };

/** @param harms all of one kind; what is not known may be one */
const isSeen = (harms: readonly HarmDone[]): boolean | null =>
  harms.some(({ amount }) => amount !== null) ? true : harms.length > 0 ? null : false;

const isOf =
  (...kinds: readonly HarmDone['kind'][]) =>
  ({ kind }: HarmDone): boolean =>
    kinds.includes(kind);

/** Harm before the fault: no window speaks of it. */
const noneEarly = (harms: readonly HarmDone[]): boolean => harms.every(({ isEarly }) => !isEarly);

type Harms = { readonly all: readonly HarmDone[]; readonly unnamed: readonly HarmDone[] };

const only = ({ all, unnamed }: Harms, is: (harm: HarmDone) => boolean): Harms => ({
  all: all.filter(is),
  unnamed: unnamed.filter(is),
});

/** Whether a scenario is there to show that settings lose nodes by themselves: then they may do so before the fault, too. */
const showsFlapping = (plan: Plan): boolean =>
  flapsByItself(plan) &&
  plan.expectations.every(asksForHarm) &&
  plan.expectations.some(({ figure }) => figure === 'nodes.notReadyTransitions');

const nodesOf = (harms: Harms, plan: Plan, { notReadyNodes }: CellFigures): Kind => {
  const { all, unnamed } = only(harms, isOf('lost', 'lostByKubelet'));
  return {
    seen: isSeen(all),
    named: unnamed.length === 0 || showsFlapping(plan) || (noneEarly(unnamed) && notReadyNodes.fit === 'inside'),
    text: 'nodes were NotReady',
  };
};

const podsOf = (harms: Harms, { evictMs }: CellFigures): Kind => {
  const { all, unnamed } = only(harms, isOf('evicted', 'stuck', 'missing'));
  return {
    seen: isSeen(all),
    named: unnamed.length === 0 || (noneEarly(unnamed) && evictMs.fit === 'inside'),
    text: 'pods were evicted',
  };
};

/** Whether some requests are to fail, and as many did as the formulas predict: then how each of them did is no matter. */
const failedAsPredicted = (
  { expectations }: Plan,
  { requestsLost }: RunDocument,
  { failed = null }: CellFigures,
): boolean => requestsLost?.fit === 'inside' && requestsLost.observed === failed && asksForFailures(expectations);

const requestsOf = (harms: Harms, plan: Plan, document: RunDocument, figures: CellFigures): Kind => {
  const { all, unnamed } = only(harms, (harm) => isFailed(harm) || harm.kind === 'slow');
  const failed = unnamed.filter((harm) => isFailed(harm) && harm.amount !== null);
  const count = failed.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  return {
    seen: isSeen(all),
    named: unnamed.length === 0 || failedAsPredicted(plan, document, figures),
    text:
      count === 0
        ? 'answers were slow'
        : `${countedGrouped(count, 'request')} failed (${failedText(failed, all).text})`,
  };
};

/**
 * Whether a run did harm, and which of it nobody spoke of beforehand. Of nodes and pods that is an expectation, or a window of
 * the formulas in which they were seen; of requests an expectation, for their window often begins at 0 and is wide.
 */
const harmOf = (plan: Plan, document: RunDocument, figures: CellFigures): Harm => {
  const run: HarmedRun = {
    ...document,
    plan,
    unmeasured: [],
    evictedBesides: 0,
    endMs: document.durationMs,
  };
  const harms = { all: harmsOf(run), unnamed: unspoken(run) };
  const kinds = [nodesOf(harms, plan, figures), podsOf(harms, figures), requestsOf(harms, plan, document, figures)];
  return {
    seen: kinds.some(({ seen }) => seen === true) ? true : kinds.some(({ seen }) => seen === null) ? null : false,
    unnamed: kinds.flatMap(({ seen, named, text }) => (seen === true && !named ? [text] : [])),
  };
};

/** What a run that came to its end makes of its cell. */
export const judgedCell = (
  cell: MatrixCell,
  plan: Plan,
  document: RunDocument,
  userConfig: UserConfig | undefined,
): Pick<CellResult, 'verdict' | 'measured' | 'reason' | 'figures' | 'harm'> => {
  const figures = figuresOf(plan, document, deadNodePrediction(cell, userConfig));
  return {
    verdict: document.verdict,
    measured: outcomeOf(document) === 'measured',
    reason: document.reasons[0] ?? null,
    figures,
    harm: harmOf(plan, document, figures),
  };
};
