import { checkScenario } from '../scenario/index.ts';
import { makePlan } from './plan.ts';
import { planRepeats } from './repeats.ts';
import type { Plan } from './types.ts';

/**
 * Makes a plan anew from the scenario that it was made of, for the same exact version and the same repeat.
 * @param scenarioYaml as it was resolved: with everything that the command line changed
 * @throws SkipbeatError SCENARIO_INVALID, PLAN_VERSION_MISMATCH, VERSION_UNSUPPORTED, PROFILE_INEXPRESSIBLE (all exit 64)
 */
export const replan = (scenarioYaml: string, { kubernetesVersion, repeat }: Plan): Plan => {
  const { scenario } = checkScenario(scenarioYaml, 'scenario.yaml');
  const plan = makePlan(scenario, { kubernetesVersion });
  return repeat === undefined ? plan : (planRepeats(plan)[repeat.number - 1] ?? plan);
};
