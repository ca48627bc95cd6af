import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { at, changed, event, tightPlan, tightRun } from './timeline-builder.ts';

const posts = (...times: readonly number[]) =>
  times.map((atMs) => event(atMs, { type: 'node.statusPosted', node: 'worker', lastHeartbeatTime: '' }));

const reporting = (nodeStatusReportFrequencyMs: number): Plan => ({
  ...tightPlan,
  profile: { ...tightPlan.profile, effective: { ...tightPlan.profile.effective, nodeStatusReportFrequencyMs } },
});

describe('heartbeat writes', () => {
  test('leases are counted in the undisturbed time, by the intervals between them', async () => {
    const { plan, events, requests } = tightRun();
    const { writes } = await judge(plan, events, requests);
    expect(writes.leasePerNodeMinute).toBeCloseTo(60 / 10.2, 6);
  });

  test('one lease a node shows no interval, so there is no rate', async () => {
    const seen = new Set<string>();
    const run = changed(tightRun(), (event) => {
      if (event.type !== 'lease.renewed' || event.atMs < at.steady) return event;
      if (seen.has(event.node)) return null;
      seen.add(event.node);
      return event;
    });
    expect((await judge(run.plan, run.events, run.requests)).writes.leasePerNodeMinute).toBeNull();
  });

  test('status posts within less than two report intervals say nothing about the rhythm', async () => {
    const { events, requests } = tightRun(posts(at.steady + 1000, at.steady + 4000));
    expect((await judge(reporting(300_000), events, requests)).writes.statusPerNodeMinute).toBeNull();
  });

  test('status posts are a rate where the undisturbed time holds two report intervals', async () => {
    const { events, requests } = tightRun(posts(at.steady + 1000, at.steady + 11_000, at.steady + 21_000));
    expect((await judge(reporting(10_000), events, requests)).writes.statusPerNodeMinute).toBeCloseTo(6, 9);
  });
});
