import type { Scenario } from '../scenario/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import type { ClusterOptions } from './kind.ts';
import type { OwnClusterHuman } from './own-cluster/cluster.ts';
import type { OwnClusterOption } from './own-cluster/options.ts';
import type { Prepared } from './prepared.ts';

export {
  assertReal,
  type BackendChoice,
  chooseBackend,
  chooseBackendFor,
  readBackendOption,
} from './choose-backend.ts';
export type { ClusterOptions } from './kind.ts';
export type { OwnClusterOption } from './own-cluster/options.ts';
export type { Prepared } from './prepared.ts';

/**
 * Loads the one backend that is used, and makes a run ready on it: what drives real clusters costs a prediction no time,
 * and the other way round.
 * @param environment null: the model
 * @param notify takes lines for the person who waits
 * @throws SkipbeatError what `prepareKind` or `prepareModel` throws
 */
export const prepareRun = async (
  scenario: Scenario,
  option: ClusterOptions,
  environment: KindEnvironment | null,
  notify: (line: string) => void,
): Promise<Prepared> => {
  if (environment === null) return (await import('./model.ts')).prepareModel(scenario);
  return (await import('./kind.ts')).prepareKind(scenario, option, environment, notify);
};

/**
 * Makes a run ready on a cluster that somebody has.
 * @throws SkipbeatError what `prepareOwnCluster` throws
 */
export const prepareOnContext = async (
  scenario: Scenario,
  option: OwnClusterOption,
  human: OwnClusterHuman,
): Promise<Prepared> => (await import('./own-cluster/cluster.ts')).prepareOwnCluster(scenario, option, human);

/** Refuses a cluster's name before anything is inspected. @throws SkipbeatError CLUSTER_NAME_INVALID (exit 64) */
export const assertClusterName = async (option: ClusterOptions): Promise<void> => {
  (await import('./kind.ts')).askedClusterName(option);
};
