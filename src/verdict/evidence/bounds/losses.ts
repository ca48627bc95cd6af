import type { RunDocument } from '../../document.ts';
import { type Expected, speaks } from './bounds.ts';

// Nodes that were lost, and what expectations say of them.

/**
 * Of the losses of a node since the first fault, those by its kubelet's word, or those that the controller saw. One watch
 * sees all nodes: where what is bounded of one is known, so are these of the others.
 */
export type Losses = { readonly node: string; readonly byKubelet: boolean; readonly count: number };

export const lossesOf = ({ byNode }: RunDocument['nodes']): readonly Losses[] =>
  Object.entries(byNode).flatMap(([node, { notReadyTransitions, notReadyByKubelet }]) => {
    const own = notReadyByKubelet ?? 0;
    return [
      { node, byKubelet: true, count: own },
      { node, byKubelet: false, count: (notReadyTransitions ?? 0) - own },
    ].filter(({ count }) => count > 0);
  });

/** A figure that says something of lost nodes: of which node, by its kubelet's word alone or not, counted in what; null: another. */
export const lossFigure = (figure: string) => {
  const [, node = null, what] =
    /^nodes\.(?:byNode\.(.+)\.)?(notReadyTransitions|notReadyByKubelet|maxNotReady|notReadyNodeSeconds|notReadySeconds)$/.exec(
      figure,
    ) ?? [];
  return what === undefined ? null : { node, onlyByKubelet: what === 'notReadyByKubelet', what };
};

export const speaksOf = (expected: Expected, { node, byKubelet }: Losses): boolean => {
  const of = lossFigure(expected.figure);
  return speaks(expected) && of !== null && (of.node === null || of.node === node) && (!of.onlyByKubelet || byKubelet);
};

/** Whether an expectation says something of all nodes: how many were lost, how often, for how long or when. */
const speaksOfAll = (one: Expected): boolean => {
  const of = lossFigure(one.figure);
  return (
    (of !== null && of.node === null && !of.onlyByKubelet && speaks(one)) ||
    /^timing\.(?:firstNotReady|lastReady)Ms$/.test(one.figure)
  );
};

/** How often nodes were lost, before the first fault or since, of which no expectation says anything; null where that is not known. */
export const unspokenLosses = (expectations: readonly Expected[], nodes: RunDocument['nodes']): number | null => {
  if (expectations.some(speaksOfAll)) return 0;
  if (nodes.notReadyTransitions === null) return null;
  const isBeforeSpoken = expectations.some(
    (one) => one.figure === 'nodes.notReadyTransitionsBeforeFault' && speaks(one),
  );
  const before = isBeforeSpoken ? 0 : (nodes.notReadyTransitionsBeforeFault ?? 0);
  return lossesOf(nodes)
    .filter((losses) => !expectations.some((one) => speaksOf(one, losses)))
    .reduce((sum, { count }) => sum + count, before);
};
