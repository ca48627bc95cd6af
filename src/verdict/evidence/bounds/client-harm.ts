import type { Plan } from '../../../plan/index.ts';
import { requestOutcomes } from '../../../timeline/index.ts';
import type { ExpectationResult } from '../../document.ts';
import { listText, numberText } from '../../text.ts';
import { isFailure } from '../abort-conditions.ts';
import type { Figures } from '../evidence-problems.ts';
import { boundOf, type Expected, speaks } from './bounds.ts';

// Nodes that stay Ready and pods that stay where they are do not say that clients were served.

const failures = requestOutcomes.filter(isFailure);

/** Figures that tell how requests failed, when, or how slow those were that did not. */
const ofFailures = new RegExp(
  `^(?:requests\\.(?:by(?:Phase|Entrance)\\.[^.]+\\.)?(?:${failures.join('|')})|timing\\.(?:first|last)RefusedMs)$`,
);
const ofAnswers = /^requests\.(?:.+\.)?(?:latencyMs|plannedLatencyMs|allLatencyMs|slowSeconds)(?:\.|$)/;

const speaksOfFailures = (one: Expected): boolean =>
  (ofFailures.test(one.figure) && (speaks(one) || one.figure.startsWith('timing.'))) ||
  (ofAnswers.test(one.figure) && boundOf(one) !== null);

/** Where harm is asked for, nobody takes a pass for the lack of it. */
const asksForHarm = ({ figure, min, equals }: Expected): boolean =>
  (/^(?:nodes|pods)\./.test(figure) && (min ?? equals ?? 0) > 0) || (/^timing\.first/.test(figure) && min !== null);

/**
 * Requests that failed in a run whose upper bounds were kept, and of which no expectation says anything, though none asks for
 * harm: a bound on nodes or pods holds as well when every request times out.
 * @param boundsAnswers whether an expectation of answers leaves less room than there were failures
 */
export const clientHarm = (
  { expectations }: Plan,
  { requests }: Figures,
  results: readonly ExpectationResult[],
  boundsAnswers: boolean,
): readonly string[] => {
  const bound = expectations.find((one, index) => boundOf(one) !== null && results[index]?.held === true);
  if (bound === undefined || boundsAnswers || expectations.some((one) => speaksOfFailures(one) || asksForHarm(one))) {
    return [];
  }
  const failed = failures.flatMap((outcome) => {
    const count = requests[outcome] ?? 0;
    return count > 0 ? [{ outcome, count }] : [];
  });
  if (failed.length === 0) return [];
  const how = listText(failed.map(({ outcome, count }) => `${numberText(count)} ${outcome}`));
  const besides = listText(failed.map(({ outcome }) => `requests.${outcome}`));
  return [
    `${bound.figure} holds, and requests failed, of which no expectation speaks (${how}): expect ${besides} besides`,
  ];
};
