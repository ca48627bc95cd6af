import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { clockSkew } from '../../scenario/index.ts';

/** What a fault that asks for something of this machine has to expect here. */
type FaultOutlook = {
  readonly kind: string;
  /** `open`: it is tried when the fault is prepared, which then ends with 75 where it cannot be made. */
  readonly state: 'impossible' | 'open';
  readonly why: string;
};

type FaultGround = {
  /** As uname(1) prints it. */
  readonly kernel: string;
  readonly timeNamespaces: boolean;
  /** Of the engine; null: none answers. */
  readonly cgroupVersion: number | null;
};

/** What of a machine decides it, apart from the engine. @see time_namespaces(7) */
export const probeGround = (cgroupVersion: number | null): FaultGround => ({
  kernel: release(),
  timeNamespaces: existsSync('/proc/self/ns/time'),
  cgroupVersion,
});

/** @see blkio.throttle.write_iops_device (cgroup v1), io.max (cgroup v2) */
const diskLimit = (cgroupVersion: number | null): string => {
  if (cgroupVersion === null) return 'cannot be seen: no engine answers';
  return cgroupVersion === 1
    ? "by blkio.throttle.write_iops_device (cgroup v1), as tested on real clusters; etcd's data has to lie on a disk"
    : 'by io.max (cgroup v2), as tested with an etcd in user-mode Linux and on no real cluster yet; there syncs took 0.4 to 1.1 of ' +
        "what was asked, and the proof says where they are too short; etcd's data has to lie on a disk";
};

/** Pure: one row for each fault that depends on more than a cluster that stands. */
export const faultOutlooks = ({ kernel, timeNamespaces, cgroupVersion }: FaultGround): readonly FaultOutlook[] => [
  { kind: 'etcd-disk-latency', state: 'open', why: diskLimit(cgroupVersion) },
  {
    kind: clockSkew.kind,
    state: 'impossible',
    why:
      `kernel ${kernel} ${timeNamespaces ? 'has time namespaces, and they do not help' : 'has no time namespaces, which would not help'}: ` +
      `${clockSkew.why}. Nearest: ${clockSkew.closest}`,
  },
];
