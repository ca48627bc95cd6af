import { maxLoadMs, maxServiceLoadMs, maxServiceRatePerSecond } from '../../backend/index.ts';
import { formatDuration } from '../../common/duration.ts';
import type { ServiceChoice, ServicePlace } from '../../guard/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { refused } from './adapt.ts';

/**
 * Refuses a load that is more than a Service of somebody's is ever asked: before anybody is asked anything.
 * @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64)
 */
export const assertServiceLoad = (scenario: Scenario): void => {
  const { ratePerSecond, through = 'untouched' } = scenario.load;
  if (through !== 'untouched')
    throw refused(scenario, 'its load comes through nodes that faults hit, and the generator is on none of these');
  if (ratePerSecond > maxServiceRatePerSecond)
    throw refused(
      scenario,
      `it asks for ${ratePerSecond} requests a second, and a Service of --service gets at most ${maxServiceRatePerSecond}: --set load.ratePerSecond=${maxServiceRatePerSecond}`,
    );
};

/** The same of its length, once that is planned. @throws SkipbeatError SCENARIO_NOT_FOR_CONTEXT (exit 64) */
export const assertServiceTime = (scenario: Scenario, plan: Pick<Plan, 'phases'>): void => {
  const loadMs = maxLoadMs(plan);
  if (loadMs > maxServiceLoadMs)
    throw refused(
      scenario,
      `its load may last ${formatDuration(loadMs)}, and a Service of --service gets one for at most ${formatDuration(maxServiceLoadMs)}`,
    );
};

/** The scenario with a Service that stands there in the place of its workload, none of which is brought. Pure. */
export const onService = (scenario: Scenario, place: ServicePlace, { path }: ServiceChoice): Scenario => {
  const { namespace, name, port, ready } = place;
  const asked = path ?? scenario.workload.manifest?.path ?? '/';
  return { ...scenario, workload: { replicas: ready, existingService: { namespace, name, port, path: asked } } };
};
