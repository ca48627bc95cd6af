/**
 * Which way a fault of the network bites, seen from its target: what it sends (`to`), what it receives (`from`). The
 * words are those of Chaos Mesh's NetworkChaos.
 */
export type Direction = 'to' | 'from' | 'both';

/** A delay added each way, and how far it may lie from that. */
export type PathDelay = { readonly delayMs: number; readonly jitterMs: number };

/** A share in percent (0 to 100) and how much one case depends on the one before it, in percent too. */
export type Chance = { readonly percent: number; readonly correlationPercent: number };

/** What tc-netem(8) is told; null: not told. */
export type NetemSettings = {
  readonly delay:
    | (PathDelay & {
        readonly correlationPercent: number;
        /** How jitter is distributed; null: evenly. */
        readonly distribution: 'normal' | 'pareto' | 'paretonormal' | null;
        /** This share of packets goes at once, after `gap` - 1 that were delayed. */
        readonly reorder: (Chance & { readonly gap: number }) | null;
      })
    | null;
  /**
   * Lost at random, or by the Gilbert-Elliott chain, in percent as tc-netem(8) has them: from good to bad (p), from bad
   * to good (r), and what comes through while bad (h) and while good (k).
   */
  readonly loss:
    | Chance
    | { readonly gemodel: { readonly p: number; readonly r: number; readonly h: number; readonly k: number } }
    | null;
  readonly duplicate: Chance | null;
  readonly corrupt: Chance | null;
  readonly rateBitsPerSecond: number | null;
  /** Packets leave in bursts, so long apart, of no more than so many packets and bytes; null: as many as wait. */
  readonly slot: {
    readonly minDelayMs: number;
    readonly maxDelayMs: number;
    readonly packets: number | null;
    readonly bytes: number | null;
  } | null;
  readonly direction: Direction;
  /** All traffic of the target, or only that with the API server. */
  readonly peer: 'all' | 'api-server';
  /** In how many equal steps it grows to its full strength over its time; 1: at once. */
  readonly rampSteps: number;
};

type Nothing = Readonly<Record<never, never>>;

/** What each kind of fault takes beyond its targets and its times. */
export type FaultOptions = {
  readonly 'kubelet-pause': Nothing;
  readonly 'kubelet-stop': Nothing;
  readonly 'node-pause': Nothing;
  readonly 'node-stop': Nothing;
  readonly netem: NetemSettings;
  /** Between the target and the API server. */
  readonly latency: PathDelay & {
    readonly lossPercent: number;
    readonly direction: Direction;
    readonly rampSteps: number;
  };
  /** Between the target and the control planes. */
  readonly partition: {
    readonly direction: Direction;
    readonly by: 'drop' | 'reject';
    /** What goes between API servers on the one side, the kubelet and pods on the other; or everything. */
    readonly traffic: 'control' | 'all';
  };
  readonly 'apiserver-pause': Nothing;
  readonly 'etcd-pause': Nothing;
  readonly 'controller-manager-pause': Nothing;
  readonly 'controller-manager-kill': Nothing;
  /** Before the port of the target's API server, for everybody who connects to it. */
  readonly 'apiserver-latency': PathDelay & { readonly rampSteps: number };
  /** Between the target's API server and its etcd. */
  readonly 'etcd-latency': PathDelay & { readonly rampSteps: number };
  /** What a sync of etcd's log takes, for its disk is slow. */
  readonly 'etcd-disk-latency': { readonly delayMs: number };
  /** Busy loops beside the API server; null: two for each processor that it may use. */
  readonly 'cpu-pressure': { readonly loops: number | null };
};

export type FaultKind = keyof FaultOptions;

/** When a fault stands, counted from the start of its phase. */
export type FaultTiming = {
  readonly afterMs: number;
  /** null: until the next time, or the end of the phase. */
  readonly lastsMs: number | null;
  /** null where it comes once. */
  readonly everyMs: number | null;
  readonly times: number;
};
