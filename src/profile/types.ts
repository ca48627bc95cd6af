import type { ControllerManagerSettings } from './controller-manager.ts';

export type Reading = 'literal' | 'equivalent';

/** A row of the profile table: what an operator says, before any version is known. null = that version's own default. */
export type Profile = {
  readonly name: string;
  readonly nodeStatusUpdateFrequencyMs: number | null;
  readonly nodeMonitorPeriodMs: number | null;
  readonly nodeMonitorGracePeriodMs: number | null;
  /** How long after NotReady pods are to be evicted. */
  readonly evictionAfterMs: number | null;
  /** Insists on one way to evict; null = pod-eviction-timeout where the version has it, else tolerations. */
  readonly evictionBy: Eviction['kind'] | null;
  /** What somebody's own files pass; the fields above are null then. */
  readonly userConfig?: UserConfig;
};

/**
 * Settings as somebody's own files pass them to the components, each text as written: flags without their dashes, and
 * fields of KubeletConfiguration. What is not there is not passed.
 */
export type UserConfig = {
  readonly controllerManagerArgs: Readonly<Record<string, string>>;
  readonly apiServerArgs: Readonly<Record<string, string>>;
  readonly kubeletArgs: Readonly<Record<string, string>>;
  readonly kubeletConfiguration: Readonly<Record<string, string | number>>;
  /** What the files say beside these, in words with its place, and neither a run nor the model has; left out: nothing. */
  readonly notInRun?: readonly string[] | undefined;
};

/** One setting to read back from a live process. `expected: null` = the flag must not be there. */
export type ExpectedSetting = {
  readonly component: 'kube-controller-manager' | 'kube-apiserver' | 'kubelet';
  /** A flag without its dashes, or a KubeletConfiguration field as configz prints it. */
  readonly setting: string;
  /** Flags: their text as passed. configz: durations as Go prints them ('10s', '5m0s'), numbers as text. */
  readonly expected: string | null;
};

export type Eviction =
  | { readonly kind: 'tolerations'; readonly seconds: number }
  | { readonly kind: 'pod-eviction-timeout'; readonly timeoutMs: number };

/** What really holds on the compiled version once defaults are filled in; durations in ms. */
export type EffectiveSettings = {
  readonly nodeStatusUpdateFrequencyMs: number;
  readonly nodeStatusReportFrequencyMs: number;
  readonly nodeLeaseDurationSeconds: number;
  /** How often a kubelet says that it lives: by a lease, or where it has none by its status. */
  readonly leaseRenewIntervalMs: number;
  /** To v1.13 no kubelet keeps a lease that anybody reads: its status is its heartbeat. Left out where leases are. */
  readonly withoutLeases?: true;
  /** Largest factor by which a renewal waits longer than the interval: 0 or 0.04. */
  readonly leaseJitter: number;
  readonly statusJitter: number;
  readonly nodeMonitorPeriodMs: number;
  readonly nodeMonitorGracePeriodMs: number;
  readonly eviction: Eviction;
  /** Left out where all of it is default. */
  readonly controllerManager?: ControllerManagerSettings;
};

/** A profile made exact for one Kubernetes version. */
export type CompiledProfile = {
  readonly name: string;
  readonly reading: Reading;
  readonly kubernetesVersion: string;
  /** Flag name without dashes → value. */
  readonly controllerManagerArgs: Readonly<Record<string, string>>;
  readonly apiServerArgs: Readonly<Record<string, string>>;
  /** Fields of KubeletConfiguration beyond apiVersion and kind. */
  readonly kubeletConfiguration: Readonly<Record<string, string | number | boolean>>;
  readonly expectedSettings: readonly ExpectedSetting[];
  readonly effective: EffectiveSettings;
  /** One sentence each: what the profile does not do on this version, or does by itself. */
  readonly warnings: readonly string[];
  /** As of its `UserConfig`. */
  readonly notInRun?: readonly string[];
};
