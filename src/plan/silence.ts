import type { PlannedFault, PlannedPhase } from './types.ts';

export type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

export const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

/** Kinds that keep a node's heartbeats from the API server for as long as they stand. */
const silencing: ReadonlySet<PlannedFault['kind']> = new Set([
  'kubelet-pause',
  'kubelet-stop',
  'node-pause',
  'node-stop',
  'partition',
]);

export const silencingIn = (phase: FaultPhase): readonly PlannedFault[] =>
  // A node that is cut off from answers alone goes on being heard, as long as its connections hold.
  phase.inject.filter(
    (fault) => silencing.has(fault.kind) && !(fault.kind === 'partition' && fault.direction === 'from'),
  );

export const silencedIn = (phase: FaultPhase): readonly string[] => [
  ...new Set(silencingIn(phase).flatMap(({ targets }) => targets)),
];
