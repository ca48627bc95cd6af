import { randomFrom, seedOfRepeat } from '../common/random.ts';
import { checkScenario, type Scenario } from '../scenario/index.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './types.ts';

/** Puts integers from 0 to `count` - 1 into a random order. */
const shuffled = (count: number, random: () => number): readonly number[] => {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
};

/**
 * The plans of all repeats of a plan, each with a seed of its own (the first keeps the plan's).
 *
 * How long a node stays Ready after a fault depends on how old its lease was, so the starts are spread over one
 * renewal interval: it is cut into as many parts as there are repeats, and each part gets one start at a random place.
 * Their order is random too: what changes from the first repeat to the last, as a machine that gets warm, falls on all
 * parts alike.
 * @returns the plan itself, as it is, where it asks for one repeat
 */
export const planRepeats = (plan: Plan): readonly Plan[] => {
  const of = plan.repeats;
  if (of === 1) return [plan];
  const random = randomFrom(plan.seed);
  const parts = shuffled(of, random);
  const fault = plan.phases.find((phase) => phase.kind === 'fault');
  const heartbeatOf = fault?.kind === 'fault' ? (fault.inject[0]?.targets[0] ?? null) : null;
  return parts.map((part, index) => {
    const share = (part + random()) / of;
    const afterRenewalMs =
      heartbeatOf === null ? null : Math.round(share * plan.profile.effective.leaseRenewIntervalMs);
    return {
      ...plan,
      seed: seedOfRepeat(plan.seed, index),
      repeat: { number: index + 1, of, heartbeatOf, afterRenewalMs },
    };
  });
};

/** The scenario as it was on a cluster that somebody has, by the plan that was made there: its nodes and version, its Service, how many generators. */
const onOwnCluster = (scenario: Scenario, { topology, kubernetesVersion, workload, load }: Plan): Scenario => ({
  ...scenario,
  cluster: {
    topology: topology.name,
    kubernetes: kubernetesVersion.split('.').slice(0, 2).join('.'),
    controlPlanes: topology.controlPlanes,
    workers: topology.workers,
    apiServerPort: null,
  },
  workload: workload.existingService === undefined ? scenario.workload : workload,
  load: { ...scenario.load, ...(load.generators === undefined ? {} : { generators: load.generators }) },
});

/**
 * Makes a plan anew from the scenario that it was made of, for the same exact version and the same repeat.
 * @param scenarioYaml as it was resolved: with everything that the command line changed
 * @param isOwnCluster what a cluster of somebody's decides, and no scenario says, is taken from the plan
 * @throws SkipbeatError SCENARIO_INVALID, PLAN_VERSION_MISMATCH, VERSION_UNSUPPORTED, PROFILE_INEXPRESSIBLE (all exit 64)
 */
export const replan = (
  scenarioYaml: string,
  made: Plan,
  { isOwnCluster }: { readonly isOwnCluster: boolean },
): Plan => {
  const { kubernetesVersion, repeat } = made;
  const { scenario } = checkScenario(scenarioYaml, 'scenario.yaml');
  const plan = makePlan(isOwnCluster ? onOwnCluster(scenario, made) : scenario, { kubernetesVersion });
  return repeat === undefined ? plan : (planRepeats(plan)[repeat.number - 1] ?? plan);
};
