import { messageOf, SkipbeatError } from '../../../src/common/errors.ts';
import { differencesFromPlan } from '../../../src/compare/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario, scenarioNames } from '../../../src/scenario/index.ts';
import { expectedText, type RunDocument } from '../../../src/verdict/index.ts';

/** Expectations in words, in one order. */
export const textsOf = (expectations: readonly { readonly figure: string; readonly expected: string }[]): string =>
  expectations
    .map(({ figure, expected }) => `${figure} ${expected}`)
    .sort()
    .join(', ') || 'none';

/** In what a run differs from its scenario as this checkout has it, on the run's own version, in words. */
const differencesOf = (run: RunDocument): readonly string[] => {
  const version = { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: run.kubernetesVersion };
  const { scenario } = loadScenario(run.scenario, { overrides: [version] });
  const here = textsOf(scenario.expect.map((one) => ({ figure: one.figure, expected: expectedText(one) })));
  const own = textsOf(run.expectations);
  // Where nothing was expected the run was measured, and is no good one.
  const isExpecting = run.expectations.length > 0 && own !== here;
  const plan = makePlan(scenario, { kubernetesVersion: run.kubernetesVersion });
  return [
    ...differencesFromPlan(plan, run).map(
      ({ condition, base, candidate }) => `${condition}: here ${base}; found ${candidate}`,
    ),
    ...(isExpecting ? [`expectations: here ${here}; found ${own}`] : []),
  ];
};

/**
 * Runs of a scenario of this checkout that were made of another one, in words: another profile may do less harm, as may fewer
 * faults or another load, and who expects less passes more easily. Empty where they were made of it.
 */
export const notAsShipped = (folder: string, runs: readonly RunDocument[]): readonly string[] => {
  const shipped = scenarioNames();
  const found = runs
    .filter(({ scenario }) => shipped.includes(scenario))
    .flatMap((run) => {
      try {
        return differencesOf(run).map((text) => `expected ${run.scenario} as it is here, found another one: ${text}`);
      } catch (thrown) {
        if (!(thrown instanceof SkipbeatError)) throw thrown;
        const why = `which cannot be planned on ${run.kubernetesVersion}: ${messageOf(thrown)}`;
        return [`expected ${run.scenario} as it is here, ${why}`];
      }
    });
  return [...new Set(found)].map((text) => `${folder}: ${text}`);
};
