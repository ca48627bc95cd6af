import { behaviourOf } from '../../src/backend/model/engine/versions.ts';
import type { ModelVersion } from '../../src/backend/model/index.ts';
import { us } from '../backend/model/support/clusters.ts';
import type { TraceEvent, TraceStep } from '../backend/model/support/traces.ts';

/** Heartbeats of a node each second, by its lease where the version has one; `behindSeconds`: its clock. */
export const alive = (
  version: ModelVersion,
  name: string,
  from: number,
  to: number,
  behindSeconds: number,
): readonly TraceStep[] =>
  Array.from({ length: to - from }, (_, index): TraceStep => {
    const atUs = us(from + index + 0.3);
    const stampUs = atUs - us(behindSeconds);
    return behaviourOf(version).leases === 'none'
      ? { atUs, name, kind: 'heartbeat', heartbeatUs: stampUs }
      : { atUs, name, kind: 'lease', renewUs: stampUs };
  });

/** A kubelet's own word about its node. */
export const says = (name: string, atSeconds: number, ready: 'True' | 'False'): TraceStep => ({
  atUs: us(atSeconds),
  name,
  kind: 'condition',
  heartbeatUs: us(atSeconds),
  transitionUs: us(atSeconds),
  ready,
});

/** Whether something happened to a node or a pod, from a time on. */
export const happened = (
  all: readonly TraceEvent[],
  kind: TraceEvent['kind'],
  name: string,
  what = '',
  fromSeconds = 0,
): boolean => firstUs(all, kind, name, what, fromSeconds) !== null;

/** When it happened first, µs; null where it did not. */
export const firstUs = (
  all: readonly TraceEvent[],
  kind: TraceEvent['kind'],
  name: string,
  what = '',
  fromSeconds = 0,
): number | null =>
  all.find((one) => one.kind === kind && one.name === name && one.what.startsWith(what) && one.atUs >= us(fromSeconds))
    ?.atUs ?? null;
