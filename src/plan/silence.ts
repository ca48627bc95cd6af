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

/** After these a node is heard at once: of the others some are heard only after their connection, or their start. */
export const freezes = ({ kind }: PlannedFault): boolean => faultTraits(kind).kubeletEnds === 'thaw';

/** No constant of Kubernetes: within this a kubelet is back that was cut off, slowed or started again. */
export const returnMs = 10_000;
