import { parseGoBoolean } from '../../profile/index.ts';
import type { PassedGate } from '../types.ts';
import { type Stated, statedBy } from './minor-ranges.ts';

/**
 * Feature gates that change what heartbeats, detection or eviction do, and what each is where nobody sets it (a minor that
 * is not stated: not known). `AllBeta=false` is no default: it takes every beta gate away.
 * @see pkg/features/kube_features.go of kubernetes; component-base featuregate/feature_gate.go, setUnsetAlphaGates
 */
const gates: Readonly<Record<string, Stated>> = {
  NodeLease: statedBy('F12-13 T14-22'),
  TaintBasedEvictions: statedBy('F11-12 T13-19'),
  TaintNodesByCondition: statedBy('F11 T12-17'),
  NodeControllerLeaseCircuitBreaker: statedBy('T37'),
  CoordinatedLeaderElection: statedBy('F31-35'),
  EventedPLEG: statedBy('F26-35'),
  EndpointSlice: statedBy('T18-24'),
  EndpointSliceProxying: statedBy('T19-24'),
  AllAlpha: statedBy('F11-37'),
  AllBeta: () => null,
};

export const isBearingGate = (gate: string): boolean => Object.hasOwn(gates, gate);

/** Whether such a gate is set to what it is where nobody sets it. */
export const isBearingDefault = ({ name, value }: Pick<PassedGate, 'name' | 'value'>, minor: number): boolean => {
  const unset = Object.hasOwn(gates, name) ? (gates[name]?.(minor) ?? null) : null;
  return unset !== null && parseGoBoolean(value ?? '') === (unset === 'T');
};
