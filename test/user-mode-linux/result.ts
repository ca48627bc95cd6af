export type Pings = {
  readonly sent: number;
  /** In the order in which they came. `again`: a reply to the same request had come before. */
  readonly replies: readonly {
    readonly atMs: number;
    readonly seq: number;
    readonly ms: number;
    readonly again: boolean;
  }[];
};

/** In ms, one for each handshake that came about. */
export type ConnectTimes = {
  readonly server: readonly number[];
  /** The same by its address of IPv6. */
  readonly serverV6: readonly number[];
  readonly other: readonly number[];
  readonly client: readonly number[];
};

export type Attested = { readonly moment: string; readonly state: string; readonly evidence: string };

/** What one fault did while it stood, and what it left. */
export type Stood<T> = {
  readonly measured: T;
  readonly attested: readonly Attested[];
  readonly notes: readonly string[];
  readonly undone: boolean;
  /** Whether everything that tc and ip list was different while it stood, and the same after the undo as before. */
  readonly listedWhileActive: boolean;
  readonly listedAsBefore: boolean;
};

/** A process that injected a fault and was killed at a boundary. */
export type Killed = {
  readonly boundary: string;
  readonly undoneBy: 'guard' | 'journal';
  /** Whether the node was touched when the process died, as far as could be seen then. */
  readonly touched: boolean;
  readonly listedAsBefore: boolean;
  readonly tookMs: number;
  readonly evidence: string;
};

export type Refused = {
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
  readonly listedAsBefore: boolean;
};

/** What netem does to packets. */
export type Measured = {
  readonly kernel: string;
  /** Whether it ran in user-mode Linux. */
  readonly userMode: boolean;
  readonly idle: Pings;
  readonly pings: Readonly<Record<string, Stood<Pings>>>;
};

/** How it begins and ends, and where it is refused. */
export type Undone = {
  readonly idle: ConnectTimes;
  readonly ramp: Stood<Pings>;
  readonly connects: Readonly<Record<string, Stood<ConnectTimes>>>;
  /** Pings under way when the fault was undone. */
  readonly waiting: Readonly<Record<string, Pings>>;
  /** Pings that waited longer than the undo did, and what that said. */
  readonly late: Readonly<
    Record<string, { readonly pings: Pings; readonly evidence: string; readonly listedAsBefore: boolean }>
  >;
  readonly killed: readonly Killed[];
  /** The same in a machine without ifb; null where this kernel's cannot be taken away. */
  readonly withoutIfb: {
    readonly idle: Pings;
    readonly pings: Readonly<Record<string, Stood<Pings>>>;
    readonly connects: Stood<ConnectTimes>;
    readonly killed: readonly Killed[];
    /** Where the kernel has never seen the node behind the device that would be its other end. */
    readonly strange: Refused;
  } | null;
  readonly occupied: Refused;
  /** null where this kernel's netem cannot be taken away. */
  readonly unavailable: Refused | null;
};

/** Of both machines. */
export type LabResult = Omit<Measured, 'idle'> &
  Omit<Undone, 'idle' | 'ramp'> & {
    readonly idle: { readonly pings: Pings; readonly connects: ConnectTimes };
  };

/** One disk that was made slow, under an etcd in a cgroup of its own. */
export type SlowDisk = {
  readonly delayMs: number;
  readonly attested: readonly Attested[];
  readonly undone: boolean;
  /** What the limit's file said while it stood, and after the undo. */
  readonly limit: string;
  readonly limitAfter: string;
};

export type DiskResult = { readonly kernel: string; readonly limitFile: string; readonly disks: readonly SlowDisk[] };
