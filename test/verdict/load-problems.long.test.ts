import { describe, expect, test } from 'vitest';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { at, event, inOrder, load, type Run, tightRun } from './timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

const icmp = (moment: 'start' | 'end', heldBack: number | null, limitsRefusals = false): TimelineEvent =>
  event(moment === 'start' ? at.steady - 1 : at.loadEnded + 1, {
    type: 'entrance.icmp',
    ...{ moment, node: 'control-plane', heldBack, limitsRefusals },
  });

const reasonsWith = async (...states: readonly TimelineEvent[]): Promise<readonly string[]> => {
  const run = tightRun();
  return (await judged({ ...run, events: inOrder([...run.events, ...states]) })).reasons;
};

describe('refusals that a kernel did not send', () => {
  test('make a run inconclusive, by their number', async () => {
    expect(await reasonsWith(icmp('start', 7), icmp('end', 110))).toEqual([
      'the kernel of control-plane held back 103 ICMP errors during the load (icmp_ratelimit, icmp_msgs_per_sec): so many refusals may be counted as time-outs',
    ]);
  });

  test('are none where it held back none, whatever it limits', async () => {
    expect(await reasonsWith(icmp('start', 7), icmp('end', 7, true))).toEqual([]);
  });

  test('are counted from zero by a node that booted meanwhile', async () => {
    expect(await reasonsWith(icmp('start', 7), icmp('end', 3))).toEqual([
      'the kernel of control-plane held back 3 ICMP errors during the load (icmp_ratelimit, icmp_msgs_per_sec): so many refusals may be counted as time-outs',
    ]);
  });

  test('may be some where it does not count them and limits refusals', async () => {
    expect(await reasonsWith(icmp('start', null), icmp('end', null))).toEqual([]);
    expect(await reasonsWith(icmp('start', null), icmp('end', null, true))).toEqual([
      'the kernel of control-plane limits ICMP errors: refusals may be counted as time-outs',
    ]);
  });

  test('are not known where it was not asked after the load', async () => {
    expect(await reasonsWith(icmp('start', 7))).toEqual([
      'what the kernel of control-plane held back of ICMP errors was not read after the load',
    ]);
  });
});

test('connections of earlier load are named where some of them were never answered', async () => {
  const run = tightRun();
  const forgot = (unanswered: number): TimelineEvent =>
    event(at.steady - 1, { type: 'entrance.forgot', node: 'control-plane', connections: 1644, unanswered });
  const findings = async (unanswered: number) =>
    (await judged({ ...run, events: inOrder([...run.events, forgot(unanswered)]) })).findings;
  expect(await findings(44)).toEqual([
    'control-plane was made to forget 1,644 connections from before the load, 44 of them never answered: new ones from their ports would have been sent to pods that are gone',
  ]);
  expect(await findings(0)).toEqual([]);
});

describe('requests from a container or a pod', () => {
  const from = async (
    start: number,
    end: number,
    errorMs: number,
    shared = false,
    where: 'container' | 'pod' = 'container',
  ) => {
    const run = tightRun();
    const clock = (moment: 'start' | 'end', offsetMs: number): TimelineEvent =>
      event(moment === 'start' ? at.steady - 1 : at.loadEnded - 1, {
        type: 'load.clock',
        ...{ moment, shared, offsetMs, errorMs },
      });
    const events = run.events.map((one) => (one.type === 'load.started' ? { ...one, from: where } : one));
    return judged({ ...run, events: inOrder([...events, clock('start', start), clock('end', end)]) });
  };
  const said = 'requests came from a container on the network of the nodes, not from this machine';

  test('are said to be so, with how exact their instants are where its clock is another one', async () => {
    expect((await from(0, 0, 0, true)).findings).toEqual([said]);
    expect((await from(7000, 7002.5, 0.2)).findings).toEqual([
      `${said}; its clock is another one, so instants of requests may be off by 2.5 ms`,
    ]);
  });

  test('of a pod are said to be so, too', async () => {
    expect((await from(7000, 7002.5, 0.2, false, 'pod')).findings).toEqual([
      'requests came from a pod of the cluster, not from this machine; its clock is another one, so instants of requests may be off by 2.5 ms',
    ]);
  });

  test('are no evidence where that clock moved, or was not read well', async () => {
    for (const document of [await from(7000, 7200, 0.2), await from(7000, 7000, 200)]) {
      expect(document.verdict).toBe('inconclusive');
      expect(document.reasons).toEqual([
        "the load's instants may be off by 200.0 ms, at most 100 ms is tolerated: its generator has a clock of its own, which was not read well or moved",
      ]);
    }
  });
});

describe('one of several load generators', () => {
  const lateBy = async (lateMs: number, generators?: number) => {
    const run = tightRun();
    const { plan } = run;
    const topology = { ...plan.topology, workers: 4 };
    const several = generators === undefined ? {} : { generators };
    const requests = run.requests.map((one) => {
      const entrance = one.seq % 2 === 0 ? 'worker3' : 'worker4';
      // 25 requests: 0.7 % of all, and 1.5 % of those of worker4.
      return { ...one, entrance, sentMs: one.dueMs + (entrance === 'worker4' && one.seq < 50 ? lateMs : 0) };
    });
    const { reasons } = await judged({
      ...run,
      plan: { ...plan, topology, load: { ...plan.load, ...several } },
      requests,
    });
    return reasons.filter((reason) => reason.includes('late'));
  };

  test('that sent late makes a run inconclusive by itself, though hardly one of all requests was late', async () => {
    expect(await lateBy(3000, 2)).toEqual([
      'the load generator on worker4 sent late: p99 3,000.0 ms, at most 500 ms is tolerated',
    ]);
    expect(await lateBy(400, 2)).toEqual([]);
    expect(await lateBy(3000)).toEqual([]);
  });
});

test.each(['dropped', 'otherError'] as const)(
  'what this machine lacked makes a run inconclusive, by name and number (%s)',
  async (outcome) => {
    const run = tightRun();
    const requests = run.requests.map((one, index) =>
      index === 100 || index === 200 ? { ...one, outcome, status: null, code: 'EADDRNOTAVAIL' } : one,
    );
    const { verdict, reasons } = await judged({ ...run, requests });
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'this machine could not send 2 requests: EADDRNOTAVAIL, no free source port; that says nothing about the service',
    ]);
  },
);

test('a load that ended before the phases did leaves the rest unknown', async () => {
  const run = tightRun();
  const requests = load().slice(0, -100);
  const events = run.events.map((one) => (one.type === 'load.ended' ? { ...one, offered: requests.length } : one));
  const { verdict, reasons } = await judged({ ...run, events, requests });
  expect(verdict).toBe('inconclusive');
  expect(reasons).toEqual([
    'recover has 520 requests on record, 619 were due in it',
    'the load ended 2.0 s before recover did: what the service did after it is not known',
  ]);
});
