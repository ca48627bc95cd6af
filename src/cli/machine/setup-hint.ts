import { getHeapStatistics } from 'node:v8';
import { skipbeat } from '../../common/invocation.ts';
import { makePlan } from '../../plan/index.ts';
import { loadScenario } from '../../scenario/index.ts';
import { numberText, secondsText } from '../../verdict/index.ts';

/** Enough that the median tells something, and done in well under a second. */
const runs = 100;
const scenarioName = 'tight-grace';

/**
 * What the model predicts for the scenario that set-up ends with, and how to see it: something to read, and to do, while a
 * node image is built for minutes.
 * @param kubernetesVersion the exact version that is built
 * @returns one paragraph, without a line feed
 * @throws SkipbeatError of what that version cannot express (exit 64)
 */
export const predictionHint = async (kubernetesVersion: string): Promise<string> => {
  const { simulatePlan } = await import('../../sweep/index.ts');
  const version = { origin: '--kubernetes', path: ['cluster', 'kubernetes'], value: kubernetesVersion };
  const { scenario } = loadScenario(scenarioName, { overrides: [version] });
  const plan = makePlan(scenario, { kubernetesVersion });
  const heapBytes = getHeapStatistics().heap_size_limit;
  const { refused, firstRefusedMs } = await simulatePlan(plan, runs, { workers: 1, heapBytes });
  const firstMs = firstRefusedMs?.p50 ?? null;
  const median = firstMs === null ? '' : `, first ${secondsText(firstMs)} after the fault at the median`;
  return (
    `this takes minutes. Predicted meanwhile, nothing was run: in ${numberText(refused?.count ?? null)} of ${numberText(runs)} ` +
    `simulations of ${scenarioName} on Kubernetes ${kubernetesVersion} clients are refused${median}. To see one, in ` +
    `another terminal: ${skipbeat(`run ${scenarioName} --backend model --kubernetes ${kubernetesVersion}`)}`
  );
};
