import { beforeAll, describe, expect, test } from 'vitest';
import { withoutMeasures } from '../../support/evidence.ts';
import type { ConnectTimes, LabResult, Pings, Stood } from '../../user-mode-linux/result.ts';
import { labTimeoutMs, runLab } from '../../user-mode-linux/run-lab.ts';
import { median, quantile, shareInterval } from '../../user-mode-linux/statistics.ts';
import { addedTo, answeredShare, first, stoodIn, within } from './pings.ts';

// The fault's own code in a machine of its own with netem: this one's kernel in new namespaces, or user-mode Linux.
let lab: LabResult;
beforeAll(async () => {
  lab = await runLab();
}, labTimeoutMs + 60_000);

const stood = (name: string): Stood<Pings> => stoodIn(lab.pings, name);
const connected = (name: string): Stood<ConnectTimes> => stoodIn(lab.connects, name);
/** Round trips by which a fault has lengthened those of the idle pair. */
const added = (name: string): readonly number[] => addedTo(lab.idle.pings, stood(name).measured);
const counted = (name: string, what: string): number => {
  const { evidence } = stood(name).attested.at(-1) ?? { evidence: '' };
  return Number(new RegExp(`(\\d+) ${what}`).exec(evidence)?.[1] ?? Number.NaN);
};

describe('netem delays', () => {
  // A busy machine adds to a delay, nothing takes from it: what netem does shows in the quickest of many.
  test.each([
    ['delay 50', 50],
    ['delay 100', 100],
    ['delay 200', 200],
    ['from', 100],
    ['both', 200],
  ])('as asked to 5 %%: %s', (name, askedMs) => {
    expect(stood(name).measured.replies).toHaveLength(stood(name).measured.sent);
    within(quantile(added(name), 0.1), [askedMs * 0.95, askedMs * 1.05]);
    expect(Math.min(...added(name))).toBeGreaterThan(askedMs * 0.95);
  });

  test('with jitter that is spread evenly', () => {
    expect(Math.min(...added('uniform'))).toBeGreaterThan(79);
    within(quantile(added('uniform'), 0.1), [80, 92]);
    within(quantile(added('uniform'), 0.4), [92, 108]);
  });
});

describe('netem loses', () => {
  test.each(['loss', 'loss from'])('as many packets as asked, within the interval of chance: %s', (name) => {
    const { measured } = stood(name);
    within(1 - answeredShare(measured), shareInterval(0.1, measured.sent));
  });
});

describe('netem reorders and slows', () => {
  test('lets as many packets overtake as asked', () => {
    const { measured } = stood('reorder');
    const early = measured.replies.filter(({ ms }) => ms < 25).length;
    within(early / measured.sent, shareInterval(0.25, measured.sent));
    const seqs = measured.replies.map(({ seq }) => seq);
    expect(seqs).not.toEqual(seqs.toSorted((one, other) => one - other));
  });

  test('takes as long over a packet as the rate says', () => {
    // 1000 bytes, 8 of ICMP, 20 of IP, 14 of the frame, at 100 kbit/s.
    const askedMs = ((1000 + 8 + 20 + 14) * 8) / 100;
    within(quantile(added('rate'), 0.25), [askedMs * 0.95, askedMs * 1.05]);
  });

  test('grows step by step, where a ramp is asked, to what was asked', () => {
    const { measured, notes, attested } = stood('ramp');
    const idleMs = median(lab.idle.pings.replies.map(({ ms }) => ms));
    const inOrder = measured.replies.toSorted((one, other) => one.seq - other.seq).map(({ ms }) => ms - idleMs);
    const steps = [25, 50, 75, 100].map((askedMs) => inOrder.filter((ms) => Math.abs(ms - askedMs) < 6).length);
    expect(notes).toEqual([]);
    for (const count of steps) expect(count).toBeGreaterThan(measured.sent / 16);
    within(quantile(inOrder.slice(-20), 0.1), [95, 105]);
    expect(attested.map(({ evidence }) => /step \d of 4/.exec(evidence)?.[0])).toEqual(['step 1 of 4', 'step 4 of 4']);
  });
});

describe('netem with the API server alone as its peer', () => {
  test('delays handshakes with it by as much as asked each way, and nothing else', () => {
    const { measured } = connected('api-server');
    // The quickest of 15. Timers of a user-mode kernel end late on a busy machine, by more than the delay at times: above, a
    // wrong unit or a delay put on twice over again shows, and no more.
    within(Math.min(...measured.server), [199, 1000]);
    within(Math.min(...measured.serverV6), [199, 1000]);
    // To another port beside it, and from a client to the node: as if nothing were there.
    expect(Math.min(...measured.other)).toBeLessThan(25);
    expect(Math.min(...measured.client)).toBeLessThan(25);
    expect([measured.server, measured.other, measured.client].map((times) => times.length)).toEqual([15, 15, 15]);
  });

  test('is what kind latency takes where the kernel has it: 200 ms ± 50 ms each way and 5 % loss', () => {
    const { measured, attested } = connected('latency');
    within(Math.min(...measured.server), [299, 1500]);
    expect(Math.min(...measured.client)).toBeLessThan(25);
    // Of so few packets so many, or so few, are lost by chance.
    expect(proofOf(attested).replaceAll(/\d+ dropped \(\d+\.\d %\)/g, 'some dropped')).toBe(
      'netem on eth0 to and from 10.9.0.2, fd00:9::2: delay 200 ms ± 50 ms, loss 5 %; out: N packets, some dropped, N delayed; in: N packets, some dropped, N delayed; round trip N ms, before N ms: asked + 400.0 ms, measured + N ms',
    );
  });
});

