import type { PlannedFault } from '../../plan/index.ts';
import { partition } from './partition.ts';
import type { UnattendedFault, UnattendedSite } from './unattended.ts';

/** Kinds that a node makes, proves and undoes by itself, where none of their commands can be asked for from outside. */
const kinds = { partition } as const;

export type UnattendedKindName = keyof typeof kinds;

export const unattendedKinds = Object.keys(kinds) as readonly UnattendedKindName[];

/** What one node is to do for a fault of such a kind. Touches nothing. null: it is of another kind. */
export const unattendedFault = (planned: PlannedFault, site: UnattendedSite): UnattendedFault | null =>
  planned.kind === 'partition' ? kinds.partition(planned, site) : null;
