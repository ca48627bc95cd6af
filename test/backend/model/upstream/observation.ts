/** What the API showed while a script runs. Times are seconds from the script's own zero. */
export type Observation = {
  /** One for each probe, in order. */
  readonly probes: readonly Probe[];
  /** When each pod was deleted, the first time. */
  readonly deletedS: Readonly<Record<string, number>>;
  /** Every taint that a node ever had, as `key:effect`. */
  readonly taintsSeen: Readonly<Record<string, readonly string[]>>;
  /** When the controllers read a lease past their cache. */
  readonly leaseReadsS: readonly number[];
  /** Seconds of each pod's tolerations at the end, by key; null where nobody reads them back. */
  readonly tolerations: Readonly<Record<string, Readonly<Record<string, number | 'forever'>>>> | null;
};

export type Probe = {
  readonly atS: number;
  readonly nodes: Readonly<Record<string, NodeView>>;
  /** By `region:zone`. */
  readonly zoneStates: Readonly<Record<string, string>>;
  /** Node status updates by the controllers since the last probe. */
  readonly writes: number;
  /** Pods marked NotReady since the last probe, and deleted. */
  readonly marked: readonly string[];
  readonly evicted: readonly string[];
  /** Status updates of pods since the beginning, those included that failed. */
  readonly podStatusUpdates: number;
};

export type NodeView = {
  readonly taints: readonly string[];
  /** Ready among them. */
  readonly conditions: Readonly<Record<string, ConditionView>>;
};

export type ConditionView = {
  readonly status: string;
  readonly reason: string;
  readonly heartbeatS: number;
  readonly transitionS: number;
};
