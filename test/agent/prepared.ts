import { actsOf } from '../../src/agent/index.ts';
import type { PlannedFault, PlannedFaultOf } from '../../src/plan/index.ts';

type Kind = 'kubelet-pause' | 'kubelet-stop' | 'partition';

export const planned = (kind: Kind, targets = ['worker']): PlannedFault => {
  const common = { id: `${kind}-1`, targets, occurrences: [{ id: `${kind}-1`, startMs: 0, endMs: 60_000 }] };
  const options: Omit<PlannedFaultOf<'partition'>, keyof typeof common | 'kind'> = {
    ...{ direction: 'both', by: 'drop', traffic: 'control' },
  };
  return kind === 'partition' ? { kind, ...common, ...options } : { kind, ...common };
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
