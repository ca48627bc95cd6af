import { failures } from '../../../timeline/index.ts';
import type { RunDocument } from '../../document.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { listText, numberText } from '../../text.ts';
import { failedOf } from '../abort-conditions.ts';
import type { Figures } from '../evidence-problems.ts';
import { unmeasuredWhy } from '../unmeasured.ts';
import { evictedFromReady } from './before-fault.ts';
import { boundOf, counted, type Expected, speaks, whyUnknown } from './bounds.ts';
import { unspokenLosses } from './losses.ts';
import { partsOf, unnamed } from './parts.ts';

// A bound of one kind of harm holds as well where there was another: nodes that stay Ready do not say that clients were served.

const outcomes = new RegExp(`^requests\\.(?:by(?:Phase|Entrance)\\.[^.]+\\.)?(?:${failures.join('|')})$`);

/** Whether all that an expectation says is that there is to be some harm: nobody takes it for the lack of another. */
const isHarmAsked = (one: Expected): boolean =>
  boundOf(one) === null &&
  (one.min ?? 0) > 0 &&
  (outcomes.test(one.figure) || /^(?:nodes|pods)\.|^timing\.last/.test(one.figure));

/** Harm of which no expectation says anything, in words, and what to expect besides. */
type Harm = { readonly text: string; readonly besides: string };

/** Latencies of all requests that leave out so few that they are found where they are judged. */
const latencies = /^requests\.(?:latencyMs|allLatencyMs)\.(?:p99|max|mean)$/;

const speaksOfAllRequests = (one: Expected): boolean =>
  (outcomes.test(one.figure) && !one.figure.includes('.by') && speaks(one)) ||
  /^timing\.(?:firstRefused|lastRefused|lastFailed)Ms$/.test(one.figure) ||
  (latencies.test(one.figure) && boundOf(one) !== null);

/** Failures from the first fault on (under settings that lose nodes by themselves before it, too), by how they ended. */
const failedSince = (context: JudgeContext, requests: RunDocument['requests']) =>
  failures.flatMap((outcome) => {
    const count = partsOf(context, 'byPhase', requests).reduce((sum, { counts }) => sum + (counts[outcome] ?? 0), 0);
    return count > 0 ? [{ outcome, count }] : [];
  });

/** Whether of each phase, or of each entrance, an expectation names every failure. */
const speaksOfEach = (
  context: JudgeContext,
  part: 'byPhase' | 'byEntrance',
  requests: RunDocument['requests'],
): boolean => {
  const failed = partsOf(context, part, requests).filter(({ counts }) => failedOf(counts) > 0);
  return failed.length > 0 && failed.every((one) => unnamed({ plan: context.plan, requests }, one, null).length === 0);
};

/** @param boundsAnswers whether an expectation of answers leaves less room than there were failures */
const failedUnspoken = (context: JudgeContext, figures: Figures, boundsAnswers: boolean): Harm | null => {
  const { requests } = figures;
  const isSpoken =
    boundsAnswers ||
    context.plan.expectations.some(speaksOfAllRequests) ||
    speaksOfEach(context, 'byPhase', requests) ||
    speaksOfEach(context, 'byEntrance', requests);
  if (isSpoken) return null;
  const failed = failedSince(context, requests);
  if (failed.length > 0) {
    const how = listText(failed.map(({ outcome, count }) => `${numberText(count)} ${outcome}`));
    return {
      text: `requests failed (${how})`,
      besides: listText(failed.map(({ outcome }) => `requests.${outcome}`)),
    };
  }
  // Where nobody was to ask, nobody is asked about.
  if (requests.offered === 0 || unmeasuredWhy(context.events, 'requests') !== null) return null;
  // An expectation that is open for that says so itself.
  if (context.plan.expectations.some(({ figure }) => outcomes.test(figure) && whyUnknown(figures, figure) !== null))
    return null;
  const [open] = failures.flatMap((outcome) => {
    const why = whyUnknown(figures, `requests.${outcome}`);
    return why === null ? [] : [{ figure: `requests.${outcome}`, why }];
  });
  return open === undefined ? null : { text: `how requests ended is not known (${open.why})`, besides: open.figure };
};

const lostUnspoken = ({ plan: { expectations } }: JudgeContext, figures: Figures): Harm | null => {
  const count = unspokenLosses(expectations, figures.nodes);
  if (count === 0) return null;
  const besides = 'nodes.notReadyTransitions';
  return count === null
    ? {
        text: `how many nodes were NotReady is not known (${whyUnknown(figures, besides) ?? 'nobody saw it'})`,
        besides,
      }
    : { text: `nodes went NotReady (${counted(count, 'transition', 'transitions')})`, besides };
};

/** Those of a node that was lost are the loss's own. */
const evictedUnspoken = (context: JudgeContext): Harm | null => {
  const count = evictedFromReady(context);
  const isSpoken = context.plan.expectations.some(
    (one) =>
      (/^pods\.(?:evicted|unavailableSeconds)$/.test(one.figure) && speaks(one)) ||
      one.figure === 'timing.firstEvictionMs',
  );
  return count === 0 || isSpoken
    ? null
    : {
        text: `${counted(count, 'pod was', 'pods were')} evicted from nodes that were Ready`,
        besides: 'pods.evicted',
      };
};

/**
 * Harm of a kind of which no expectation says anything, in a run of which something else was expected than harm: clients that
 * were not served, nodes that were lost, pods that went from nodes that were not. What is not known may be such harm.
 * @param context with the expectations that say something
 * @param kept the expectations that held
 * @param boundsAnswers whether an expectation of answers leaves less room than there were failures
 */
export const harmLeftOut = (
  context: JudgeContext,
  figures: Figures,
  kept: readonly Expected[],
  boundsAnswers: boolean,
): readonly string[] => {
  const held = kept.find((one) => !isHarmAsked(one));
  if (held === undefined) return [];
  const harms = [
    failedUnspoken(context, figures, boundsAnswers),
    lostUnspoken(context, figures),
    evictedUnspoken(context),
  ];
  return harms.flatMap((harm) =>
    harm === null
      ? []
      : [`${held.figure} holds, and ${harm.text}, of which no expectation speaks: expect ${harm.besides} besides`],
  );
};