const all = (): readonly (readonly [string, Stood<unknown>])[] => [
  ...Object.entries(lab.pings),
  ...Object.entries(lab.connects),
];

const proofOf = (attested: Stood<unknown>['attested'] = []): string => withoutMeasures(attested.at(-1)?.evidence ?? '');
/** Of what is delayed by 100 ms, and loses nothing. */
const counted100 = 'N packets, 0 dropped (0.0 %), N delayed';

const needed =
  'netem: expected a kernel with sch_netem (and sch_prio, ifb, cls_u32, act_mirred where packets are chosen or delayed as they come in), found on node:';
/** What was tried bears a random mark. */
const withoutHandle = (message: string): string =>
  message.replace(/(?<=skipbeat-)[0-9a-f]{4}\b|(?<=handle )[0-9a-f]{4}(?=:)/, 'HEX');

describe('evidence of netem', () => {
  test('says at the start and at the end that the fault is there', () => {
    for (const [name, { attested }] of all()) {
      expect([name, ...attested.map(({ moment, state }) => `${moment} ${state}`)]).toEqual([
        name,
        'start present',
        'end present',
      ]);
    }
  });

  test('sets the asked beside the measured', () => {
    expect(proofOf(stood('both').attested)).toBe(
      `netem on eth0: delay 100 ms; out: ${counted100}; in: ${counted100}; round trip N ms, before N ms: asked + 200.0 ms, measured + N ms`,
    );
  });

  test('counts what the queue did', () => {
    const { measured } = stood('loss');
    const lost = measured.sent - first(measured).length;
    // The canary's own packets are lost as well.
    expect(counted('loss', 'dropped')).toBeGreaterThanOrEqual(lost);
  });
});

describe('undo of netem', () => {
  test.each(['to', 'both'])('drops nothing that waits in its queue (%s)', (direction) => {
    const { sent, replies } = lab.waiting[direction] ?? { sent: 0, replies: [] };
    expect(sent).toBe(1500);
    // It was undone while they came and went: some took half a second, the last took none.
    expect(replies[0]?.ms).toBeGreaterThan(490);
    expect(replies.at(-1)?.ms).toBeLessThan(400);
    expect(first({ sent, replies })).toHaveLength(1500);
  });

  test.each(['to', 'both'])(
    'but for what waits longer than the undo, which is counted and printed: %s',
    (direction) => {
      const { pings, evidence, listedAsBefore } = lab.late[direction] ?? {
        pings: { sent: 0, replies: [] },
        evidence: '',
      };
      const dropped = Number(
        /; (\d+) packets that waited longer than 8 s were dropped$/.exec(evidence)?.[1] ?? Number.NaN,
      );
      expect(pings.sent, evidence).toBe(100);
      expect(pings.replies.length).toBeLessThan(pings.sent);
      // Pings alone are counted here; whoever else sent meanwhile is dropped and counted, too.
      expect(dropped, evidence).toBeGreaterThanOrEqual(pings.sent - pings.replies.length);
      expect(listedAsBefore).toBe(true);
    },
  );

  test('leaves everything that tc and ip list as it was', () => {
    for (const [name, { listedWhileActive, listedAsBefore, undone }] of all()) {
      expect({ name, listedWhileActive, listedAsBefore, undone }).toEqual({
        name,
        listedWhileActive: true,
        listedAsBefore: true,
        undone: true,
      });
    }
  });

  test.each(['journalled', 'armed', 'applying', 'injected', 'holding', 'undoing'])(
    'is exact from the journal alone, when the process was killed: %s',
    (boundary) => {
      const killed = lab.killed.find((one) => one.boundary === boundary && one.undoneBy === 'journal');
      expect(killed).toMatchObject({ listedAsBefore: true });
    },
  );

  test.each(['armed', 'applying', 'holding', 'undoing'])(
    'is exact by the switch in the node alone, within 20 s, when the process was killed: %s',
    (boundary) => {
      const killed = lab.killed.find((one) => one.boundary === boundary && one.undoneBy === 'guard');
      expect(killed).toMatchObject({ listedAsBefore: true });
    },
  );

  test('had something to undo where the fault stood', () => {
    const active = lab.killed.filter(({ boundary }) => boundary === 'injected' || boundary === 'holding');
    expect(active.map(({ touched }) => touched)).toEqual([true, true, true]);
  });
});

