import { expect } from 'vitest';
import type { Plan } from '../../../src/plan/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { event, type Run } from '../timeline-builder.ts';

export const judged = async ({ plan, events, requests }: Run) => judge(plan, events, requests);

export const reasonsOf = async (run: Run): Promise<readonly string[]> => {
  const { verdict, reasons } = await judged(run);
  expect(verdict).toBe('inconclusive');
  return reasons;
};

export type Expected = Plan['expectations'][number];
export const atMost = (figure: string, max: number): Expected => ({ figure, min: null, max, equals: null });
export const atLeast = (figure: string, min: number): Expected => ({ figure, min, max: null, equals: null });

export const expecting = (run: Run, ...expectations: readonly Expected[]): Run => ({
  ...run,
  plan: { ...run.plan, expectations },
});

/** A pod of that node that is seen being deleted as evicted. */
export const evictedAt = (atMs: number, node = 'worker2') =>
  event(atMs, {
    type: 'pod',
    pod: 'gone',
    uid: 'gone',
    node,
    change: 'deleting',
    evicted: true,
    deletionTimestamp: null,
  });
