import { nodesOf, type PlannedPhase } from '../../../plan/index.ts';
import { failures } from '../../../timeline/index.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { numberText, secondsText } from '../../text.ts';
import type { Figures } from '../evidence-problems.ts';
import { boundOf, counted, type Expected } from './bounds.ts';

// Upper bounds that no run could have exceeded. Whoever reads that one held takes it for so much less harm.

/** The most that a figure of harm could have been in this run, and why, in words; null where nothing limits it. */
type Ceiling = { readonly value: number; readonly why: string };

const maxPhaseMs = (phase: PlannedPhase): number => (phase.kind === 'recover' ? phase.withinMs : phase.durationMs);

/** As long as the run may take by its plan, or took: whichever is more. */
const maxRunMs = ({ plan: { phases }, window }: JudgeContext): number | null => {
  const endMs = window.ended?.atMs ?? null;
  const sumMs = phases.reduce((sum, phase) => sum + maxPhaseMs(phase), 0);
  return endMs === null ? null : Math.max(endMs, sumMs);
};

const ofRequests = (figure: string, context: JudgeContext, { requests }: Figures): Ceiling | null => {
  const { phases, load } = context.plan;
  const [, name = null, outcome = ''] =
    /^requests\.(?:byPhase\.([^.]+)\.|byEntrance\.[^.]+\.)?(\w+)$/.exec(figure) ?? [];
  const phase = phases.find((one) => one.name === name);
  const ms = phase === undefined ? maxRunMs(context) : maxPhaseMs(phase);
  if (ms === null || !failures.some((one) => one === outcome)) return null;
  const { offered } = (name === null ? requests : requests.byPhase[name]) ?? requests;
  const value = Math.max(offered, Math.ceil((load.ratePerSecond * ms) / 1000));
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

const ceilingOf = (figure: string, context: JudgeContext, figures: Figures): Ceiling | null =>
  ofRequests(figure, context, figures) ?? ofTime(figure, context) ?? ofNodes(figure, context);

/** Whether an expectation bounds its figure from above by no less than what could have been: it says nothing of how much there may be. */
export const isBeyond = (context: JudgeContext, figures: Figures, expected: Expected): boolean => {
  const bound = boundOf(expected);
  const ceiling = ceilingOf(expected.figure, context, figures);
  return bound !== null && ceiling !== null && bound >= ceiling.value;
};

/**
 * Why such a bound is no pass beside harm that it is of.
 * @param observed of the expectation's figure, which keeps to it
 */
export const cannotFail = (
  context: JudgeContext,
  figures: Figures,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const { figure } = expected;
  const ceiling = ceilingOf(figure, context, figures);
  if (ceiling === null || observed === 0 || !isBeyond(context, figures, expected)) return [];
  return [
    `${figure} ≤ ${numberText(boundOf(expected) ?? 0)} holds whatever happens, for ${ceiling.why}: expect less of it`,
  ];
};
