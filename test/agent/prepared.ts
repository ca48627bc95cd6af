import { actsOf } from '../../src/agent/index.ts';
import type { PlannedFault } from '../../src/plan/index.ts';

type Kind = 'kubelet-pause' | 'kubelet-stop' | 'partition' | 'netem' | 'latency';

export const planned = (kind: Kind, targets = ['worker']): PlannedFault => {
  const common = { id: `${kind}-1`, targets, occurrences: [{ id: `${kind}-1`, startMs: 0, endMs: 60_000 }] };
  const path = { direction: 'both', rampSteps: 1 } as const;
  const none = { loss: null, duplicate: null, corrupt: null, rateBitsPerSecond: null, slot: null };
  const delay = { delayMs: 100, jitterMs: 0, correlationPercent: 0, distribution: null, reorder: null };
  if (kind === 'partition') return { kind, ...common, direction: 'both', by: 'drop', traffic: 'control' };
  if (kind === 'latency') return { kind, ...common, ...path, delayMs: 100, jitterMs: 0, lossPercent: 5 };
  return kind === 'netem' ? { kind, ...common, ...path, ...none, delay, peer: 'api-server' } : { kind, ...common };
};

export const actOptions = {
  id: 'a1b2c3-kubelet-pause-1',
  lengthMs: 60_000,
  maxMs: 600_000,
  nodeOf: (target: string) => `node-of-${target}`,
  apiServers: [{ address: '10.0.0.2', port: 6443 }],
  signal: new AbortController().signal,
};

export const prepared = async (kind: Kind) => {
  const [found] = await actsOf(planned(kind), actOptions);
  if (found === undefined) throw new Error('no act');
  return found;
};
