import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import type { Profile, Reading } from '../profile/index.ts';
import type { HollowNodes } from './faults/hollow.ts';
import type { ScenarioFault } from './faults/read-fault.ts';
import { entranceChoices } from './schema.ts';
import type { Workload } from './workload.ts';

export const topologyNameShape = z.enum(['single', 'ha', 'managed']);

export type TopologyName = z.infer<typeof topologyNameShape>;

export const loadShape = z.strictObject({
  ratePerSecond: z.number(),
  connection: z.enum(['fresh', 'keep-alive', 'both']),
  timeoutMs: z.number(),
  through: z.enum(entranceChoices).exclude(['untouched']).describe('Left out where it is `untouched`.').exactOptional(),
  generators: z
    .number()
    .describe('Load generators in pods, each on a node of its own that no fault hits; left out where there is one.')
    .exactOptional(),
});

export type ScenarioPhase =
  | { readonly kind: 'steady'; readonly durationMs: number }
  | { readonly kind: 'fault'; readonly durationMs: number; readonly inject: readonly ScenarioFault[] }
  | { readonly kind: 'recover'; readonly withinMs: number };

export type ScenarioExpectation = {
  readonly figure: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly equals: number | null;
};

/** What a person wrote, checked and with every default filled in. Targets exist; figures are known. */
export type Scenario = {
  readonly name: string;
  readonly title: string;
  readonly profile: Profile;
  readonly reading: Reading;
  readonly cluster: {
    readonly topology: TopologyName;
    /** A minor, `v1.34`, or an exact version, `v1.34.4`. */
    readonly kubernetes: string;
    readonly controlPlanes: number;
    readonly workers: number;
    readonly apiServerPort: number | null;
    /** Left out where there is one. */
    readonly zones?: number;
    /** Pods on each node beside the workload. Left out where there are none. */
    readonly podsPerNode?: number;
    /** Simulated as after weeks; left out where the cluster is made for the run. */
    readonly age?: 'old';
    /** Left out where there are none. */
    readonly hollow?: HollowNodes;
  };
  readonly workload: Workload;
  readonly load: Frozen<z.infer<typeof loadShape>>;
  readonly phases: readonly ScenarioPhase[];
  readonly expect: readonly ScenarioExpectation[];
  readonly seed: number;
  readonly repeats: number;
};

/** A change from the command line. `origin` stands in error texts where a file's line would: `--set load.timeout`. */
export type Override = { readonly origin: string; readonly path: readonly string[]; readonly value: unknown };

export type LoadedScenario = {
  readonly scenario: Scenario;
  /** As a person would name it: the path as given, or that of the named scenario from the working directory. */
  readonly file: string;
  /** The scenario as YAML with all overrides in place; reading it again gives the same scenario. */
  readonly resolved: string;
};
