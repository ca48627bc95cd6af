import { nodesOf, type Plan, type PlannedPhase } from '../../../plan/index.ts';
import { failures } from '../../../timeline/index.ts';
import type { RunDocument } from '../../document.ts';
import { numberText, secondsText } from '../../text.ts';
import { boundOf, counted, type Expected } from './bounds.ts';

// Upper bounds that no run could have exceeded. Whoever reads that one held takes it for so much less harm.

/** A run as far as this is concerned. `endMs`: when it ended, since it began; null where it did not. */
export type Bounded = {
  readonly plan: Plan;
  readonly requests: RunDocument['requests'];
  readonly endMs: number | null;
};

/** The most that a figure of harm could have been in this run, and why, in words; null where nothing limits it. */
type Ceiling = { readonly value: number; readonly why: string };

const maxPhaseMs = (phase: PlannedPhase): number => (phase.kind === 'recover' ? phase.withinMs : phase.durationMs);

/** As long as the run may take by its plan, or took: whichever is more. */
const maxRunMs = ({ plan: { phases }, endMs }: Bounded): number | null => {
  const sumMs = phases.reduce((sum, phase) => sum + maxPhaseMs(phase), 0);
  return endMs === null ? null : Math.max(endMs, sumMs);
};

const ofRequests = (figure: string, run: Bounded): Ceiling | null => {
  const { requests } = run;
  const { phases, load } = run.plan;
  const [, name = null, outcome = ''] =
    /^requests\.(?:byPhase\.([^.]+)\.|byEntrance\.[^.]+\.)?(\w+)$/.exec(figure) ?? [];
  const phase = phases.find((one) => one.name === name);
  const ms = phase === undefined ? maxRunMs(run) : maxPhaseMs(phase);
  if (ms === null || !failures.some((one) => one === outcome)) return null;
  const { offered } = (name === null ? requests : requests.byPhase[name]) ?? requests;
  const value = Math.max(offered, Math.ceil((load.ratePerSecond * ms) / 1000));
  return { value, why: `no more than ${counted(value, 'request is', 'requests are')} offered` };
};

const ofTime = (figure: string, run: Bounded): Ceiling | null => {
  const ms = maxRunMs(run);
  if (ms === null) return null;
  const why = `the run takes no more than ${secondsText(ms)}`;
  if (/^(?:timing\.(?:first|last)\w+|nodes\.byNode\..+\.(?:firstNotReady|lastReady))Ms$/.test(figure))
    return { value: ms, why };
  if (/^nodes\.byNode\..+\.notReadySeconds$/.test(figure)) return { value: ms / 1000, why };
  const nodes = nodesOf(run.plan).length;
  return figure === 'nodes.notReadyNodeSeconds'
    ? { value: (ms / 1000) * nodes, why: `${why}, with ${counted(nodes, 'node', 'nodes')}` }
    : null;
};

const ofNodes = (figure: string, { plan }: Bounded): Ceiling | null => {
  const value = nodesOf(plan).length;
  return /^nodes\.(?:maxNotReady|unrecovered)$/.test(figure)
    ? { value, why: `there ${value === 1 ? 'is' : 'are'} ${counted(value, 'node', 'nodes')}` }
    : null;
};

const ceilingOf = (figure: string, run: Bounded): Ceiling | null =>
  ofRequests(figure, run) ?? ofTime(figure, run) ?? ofNodes(figure, run);

/** Whether an expectation bounds its figure from above by no less than what could have been: it says nothing of how much there may be. */
const isBeyond = (run: Bounded, expected: Expected): boolean => {
  const bound = boundOf(expected);
  const ceiling = ceilingOf(expected.figure, run);
  return bound !== null && ceiling !== null && bound >= ceiling.value;
};

/** The expectations that say something of their figure: who says that there may be more than there can be has not spoken of it. */
export const spokenOf = (run: Bounded): Plan['expectations'] =>
  run.plan.expectations.filter((one) => !isBeyond(run, one));

/**
 * Why such a bound is no pass beside harm that it is of.
 * @param observed of the expectation's figure, which keeps to it
 */
export const cannotFail = (run: Bounded, expected: Expected, observed: number): readonly string[] => {
  const { figure } = expected;
  const ceiling = ceilingOf(figure, run);
  if (ceiling === null || observed === 0 || !isBeyond(run, expected)) return [];
  return [
    `${figure} ≤ ${numberText(boundOf(expected) ?? 0)} holds whatever happens, for ${ceiling.why}: expect less of it`,
  ];
};
