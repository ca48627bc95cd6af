import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { HollowFaultKind, PlannedFault, RealFaultKind } from '../plan/index.ts';
import type { FaultKindOf } from './fault.ts';
import type { FaultOnHollow } from './hollow.ts';
import { netem } from './netem/netem.ts';
import { outOfService } from './node-object/out-of-service.ts';
import { taintsRemoved } from './node-object/taints-removed.ts';
import { apiserverLatency } from './path/apiserver-latency.ts';
import { etcdLatency } from './path/etcd-latency.ts';
import { latency } from './path/latency.ts';
import { partition } from './path/partition.ts';
import { controlPlaneProcessKinds } from './process/control-plane-process.ts';
import { cpuPressure } from './process/cpu-pressure.ts';
import { etcdDiskLatency } from './process/etcd-disk-latency.ts';
import { kubeletKinds } from './process/kubelet.ts';
import { nodeContainerKinds } from './process/node-container.ts';
import { nodeShutdown } from './process/node-shutdown.ts';

type AnyKind = FaultKindOf<PlannedFault['kind']>;

/** How each kind of fault is made. Kinds that are made alike share a file. */
const kinds = {
  ...kubeletKinds,
  ...nodeContainerKinds,
  'node-shutdown': nodeShutdown,
  netem,
  latency,
  partition,
  ...controlPlaneProcessKinds,
  'apiserver-latency': apiserverLatency,
  'etcd-latency': etcdLatency,
  'etcd-disk-latency': etcdDiskLatency,
  'cpu-pressure': cpuPressure,
  'taints-removed': taintsRemoved,
  'out-of-service': outOfService,
} as const satisfies {
  readonly [K in RealFaultKind]: K extends HollowFaultKind ? FaultOnHollow<K> : FaultKindOf<K>;
};

/** Whether a real cluster can have faults of the kind. */
export const isRealKind = (kind: string): kind is RealFaultKind => kind in kinds;

/** @throws SkipbeatError FAULT_UNKNOWN (exit 64) for a kind that no cluster of ours can make */
export const faultKind = (kind: string): AnyKind => {
  const found = (kinds as unknown as Readonly<Record<string, AnyKind>>)[kind];
  if (found !== undefined) return found;
  throw new SkipbeatError(
    'FAULT_UNKNOWN',
    `fault kind: expected one of ${Object.keys(kinds).join(', ')}, received ${kind}.`,
    { exitCode: exitCodes.usage, next: skipbeat('validate') },
  );
};
