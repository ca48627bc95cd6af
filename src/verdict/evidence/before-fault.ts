import { flapsByItself, type Plan } from '../../plan/index.ts';
import { notReadyAt } from '../figures/nodes.ts';
import type { JudgeContext } from '../judge-context.ts';
import { nodeList, numberText } from '../text.ts';
import { boundOf, counted, type Expected, names, whyUnknown } from './bounds.ts';
import type { Figures } from './evidence-problems.ts';

// Bounds of one side of the first fault, where the harm was on the other side of it.

type Early = { readonly figure: string; readonly count: number; readonly text: string };

/** Figures that count from the first fault on, and how much of the same there was before it. */
const earlyHarm = (figure: string, { nodes, pods }: Figures): Early | null => {
  if (/^nodes\.(?:byNode\..+\.)?(?:notReadyTransitions|notReadyByKubelet|maxNotReady)$/.test(figure)) {
    const count = nodes.notReadyTransitionsBeforeFault ?? 0;
    const text = `nodes were NotReady before it, too (${counted(count, 'transition', 'transitions')})`;
    return { figure: 'nodes.notReadyTransitionsBeforeFault', count, text };
  }
  if (figure !== 'pods.evicted') return null;
  const count = pods.evictedBeforeFault ?? 0;
  return {
    figure: 'pods.evictedBeforeFault',
    count,
    text: `${counted(count, 'pod was', 'pods were')} evicted before it`,
  };
};

/** Harm from before the first fault. Of nodes, under settings that lose none by themselves, an abort condition has ended the run. */
export const beforeFault = (plan: Plan, figures: Figures, { figure }: Expected): readonly string[] => {
  const early = earlyHarm(figure, figures);
  if (early === null || names(plan, early.figure)) return [];
  if (!flapsByItself(plan) && figure !== 'pods.evicted') return [];
  const why = whyUnknown(figures, early.figure);
  if (early.count === 0 && why === null) return [];
  const text = why === null ? early.text : `what was before it is not known (${why})`;
  return [
    `${figure} counts from the first fault on, and ${text}: expect ${early.figure} besides, or choose settings that keep nodes Ready without a fault`,
  ];
};

/** Harm since the first fault, where an expectation speaks of what was before it alone. */
export const afterFault = (plan: Plan, figures: Figures, { figure }: Expected): readonly string[] => {
  const [, counted = ''] = /^(nodes\.notReadyTransitions|pods\.evicted)BeforeFault$/.exec(figure) ?? [];
  if (counted === '' || names(plan, counted)) return [];
  const count = counted === 'pods.evicted' ? figures.pods.evicted : figures.nodes.notReadyTransitions;
  const why = whyUnknown(figures, counted);
  if (count === 0 && why === null) return [];
  const text = why ?? (count === null ? 'nobody saw it' : numberText(count));
  return [`${figure} counts up to the first fault, and ${counted} is another matter (${text}): expect it besides`];
};

/** Nodes that were lost before anything was counted, under settings that lose nodes by themselves: in no count of losses. */
export const lostBeforeCounting = (
  { plan, window: { measuredFromMs }, changes }: JudgeContext,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const of = /^nodes\.(?:byNode\.(.+)\.)?(?:notReadyTransitions(?:BeforeFault)?|notReadyByKubelet|maxNotReady)$/.exec(
    expected.figure,
  );
  const bound = boundOf(expected);
  // Under other settings an abort condition has ended the run.
  if (of === null || bound === null || measuredFromMs === null || !flapsByItself(plan)) return [];
  const ill = notReadyAt(changes, measuredFromMs).filter((node) => of[1] === undefined || of[1] === node);
  if (observed + ill.length <= bound) return [];
  return [
    `${expected.figure} holds, and ${nodeList(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady before anything was counted: run it once more, or choose settings that keep nodes Ready without a fault`,
  ];
};
