import { faultTraits } from '../scenario/index.ts';
import type { PlannedFault, PlannedPhase } from './types.ts';

export type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

export const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

/** Whether a fault keeps its targets' heartbeats from the API server for as long as it stands. */
export const isSilencing = (fault: PlannedFault): boolean => {
  const { silencesLeases } = faultTraits(fault.kind);
  if (silencesLeases === 'outbound') return !('direction' in fault && fault.direction === 'from');
  return silencesLeases === 'always';
};

export const silencingIn = (phase: FaultPhase): readonly PlannedFault[] => phase.inject.filter(isSilencing);

export const silencedIn = (phase: FaultPhase): readonly string[] => [
  ...new Set(silencingIn(phase).flatMap(({ targets }) => targets)),
];
