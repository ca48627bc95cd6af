import { nodesOf } from '../../../plan/index.ts';
import { failures } from '../../../timeline/index.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { numberText, secondsText } from '../../text.ts';
import type { Figures } from '../evidence-problems.ts';
import { boundOf, counted, type Expected } from './bounds.ts';

// Upper bounds that no run could have exceeded. Whoever reads that one held takes it for so much less harm.

/** The most that a figure of harm could have been in this run, and why, in words; null where nothing limits it. */
type Ceiling = { readonly value: number; readonly why: string };

/** As long as the run may take by its plan, or took: whichever is more. */
const maxRunMs = ({ plan: { phases }, window }: JudgeContext): number | null => {
  const endMs = window.ended?.atMs ?? null;
  return endMs === null
    ? null
    : Math.max(
        endMs,
        phases.reduce((sum, phase) => sum + (phase.kind === 'recover' ? phase.withinMs : phase.durationMs), 0),
      );
};

/** Requests of one phase are no more than those of all, as far as this is concerned. */
const ofRequests = (figure: string, context: JudgeContext, { requests }: Figures): Ceiling | null => {
  const [, outcome = ''] = /^requests\.(?:by(?:Phase|Entrance)\.[^.]+\.)?(\w+)$/.exec(figure) ?? [];
  const ms = maxRunMs(context);
  if (ms === null || !failures.some((one) => one === outcome)) return null;
  const value = Math.max(requests.offered, Math.ceil((context.plan.load.ratePerSecond * ms) / 1000));
  return { value, why: `no more than ${counted(value, 'request is', 'requests are')} offered` };
};

const ofTime = (figure: string, context: JudgeContext): Ceiling | null => {
  const ms = maxRunMs(context);
  if (ms === null) return null;
  const why = `the run takes no more than ${secondsText(ms)}`;
  if (/^(?:timing\.last\w+|nodes\.byNode\..+\.lastReady)Ms$/.test(figure)) return { value: ms, why };
  if (/^nodes\.byNode\..+\.notReadySeconds$/.test(figure)) return { value: ms / 1000, why };
  const nodes = nodesOf(context.plan).length;
  return figure === 'nodes.notReadyNodeSeconds'
    ? { value: (ms / 1000) * nodes, why: `${why}, with ${counted(nodes, 'node', 'nodes')}` }
    : null;
};

const ofNodes = (figure: string, { plan }: JudgeContext): Ceiling | null => {
  const value = nodesOf(plan).length;
  return /^nodes\.(?:maxNotReady|unrecovered)$/.test(figure)
    ? { value, why: `there ${value === 1 ? 'is' : 'are'} ${counted(value, 'node', 'nodes')}` }
    : null;
};

/**
 * That an upper bound is no less than what could have been, beside harm that was: then it says nothing of it.
 * @param observed of the expectation's figure, which keeps to it
 */
export const cannotFail = (
  context: JudgeContext,
  figures: Figures,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const { figure } = expected;
  const bound = boundOf(expected);
  const ceiling = ofRequests(figure, context, figures) ?? ofTime(figure, context) ?? ofNodes(figure, context);
  if (bound === null || ceiling === null || observed === 0 || bound < ceiling.value) return [];
  return [`${figure} ≤ ${numberText(bound)} holds whatever happens, for ${ceiling.why}: expect less of it`];
};
