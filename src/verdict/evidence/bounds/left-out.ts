import type { Plan } from '../../../plan/index.ts';
import { failures } from '../../../timeline/index.ts';
import { listText, numberText } from '../../text.ts';
import type { Figures } from '../evidence-problems.ts';
import { boundOf, counted, type Expected, speaks } from './bounds.ts';

// A bound of one kind of harm holds as well where there was another: nodes that stay Ready do not say that clients were served.

const outcomes = new RegExp(`^requests\\.(?:by(?:Phase|Entrance)\\.[^.]+\\.)?(?:${failures.join('|')})$`);

/** Whether all that an expectation says is that there is to be some harm: nobody takes it for the lack of another. */
const isHarmAsked = (one: Expected): boolean =>
  boundOf(one) === null &&
  (one.min ?? 0) > 0 &&
  (outcomes.test(one.figure) || /^(?:nodes|pods)\.|^timing\.last/.test(one.figure));

/** A kind of harm, how much of it there was, in words, and what to expect besides; null: none was seen. */
type Harm = { readonly text: string; readonly besides: string };

type Kind = {
  readonly seen: (figures: Figures, evictedFromReady: number) => Harm | null;
  /** Whether an expectation says how much of it there may be, or that there is to be some. */
  readonly isSpokenOf: (one: Expected) => boolean;
};

/** Whether an expectation says something of how many nodes were lost, how often, for how long or when. */
export const speaksOfNodes = (one: Expected): boolean =>
  (/^nodes\.(?!unrecovered$|.+BeforeFault$|byNode\..+\.(?:first|last))/.test(one.figure) && speaks(one)) ||
  /^timing\.(?:firstNotReady|lastReady)Ms$/.test(one.figure);

/** Latencies of all requests that leave out so few that they are found where they are judged. */
const latencies = /^requests\.(?:latencyMs|allLatencyMs)\.(?:p99|max|mean)$/;

const kinds: readonly Kind[] = [
  {
    seen: ({ requests }) => {
      const failed = failures.flatMap((outcome) => {
        const count = requests[outcome] ?? 0;
        return count > 0 ? [{ outcome, count }] : [];
      });
      const how = listText(failed.map(({ outcome, count }) => `${numberText(count)} ${outcome}`));
      const besides = listText(failed.map(({ outcome }) => `requests.${outcome}`));
      return failed.length === 0 ? null : { text: `requests failed (${how})`, besides };
    },
    isSpokenOf: (one) =>
      (outcomes.test(one.figure) && speaks(one)) ||
      /^timing\.(?:firstRefused|lastRefused|lastFailed)Ms$/.test(one.figure) ||
      (latencies.test(one.figure) && boundOf(one) !== null),
  },
  {
    seen: ({ nodes: { notReadyTransitions } }) =>
      (notReadyTransitions ?? 0) > 0
        ? {
            text: `nodes went NotReady (${counted(notReadyTransitions ?? 0, 'transition', 'transitions')})`,
            besides: 'nodes.notReadyTransitions',
          }
        : null,
    isSpokenOf: speaksOfNodes,
  },
  {
    // Those of a node that was lost are the loss's own.
    seen: (_, evictedFromReady) =>
      evictedFromReady > 0
        ? {
            text: `${counted(evictedFromReady, 'pod was', 'pods were')} evicted from nodes that were Ready`,
            besides: 'pods.evicted',
          }
        : null,
    isSpokenOf: (one) =>
      (/^pods\.(?:evicted|unavailableSeconds)$/.test(one.figure) && speaks(one)) ||
      one.figure === 'timing.firstEvictionMs',
  },
];

/**
 * Harm of a kind of which no expectation says anything, in a run of which something else was expected than harm: clients that
 * were not served, nodes that were lost, pods that went from nodes that were not.
 * @param kept the expectations that held
 * @param evictedFromReady how many pods
 * @param boundsAnswers whether an expectation of answers leaves less room than there were failures
 */
export const harmLeftOut = (
  { expectations }: Plan,
  figures: Figures,
  kept: readonly Expected[],
  boundsAnswers: boolean,
  evictedFromReady: number,
): readonly string[] => {
  const held = kept.find((one) => !isHarmAsked(one));
  if (held === undefined) return [];
  return kinds.flatMap(({ seen, isSpokenOf }) => {
    const harm = seen(figures, evictedFromReady);
    const isSpoken = expectations.some(isSpokenOf) || (boundsAnswers && harm?.besides.startsWith('requests.') === true);
    return harm === null || isSpoken
      ? []
      : [`${held.figure} holds, and ${harm.text}, of which no expectation speaks: expect ${harm.besides} besides`];
  });
};
