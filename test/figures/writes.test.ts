import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import { compileProfile, findProfile, writesPerNodeMinute } from '../../src/profile/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { at, changed, event, tightPlan, tightRun } from '../verdict/timeline-builder.ts';

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

  test('a rate that is not known meets nothing that is expected of it', async () => {
    const { plan, events, requests } = changed(tightRun(), (event) => (event.type === 'lease.renewed' ? null : event));
    const figures = ['writes.leasePerNodeMinute', 'writes.statusPerNodeMinute'];
    for (const figure of figures) {
      const expectations = [{ figure, min: null, max: 100, equals: null }];
      const document = await judge({ ...plan, expectations }, events, requests);
      expect([document.verdict, document.expectations]).toEqual([
        'inconclusive',
        [expect.objectContaining({ figure, observed: null, held: false })],
      ]);
    }
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

describe('the API servers’ own counters', () => {
  const counted = (
    atMs: number,
    moment: 'start' | 'end',
    counts: { readonly leases: number; readonly statuses?: number; readonly otherLeasesSeen?: number },
  ) =>
    event(atMs, {
      type: 'writes.counted',
      moment,
      fromMs: atMs - 50,
      members: 1,
      statuses: 0,
      otherLeasesSeen: 0,
      ...counts,
    });
  const seenBetween = (fromMs: number, toMs: number): number =>
    tightRun().events.filter(({ type, atMs }) => type === 'lease.renewed' && atMs >= fromMs && atMs < toMs).length;
  const [fromMs, toMs] = [at.steady + 60, at.fault - 900];

  test('give the same rates, with other leases taken off, and then nothing is said', async () => {
    const seen = seenBetween(fromMs, toMs);
    expect(seen).toBeGreaterThan(0);
    const { events, requests } = tightRun([
      counted(fromMs, 'start', { leases: 500, otherLeasesSeen: 7 }),
      counted(toMs, 'end', { leases: 500 + seen + 40, otherLeasesSeen: 47 }),
    ]);
    const { writes, findings } = await judge(tightPlan, events, requests);
    expect(writes.apiServer).toMatchObject({ fromMs, toMs, leases: { counted: seen, seen } });
    expect(writes.apiServer?.leasePerNodeMinute).toBeCloseTo(seen / ((3 * (toMs - fromMs)) / 60_000), 9);
    expect(findings.filter((finding) => finding.includes('counted'))).toEqual([]);
  });

  test('that say more than the watches saw are a finding, beyond what counting can be wrong by', async () => {
    const seen = seenBetween(fromMs, toMs);
    const { events, requests } = tightRun([
      counted(fromMs, 'start', { leases: 500 }),
      counted(toMs, 'end', { leases: 500 + seen + 30 }),
    ]);
    const { findings, writes } = await judge(tightPlan, events, requests);
    expect(findings).toEqual([
      `the API servers counted ${seen + 30} lease renewals where the watches saw ${seen}; at most ${writes.apiServer?.tolerance} apart is counting`,
    ]);
  });

  test('read only once say nothing', async () => {
    const { events, requests } = tightRun([counted(fromMs, 'start', { leases: 500 })]);
    expect((await judge(tightPlan, events, requests)).writes.apiServer).toBeNull();
  });
});

describe('the nominal table', () => {
  /** Writes of 1,000 nodes a minute: 60/R + 60/F, as the settings of each version come out. */
  test.each([
    ['v1.20.2', 'literal', [6200, 12_000, 21_000, 9000, 7000]],
    ['v1.31.0', 'literal', [6200, 12_000, 21_000, 9000, 7000]],
    ['v1.34.4', 'literal', [6200, 12_000, 21_000, 9000, 7000]],
    ['v1.34.4', 'equivalent', [6200, 6200, 15_200, 3200, 1200]],
    ['v1.37.2', 'literal', [6200, 12_000, 21_000, 9000, 7000]],
  ] as const)('%s, %s', (version, reading, expected) => {
    const found = ['default', 'tight-grace', 'fast', 'medium', 'slow'].map((name) => {
      const profile = findProfile(name);
      if (profile === null) throw new Error(`no profile ${name}`);
      return Math.round(1000 * writesPerNodeMinute(compileProfile(profile, reading, version).effective));
    });
    expect(found).toEqual([...expected]);
  });
});
