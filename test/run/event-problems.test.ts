import { expect, test } from 'vitest';
import { eventProblems } from '../../src/run/event-problems.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { at, event, tightPlan, tightRun } from '../verdict/timeline-builder.ts';

const taint = event(at.fault + 2750, {
  type: 'node.taint',
  node: 'worker',
  change: 'added',
  key: 'node.kubernetes.io/unreachable',
  effect: 'NoExecute',
  timeAdded: null,
});
const whole = tightRun([taint]).events;
const problems = (events: readonly TimelineEvent[]) =>
  eventProblems(tightPlan, events).filter((problem) => problem.includes('NotReady'));

const isUnknown = (one: TimelineEvent): boolean => one.type === 'node.ready' && one.status === 'Unknown';

test('a record of harm has the NotReady that it follows from', () => {
  expect(problems(whole)).toEqual([]);
});

test('one from which it was taken away, or in which it was rewritten, contradicts itself', () => {
  const expected = [
    'events.ndjson: expected NotReady before a taint for being unreachable, found none of worker',
    'events.ndjson: expected NotReady before an eviction, found none of worker',
  ];
  expect(problems(whole.filter((one) => !isUnknown(one)))).toEqual(expected);
  expect(problems(whole.map((one) => (isUnknown(one) ? { ...one, status: 'True' } : one) as TimelineEvent))).toEqual(
    expected,
  );
});

test('a watch on nodes that was blind may have missed it', () => {
  const lost = event(at.fault + 1000, { type: 'watch.lost', resource: 'nodes', reason: 'closed' });
  expect(problems([...whole.filter((one) => !isUnknown(one)), lost])).toEqual([]);
});
