import type { Plan } from '../plan/index.ts';
import {
  expectsFailures,
  listText,
  numberText,
  type RunDocument,
  speaks,
  spokenOf,
  unnamedFailures,
  unspokenLosses,
} from '../verdict/index.ts';
import type { CellFigures, Harm } from './types.ts';

/** One way to do harm: whether it was done, in how many words, and whether somebody said that it may be. */
type Kind = { readonly seen: boolean | null; readonly named: boolean; readonly text: string };

const isSome = (...counts: readonly (number | null)[]): boolean | null =>
  counts.some((count) => count !== null && count > 0) ? true : counts.includes(null) ? null : false;

const isNamed = ({ expectations }: Plan, path: RegExp): boolean =>
  expectations.some((one) => path.test(one.figure) && speaks(one));

/** Nodes that were NotReady before the fault, too: no window speaks of them. */
const nodesOf = ({ expectations }: Plan, { nodes }: RunDocument, { notReadyNodes }: CellFigures): Kind => {
  const { maxNotReady, notReadyNodeSeconds, notReadyTransitionsBeforeFault: before } = nodes;
  return {
    seen: isSome(maxNotReady, notReadyNodeSeconds, before),
    named: unspokenLosses(expectations, nodes) === 0 || (before === 0 && notReadyNodes.fit === 'inside'),
    text: 'nodes were NotReady',
  };
};

const podsOf = (
  plan: Plan,
  { pods: { evicted, evictedBeforeFault = 0 } }: RunDocument,
  { evictMs }: CellFigures,
): Kind => ({
  seen: isSome(evicted, evictedBeforeFault),
  named:
    isNamed(plan, /^(pods\.evicted|timing\.firstEvictionMs)$/) ||
    (evictedBeforeFault === 0 && evictMs.fit === 'inside'),
  text: 'pods were evicted',
});

/** Whether some requests are to fail, and as many did as the formulas predict: then how each of them did is no matter. */
const failedAsPredicted = (plan: Plan, { requestsLost }: RunDocument, failed: number | null): boolean =>
  expectsFailures(plan) && requestsLost?.fit === 'inside' && requestsLost.observed === failed;

const requestsOf = (plan: Plan, document: RunDocument, { failed = null }: CellFigures): Kind => {
  const unnamed = unnamedFailures(plan, document.requests);
  const count = unnamed.reduce((sum, one) => sum + one.count, 0);
  const how = listText(unnamed.map((one) => `${numberText(one.count)} ${one.outcome}`));
  return {
    seen: isSome(failed),
    named: unnamed.length === 0 || failedAsPredicted(plan, document, failed),
    text: `${numberText(count)} ${count === 1 ? 'request' : 'requests'} failed (${how})`,
  };
};

/**
 * Whether a run did harm, and which of it nobody spoke of beforehand. Of nodes and pods that is an expectation, or a window of
 * the formulas in which they were seen; of requests an expectation, for their window often begins at 0 and is wide.
 */
export const harmOf = (plan: Plan, document: RunDocument, figures: CellFigures): Harm => {
  const expectations = spokenOf({ plan, requests: document.requests, endMs: document.durationMs });
  const kinds = [nodesOf, podsOf, requestsOf].map((of) => of({ ...plan, expectations }, document, figures));
  return {
    seen: kinds.some(({ seen }) => seen === true) ? true : kinds.some(({ seen }) => seen === null) ? null : false,
    unnamed: kinds.flatMap(({ seen, named, text }) => (seen === true && !named ? [text] : [])),
  };
};
