import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { PlannedFault } from '../plan/index.ts';
import { apiserverLatency } from './apiserver-latency.ts';
import { apiserverPause, controllerManagerKill, controllerManagerPause, etcdPause } from './control-plane-process.ts';
import { cpuPressure } from './cpu-pressure.ts';
import { etcdDiskLatency } from './etcd-disk-latency.ts';
import { etcdLatency } from './etcd-latency.ts';
import type { FaultKindOf } from './fault.ts';
import { kubeletPause } from './kubelet-pause.ts';
import { kubeletStop } from './kubelet-stop.ts';
import { latency } from './latency.ts';
import { netem } from './netem/netem.ts';
import { partition } from './partition.ts';
import { nodePause, nodeStop } from './whole-node.ts';

type AnyKind = FaultKindOf<PlannedFault['kind']>;

/** How each kind of fault is made. One file a kind. */
const kinds = {
  'kubelet-pause': kubeletPause,
  'kubelet-stop': kubeletStop,
  'node-pause': nodePause,
  'node-stop': nodeStop,
  netem,
  latency,
  partition,
  'apiserver-pause': apiserverPause,
  'etcd-pause': etcdPause,
  'controller-manager-pause': controllerManagerPause,
  'controller-manager-kill': controllerManagerKill,
  'apiserver-latency': apiserverLatency,
  'etcd-latency': etcdLatency,
  'etcd-disk-latency': etcdDiskLatency,
  'cpu-pressure': cpuPressure,
} as const satisfies { readonly [K in PlannedFault['kind']]: FaultKindOf<K> };

/** @throws SkipbeatError FAULT_UNKNOWN (exit 64) for a kind that no cluster of ours can make */
export const faultKind = (kind: string): AnyKind => {
  const found = (kinds as unknown as Readonly<Record<string, AnyKind>>)[kind];
  if (found !== undefined) return found;
  throw new SkipbeatError(
    'FAULT_UNKNOWN',
    `fault kind: expected one of ${Object.keys(kinds).join(', ')}, received ${kind}.`,
    { exitCode: exitCodes.usage, next: 'npm run skipbeat -- validate' },
  );
};