describe('netem where the kernel has no ifb', () => {
  /** null on a machine whose own kernel was taken: nobody takes ifb away from that. */
  const there = (): NonNullable<LabResult['withoutIfb']> | null => {
    if (lab.withoutIfb === null) expect(lab.userMode).toBe(false);
    return lab.withoutIfb;
  };
  const stoodThere = (name: string): Stood<Pings> | null => {
    const seen = there();
    if (seen === null) return null;
    const found = seen.pings[name];
    if (found === undefined) throw new Error(`the lab did not do ${name} without ifb`);
    return found;
  };

  test.each([
    ['from', 100],
    ['both', 200],
  ])('delays what comes in at the host-side veth peer, as asked to 5 %%: %s', (name, askedMs) => {
    const seen = stoodThere(name);
    if (seen === null) return;
    const idleMs = median(there()?.idle.replies.map(({ ms }) => ms) ?? []);
    const addedMs = seen.measured.replies.map(({ ms }) => ms - idleMs);
    expect(seen.measured.replies).toHaveLength(seen.measured.sent);
    within(quantile(addedMs, 0.1), [askedMs * 0.95, askedMs * 1.05]);
    expect(Math.min(...addedMs)).toBeGreaterThan(askedMs * 0.95);
  });

  test('loses there as many packets as asked, within the interval of chance', () => {
    const seen = stoodThere('loss from');
    if (seen === null) return;
    within(1 - answeredShare(seen.measured), shareInterval(0.1, seen.measured.sent));
  });

  test('touches traffic with the API server alone, where that is asked', () => {
    const seen = there();
    if (seen === null) return;
    const { measured } = seen.connects;
    within(Math.min(...measured.server), [199, 300]);
    within(Math.min(...measured.serverV6), [199, 300]);
    expect(Math.min(...measured.other)).toBeLessThan(25);
    expect(Math.min(...measured.client)).toBeLessThan(25);
  });

  test('says so, asked beside measured, and leaves both ends as they were', () => {
    const seen = there();
    if (seen === null) return;
    for (const one of [...Object.values(seen.pings), seen.connects]) {
      expect(one.attested.map(({ moment, state }) => `${moment} ${state}`)).toEqual(['start present', 'end present']);
      expect(one).toMatchObject({ listedWhileActive: true, listedAsBefore: true, undone: true });
    }
    const peer = 'vethinner (the host-side peer of its device)';
    expect(proofOf(stoodThere('both')?.attested)).toBe(
      `netem on ${peer} and eth0: delay 100 ms; in: ${counted100}; out: ${counted100}; round trip N ms, before N ms: asked + 200.0 ms, measured + N ms`,
    );
    expect(proofOf(stoodThere('from')?.attested)).toBe(
      `netem on ${peer}: delay 100 ms; in: ${counted100}; round trip N ms, before N ms: asked + 100.0 ms, measured + N ms`,
    );
  });

  test('is undone on both ends by the journal and by the switch alone, when the process was killed', () => {
    const seen = there();
    if (seen === null) return;
    expect(seen.killed.map(({ boundary, undoneBy, listedAsBefore }) => [boundary, undoneBy, listedAsBefore])).toEqual([
      ['applying', 'journal', true],
      ['holding', 'journal', true],
      ['holding', 'guard', true],
    ]);
    expect(seen.killed.slice(1).map(({ touched }) => touched)).toEqual([true, true]);
  });

  test('touches no device of this machine that is not known to be the other end', () => {
    const seen = there();
    if (seen === null) return;
    expect(seen.strange).toMatchObject({ code: 'NETEM_UNAVAILABLE', listedAsBefore: true });
    expect(withoutHandle(seen.strange.message)).toBe(
      `${needed} Error: Unknown device type. / failed: ip link add skipbeat-HEX type ifb; and nothing can stand at the host-side peer of eth0: bridge0 leads into no other namespace. Nothing was touched.`,
    );
  });
});

describe('netem refuses before it touches anything', () => {
  test('where somebody has put a queue already', () => {
    expect(lab.occupied).toMatchObject({
      code: 'NETEM_OCCUPIED',
      message:
        'netem on node: expected a device without queues of others, found that eth0 already has a queue that was put there, pfifo 7:.',
      listedAsBefore: true,
    });
  });

  test('where the kernel has no netem, and names the kind that needs none', () => {
    // A machine whose own kernel has netem has no other one to show this on.
    const { unavailable } = lab;
    if (unavailable === null) return expect(lab.userMode).toBe(false);
    expect(unavailable.code).toBe('NETEM_UNAVAILABLE');
    expect(withoutHandle(unavailable.message)).toBe(
      `${needed} Error: Specified qdisc kind is unknown. / failed: tc qdisc add dev lo root handle HEX: netem limit 20000 delay 50ms. Nothing was touched.`,
    );
    expect(unavailable.next).toBe(
      'use kind latency, which delays by a relay where the kernel cannot; or on this machine: modprobe -a sch_netem ifb',
    );
    expect(unavailable.listedAsBefore).toBe(true);
  });
});
