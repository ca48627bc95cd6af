import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { assessFaults } from '../../../src/verdict/evidence/faults/faults.ts';
import { event } from '../timeline-builder.ts';

const planOf = (faults: string) =>
  makePlan(
    checkScenario(
      `name: a\nprofile: default\ncluster: {hollow: {nodes: 2}}\nphases: [{steady: 30s}, {fault: 60s, inject: [${faults}]}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

const pause = '{kind: kubelet-pause, target: {nodes: [hollow-1]}}';
const id = 'kubelet-pause-1';
const targets = ['hollow-1'];

/** A fault that is proved by its process, from 30 s on; all nodes that are named renew every 10 s but the target meanwhile. */
const eventsOf = (renewing: readonly string[], lengthMs: number): readonly TimelineEvent[] => {
  const endMs = 30_000 + lengthMs;
  const proof = { type: 'fault.attested', fault: id, node: 'hollow-1', state: 'present', evidence: 'stopped' } as const;
  const renewal = (node: string, atMs: number) =>
    event(atMs, { type: 'lease.renewed', node, renewTime: new Date(1e12 + atMs).toISOString() });
  return [
    renewal('hollow-1', 25_000),
    event(30_000, { type: 'fault.injecting', fault: id, kind: 'kubelet-pause', targets }),
    event(30_000, { type: 'fault.injected', fault: id }),
    event(30_001, { ...proof, moment: 'start' }),
    ...renewing.flatMap((node) => [35_000, 45_000, 55_000].map((atMs) => renewal(node, atMs))),
    event(endMs - 1, { ...proof, moment: 'end' }),
    event(endMs, { type: 'fault.undoing', fault: id }),
    event(endMs, { type: 'fault.undone', fault: id, undone: true, evidence: 'goes on' }),
  ].toSorted((one, other) => one.atMs - other.atMs);
};

const assessed = (renewing: readonly string[], lengthMs = 60_000, plan = planOf(pause)) => {
  const [fault] = assessFaults(plan, eventsOf(renewing, lengthMs), [], new Map());
  return { attested: fault?.result.attested, problems: fault?.problems };
};

const proved = { attested: true, problems: [] };
const nobody = (what: string): string =>
  `no ${what} that no fault hits renewed its lease either in the 60.0 s that it stood: that the targets did not proves nothing`;

describe('that no target renewed its lease proves a fault', () => {
  test('where a real node and a hollow one renewed theirs meanwhile', () => {
    expect(assessed(['worker', 'hollow-2'])).toEqual(proved);
  });

  test.each([
    [['hollow-2'], [nobody('node')]],
    [['worker'], [nobody('hollow node')]],
    [[], [nobody('node'), nobody('hollow node')]],
  ])('and not where %j renewed alone', (renewing, problems) => {
    expect(assessed(renewing)).toEqual({ attested: false, problems });
  });

  test('where it was shorter than a renewal takes, or no API server may have been in reach', () => {
    expect(assessed([], 13_000)).toEqual(proved);
    expect(assessed([], 60_000, planOf(`${pause}, {kind: apiserver-pause}`))).toEqual(proved);
  });

  test('of nodes that another fault hits nobody asks it', () => {
    const both = planOf(`${pause}, {kind: kubelet-stop, target: {nodes: [hollow-2]}}`);
    expect(assessed(['worker'], 60_000, both)).toEqual(proved);
  });
});
