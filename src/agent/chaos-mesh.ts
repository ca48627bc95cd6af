import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterAccess } from '../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import {
  chaosMeshFault,
  chaosMeshProblems,
  injectWithinMs,
  isChaosMeshFault,
  type NetworkChaosAction,
  throughFile,
  type UnattendedFault,
  type UnattendedSite,
} from '../fault/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import type { MadeElsewhere } from './act.ts';
import { askNode } from './ask-node.ts';
import { actFolder } from './scripts.ts';

/** Who makes a fault on a node: its agent, or Chaos Mesh while the agent proves it and ends it. */
export const injectors = ['agent', 'chaos-mesh'] as const;

export type Injector = (typeof injectors)[number];

/** @throws SkipbeatError CHAOS_MESH_REFUSED (exit 64) for a fault that NetworkChaos has not, with all that it has not of it */
export const assertChaosMeshCan = (fault: PlannedFault): void => {
  const problems = chaosMeshProblems(fault);
  if (problems.length === 0) return;
  throw new SkipbeatError('CHAOS_MESH_REFUSED', `--injector chaos-mesh, ${fault.id}: ${problems.join('; ')}.`, {
    exitCode: exitCodes.usage,
    next: 'leave --injector out: an agent makes it, and undoes it by itself',
  });
};

/**
 * Chaos Mesh recovers within seconds of the end of its object's time, and is given 45 s by a run that deletes it. An agent that went before
 * would not see what the recovery leaves.
 */
const recoverMs = 60_000;

/** What an act is that Chaos Mesh makes in the agent's place. */
export type ChaosMeshAct = UnattendedFault & {
  readonly networkChaos: (surveyed: string) => NetworkChaosAction;
  readonly madeElsewhere: MadeElsewhere;
};

/** @throws SkipbeatError CHAOS_MESH_REFUSED (exit 64) */
export const chaosMeshAct = (planned: PlannedFault, site: UnattendedSite, lengthMs: number): ChaosMeshAct => {
  assertChaosMeshCan(planned);
  if (!isChaosMeshFault(planned)) throw new Error(`no NetworkChaos of ${planned.kind}`);
  const { action, ...fault } = chaosMeshFault(planned, site);
  const throughMs = lengthMs + injectWithinMs + recoverMs;
  return { ...fault, networkChaos: action, madeElsewhere: { withinMs: injectWithinMs, throughMs } };
};

/** Notifies the agent that the maker of its fault is through. Safe where the agent has ended. @throws Error; the signal's reason */
export const notifyThrough = async (
  access: ClusterAccess,
  pod: V1Pod,
  id: string,
  options: Parameters<typeof askNode>[3],
): Promise<void> => {
  const folder = `${actFolder}/${id}`;
  await askNode(access, pod, `if [ -d '${folder}' ]; then true > '${folder}/${throughFile}'; fi`, options);
};
