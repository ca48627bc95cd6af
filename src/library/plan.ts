import { assumedVersion } from '../common/kubernetes/version-range.ts';
import { makePlan, type Plan } from '../plan/index.ts';
import { findNodeImage } from '../setup/index.ts';
import { type ScenarioChanges, scenarioWith } from './scenario.ts';

/**
 * A scenario made exact: settings as they will stand on each component, faults with their targets, predictions. Touches
 * nothing. A minor (`v1.34`) becomes the patch that this machine has a node image of, else the one that is assumed for it;
 * an exact version stays.
 * @param scenario the name of one that comes with skipbeat, or a path from the working directory
 * @returns `plan.json`; its durations are in ms
 * @throws SkipbeatError SCENARIO_NOT_FOUND, SCENARIO_INVALID, and what a version cannot express
 * @example
 * const { prediction } = await plan('tight-grace', { kubernetes: 'v1.34.4' });
 * prediction.notReadyAfterMs; // [0, 20500]
 */
export const plan = async (scenario: string, changes: ScenarioChanges = {}): Promise<Plan> => {
  const loaded = scenarioWith(scenario, changes).scenario;
  const { kubernetes } = loaded.cluster;
  const found = (await findNodeImage(kubernetes))?.kubernetesVersion ?? null;
  return makePlan(loaded, { kubernetesVersion: found ?? assumedVersion(kubernetes) });
};
