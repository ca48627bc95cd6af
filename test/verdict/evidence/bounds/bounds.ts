import { expect } from 'vitest';
import type { Plan } from '../../../../src/plan/index.ts';
import { judge } from '../../../../src/verdict/index.ts';
import { event, type Run } from '../../timeline-builder.ts';

export const judged = async ({ plan, events, requests }: Run) => judge(plan, events, requests);

export const reasonsOf = async (run: Run): Promise<readonly string[]> => {
  const { verdict, reasons } = await judged(run);
  expect(verdict).toBe('inconclusive');
  return reasons;
};

export type Expected = Plan['expectations'][number];
export const atMost = (figure: string, max: number): Expected => ({ figure, min: null, max, equals: null });
export const atLeast = (figure: string, min: number): Expected => ({ figure, min, max: null, equals: null });

/** That clients are refused is what tight-grace is to show: bounds of nodes and pods are then judged by themselves. */
export const refusalsAsked = atLeast('requests.refused', 1);
export const lossesAsked = ['worker', 'worker2'].map((node) => atLeast(`nodes.byNode.${node}.notReadyTransitions`, 1));

/** A pod of worker2 that is seen being deleted as evicted. */
export const evictedAt = (atMs: number) =>
  event(atMs, {
    type: 'pod',
    pod: 'gone',
    uid: 'gone',
    node: 'worker2',
    change: 'deleting',
    evicted: true,
    deletionTimestamp: null,
  });
