import { guestObjects } from '../../../cluster/index.ts';
import { type GuestObject, ownLabels, runLabel, runLabelOf } from '../../../guard/index.ts';
import type { Plan } from '../../../plan/index.ts';
import { maxLoadMs } from '../../phases/load.ts';
import type { OwnLoad } from '../context.ts';
import { loadPod } from './pod.ts';

/** Around the load: its pod starts before the workload is ready, and is asked for its last records after the phases. */
const spareMs = 600_000;

/** The labels of everything that the load of a run brings. */
const labelsOf = (run: string) => ({ ...ownLabels, [runLabel]: runLabelOf(run) });

/** The pod of the generator. Pure but for the generator's files. */
export const generatorPod = ({ node, image }: OwnLoad, plan: Pick<Plan, 'phases'>, run: string) =>
  loadPod({ node, image, labels: labelsOf(run), deadlineMs: maxLoadMs(plan) + spareMs });

/** The workload that a load brings, where it goes to no Service that stands there. Pure. */
export const broughtWorkload = (load: OwnLoad, plan: Pick<Plan, 'workload'>, run: string) =>
  guestObjects(plan.workload, { image: load.workloadImage, nodes: load.workloadNodes, labels: labelsOf(run) });

/** Every object that a load brings into a cluster, in the order in which they are made. */
export const loadObjects = (
  load: OwnLoad,
  plan: Pick<Plan, 'workload' | 'phases'>,
  run: string,
): readonly GuestObject[] => {
  const pod = generatorPod(load, plan, run);
  if (load.service !== null) return [pod];
  const { deployment, service } = broughtWorkload(load, plan, run);
  return [pod, service, deployment];
};
