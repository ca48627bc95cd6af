import { modelBackend } from '../backend/model/index.ts';
import { assumedVersion } from '../common/kubernetes/version-range.ts';
import { makePlan } from '../plan/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { Prepared } from './prepared.ts';

/** @throws SkipbeatError of what the scenario's version cannot express (exit 64) */
export const prepareModel = (scenario: Scenario): Prepared => ({
  plan: makePlan(scenario, { kubernetesVersion: assumedVersion(scenario.cluster.kubernetes) }),
  begin: () => ({ backend: modelBackend(), end: () => [] }),
});
