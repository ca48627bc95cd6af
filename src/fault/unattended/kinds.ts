import type { ContextFaultKind, PlannedFault } from '../../plan/index.ts';
import { asNetem } from '../path/latency.ts';
import { netem } from './netem.ts';
import { partition } from './partition.ts';
import type { UnattendedFault, UnattendedSite } from './unattended.ts';

/** Kinds that a node makes, proves and undoes by itself, where none of their commands can be asked for from outside. */
export const unattendedKinds = ['partition', 'netem', 'latency'] as const satisfies readonly ContextFaultKind[];

/** What one node is to do for a fault of such a kind. Touches nothing. null: it is of another kind. */
export const unattendedFault = (planned: PlannedFault, site: UnattendedSite): UnattendedFault | null => {
  if (planned.kind === 'partition') return partition(planned, site);
  if (planned.kind === 'netem') return netem(planned, site);
  // No relay stands beside such a node.
  return planned.kind === 'latency' ? netem(asNetem(planned), site) : null;
};
