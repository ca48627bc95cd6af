import { isHollow } from '../plan/index.ts';
import type { RunDocument } from '../verdict/index.ts';
import { minorOf } from './conditions/cluster-class.ts';
import { notInRunOf } from './conditions/conditions.ts';

/** JSON with its keys in order: in which one a document has them makes no other run of it. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

/**
 * What makes two documents one and the same run. In the model that is the seed, for what compares: another patch
 * release gives the same, and the same seed with another place in the heartbeat, as under another number of repeats, gives
 * the same chances but for that place. Of real runs no two have the same instants, whatever the folder, the seed or the
 * number of the repeat says.
 */
export const identityOf = (run: RunDocument): string => {
  if (run.predicted) {
    const { scenario, profile, kubernetesVersion, topology, conditions, seed } = run;
    // Wherever it was written that no run has something, it is the same run.
    const own = { ...conditions, notInRun: notInRunOf(conditions ?? {}) };
    return inOrder([scenario, profile, minorOf(kubernetesVersion), topology, own, seed]);
  }
  const { durationMs, faults, steps, nodes, requests, pods, timing } = run;
  return inOrder([durationMs, faults, steps, nodes, requests, pods, timing]);
};

/**
 * Whether the fault of a run of the model meets the place in the heartbeat that it meets in every such run, whatever the
 * seed: the cluster is made for the run and takes as long each time. A repeat has a place of its own, on an old cluster
 * every heartbeat has, and hollow nodes join at any time of one.
 */
export const isUnplaced = ({ predicted, topology, repeat, faults }: RunDocument): boolean =>
  predicted &&
  topology.age !== 'old' &&
  (repeat?.afterRenewalMs ?? null) === null &&
  faults.some(({ targets }) => !targets.every(isHollow));

/**
 * What makes two runs of one side one and the same draw of chance: they are the same run, or single runs of the model
 * that all meet one place in the heartbeat. How long a node stays Ready hangs on that place above all, so that any number
 * of them tells no more of how often a harm comes than one does.
 */
export const drawOf = (run: RunDocument): string =>
  isUnplaced(run) ? identityOf({ ...run, seed: 0 }) : identityOf(run);
