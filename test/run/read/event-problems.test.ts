import { expect, test } from 'vitest';
import { eventProblems } from '../../../src/run/read/event-problems.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { at, event, tightPlan, tightRun } from '../../verdict/timeline-builder.ts';

const taint = event(at.fault + 2750, {
  type: 'node.taint',
  node: 'worker',
  change: 'added',
  key: 'node.kubernetes.io/unreachable',
  effect: 'NoExecute',
  timeAdded: null,
});
const complete = tightRun([taint]).events;
const problems = (events: readonly TimelineEvent[]) =>
  eventProblems(tightPlan, events).filter((problem) => problem.includes('NotReady'));

const isUnknown = (one: TimelineEvent): boolean => one.type === 'node.ready' && one.status === 'Unknown';

test('a record of harm has the NotReady that it follows from', () => {
  expect(problems(complete)).toEqual([]);
});

test('one from which it was taken away, or in which it was rewritten, contradicts itself', () => {
  const expected = [
    'events.ndjson: expected NotReady before a taint for being unreachable, found none of worker',
    'events.ndjson: expected NotReady before an eviction, found none of worker',
  ];
  expect(problems(complete.filter((one) => !isUnknown(one)))).toEqual(expected);
  expect(problems(complete.map((one) => (isUnknown(one) ? { ...one, status: 'True' } : one) as TimelineEvent))).toEqual(
    expected,
  );
});

test('a watch on nodes that was blind may have missed it', () => {
  const lost = event(at.fault + 1000, { type: 'watch.lost', resource: 'nodes', reason: 'closed' });
  expect(problems([...complete.filter((one) => !isUnknown(one)), lost])).toEqual([]);
});

test('a real run has heartbeats of its own days: the model’s record under another name has none', () => {
  const { events } = tightRun();
  const stamped = (change: (stamp: string) => string): readonly TimelineEvent[] =>
    events.map((one) => (one.type === 'lease.renewed' ? { ...one, renewTime: change(one.renewTime) } : one));
  const found = (of: readonly TimelineEvent[]) =>
    eventProblems(tightPlan, of).filter((problem) => problem.includes('heartbeats'));
  expect(found(events)).toEqual([]);
  const others = stamped((stamp) => stamp.replace(/^\d{4}/, '2000')).filter(({ type }) => type !== 'node.statusPosted');
  expect(found(others)).toEqual([
    'events.ndjson: expected heartbeats of the days of the run, found none from within a day of 2026-11-24T08:03:11.000Z',
  ]);
  // A node that had been silent for long when the run began is no sign of anything.
  const first = events.find(({ type }) => type === 'lease.renewed');
  expect(
    found(events.map((one) => (one === first ? { ...one, renewTime: '2000-01-01T00:00:00Z' } : one) as TimelineEvent)),
  ).toEqual([]);
});

test('a real run has its machine and its clock on record, of which the model knows nothing', () => {
  const { events } = tightRun();
  const found = (of: readonly TimelineEvent[]) =>
    eventProblems(tightPlan, of).filter((problem) => /machine|clock/.test(problem));
  const machine = { architecture: 'x64', cpus: 2, memoryGib: 8, cpu: 'any' };
  const placed = events.map((one) => (one.type === 'run.place' ? { ...one, machine } : one) as TimelineEvent);
  const bare = placed.map((one) => (one.type === 'run.place' ? { ...one, machine: undefined } : one) as TimelineEvent);
  const clock = event(at.steady, { type: 'clock', unixMs: Date.parse('2026-11-24T08:03:35.500Z') });
  expect(found([placed[0] as TimelineEvent, clock, ...placed.slice(1)])).toEqual([]);
  const other = event(at.steady, { type: 'clock', unixMs: Date.parse('2025-01-01T00:00:00Z') });
  expect(found([placed[0] as TimelineEvent, other, ...placed.slice(1)])).toEqual([
    'events.ndjson: expected readings of the wall clock of the days of the run, found none from within a day of 2026-11-24T08:03:11.000Z',
  ]);
  expect(found(bare.filter(({ type }) => type !== 'clock'))).toEqual([
    'events.ndjson: expected the machine under a real run, found nothing of it',
    'events.ndjson: expected readings of the wall clock beside a real run, found none',
  ]);
});
