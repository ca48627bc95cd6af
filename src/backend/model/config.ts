import type { SimulationConfig } from './engine/config.ts';
import type { ModelFault } from './faults/kinds.ts';

export type ModelPhase =
  | { readonly kind: 'steady'; readonly name: string; readonly durationUs: number }
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly durationUs: number;
      readonly inject: readonly ModelFault[];
    }
  | { readonly kind: 'recover'; readonly name: string; readonly withinUs: number };

/** One simulated run, exact. */
export type ModelConfig = SimulationConfig & { readonly phases: readonly ModelPhase[] };
