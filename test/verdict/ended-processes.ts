import { endsProcess, type PlannedFault } from '../../src/plan/index.ts';
import { at, changed, type Run } from './timeline-builder.ts';

/** Another process of a component on a node at the end, from a moment of the run on. */
export const restarted = (run: Run, component: string, node: string, fromMs: number): Run =>
  changed(run, (one) =>
    one.type === 'process.read' && one.moment === 'end' && one.component === component && one.node === node
      ? { ...one, pid: one.pid + 1000, startedMs: one.clockMs - (one.atMs - fromMs) }
      : one,
  );

/** The run with everything that a fault ends on its targets begun anew at its undo. */
export const endedBy = (run: Run, kind: PlannedFault['kind'], targets: readonly string[]): Run => {
  const reads = run.events.flatMap((one) => (one.type === 'process.read' && one.moment === 'end' ? [one] : []));
  return reads
    .filter(({ component, node }) => targets.includes(node) && endsProcess({ kind }, component))
    .reduce((now, { component, node }) => restarted(now, component, node, at.undoing + 100), run);
};
