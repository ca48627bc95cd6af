import { actsOf } from '../../src/agent/index.ts';
import type { PlannedFault } from '../../src/plan/index.ts';

export const planned = (kind: 'kubelet-pause' | 'kubelet-stop', targets = ['worker']): PlannedFault => ({
  kind,
  id: `${kind}-1`,
  targets,
  occurrences: [{ id: `${kind}-1`, startMs: 0, endMs: 60_000 }],
});

export const actOptions = {
  id: 'a1b2c3-kubelet-pause-1',
  lengthMs: 60_000,
  maxMs: 600_000,
  nodeOf: (target: string) => `node-of-${target}`,
  signal: new AbortController().signal,
};

export const prepared = async (kind: 'kubelet-pause' | 'kubelet-stop') => {
  const [found] = await actsOf(planned(kind), actOptions);
  if (found === undefined) throw new Error('no act');
  return found;
};
