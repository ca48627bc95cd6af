import type { CompiledProfile } from '../profile/index.ts';
import type { ScenarioFault } from '../scenario/index.ts';

/** A fault made exact. Node names are short: `control-plane`, `worker`, `worker2`, as kind numbers them. */
export type PlannedFault = {
  /** Unique in the plan: `kubelet-pause-1`. */
  readonly id: string;
  readonly kind: ScenarioFault['kind'];
  readonly targets: readonly string[];
};

/** `name` is unique in the plan: the kind, with a number from the second of a kind on (`fault`, `fault-2`). */
export type PlannedPhase =
  | { readonly kind: 'steady'; readonly name: string; readonly durationMs: number }
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly durationMs: number;
      readonly inject: readonly PlannedFault[];
    }
  | { readonly kind: 'recover'; readonly name: string; readonly withinMs: number };

export type Expectation = {
  /** Dotted path of a figure in run.json. */
  readonly figure: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly equals: number | null;
};

/** Windows from closed formulas, in ms after the first fault starts; null where the plan has nothing that makes them. */
export type Prediction = {
  readonly notReadyAfterMs: readonly [number, number] | null;
  readonly evictionAfterMs: readonly [number, number] | null;
  /** Whether the planned disturbance makes a targeted node NotReady. */
  readonly flap: 'impossible' | 'possible' | 'certain';
};

/** A scenario made exact: everything a backend needs and nothing it must decide. */
export type Plan = {
  readonly schemaVersion: 1;
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  readonly repeats: number;
  /** Exact: `v1.34.4`. */
  readonly kubernetesVersion: string;
  readonly profile: CompiledProfile;
  readonly topology: {
    readonly name: 'single' | 'ha';
    readonly controlPlanes: number;
    readonly workers: number;
    /** Port of the API server on this machine's loopback; null = any free one. */
    readonly apiServerPort: number | null;
  };
  readonly workload: { readonly replicas: number };
  readonly load: {
    readonly ratePerSecond: number;
    readonly connection: 'fresh' | 'keep-alive' | 'both';
    readonly timeoutMs: number;
  };
  readonly phases: readonly PlannedPhase[];
  readonly expectations: readonly Expectation[];
  readonly prediction: Prediction;
  /** One sentence each on the plan as a whole; the profile has its own. */
  readonly warnings: readonly string[];
};
