import { beforeAll, describe, expect, test } from 'vitest';
import type { Measured, Pings, Stood } from '../../user-mode-linux/result.ts';
import { labTimeoutMs, runShapes } from '../../user-mode-linux/run-lab.ts';
import { mean, median, missingRuns, quantile, shareInterval } from '../../user-mode-linux/statistics.ts';
import { addedTo, answeredShare, stoodIn, within } from './pings.ts';

// Distributions, chains and bursts of netem, beside what netem.integration.test.ts has by day.
let lab: Measured;
beforeAll(async () => {
  lab = await runShapes();
}, labTimeoutMs + 60_000);

const stood = (name: string): Stood<Pings> => stoodIn(lab.pings, name);
const added = (name: string): readonly number[] => addedTo(lab.idle, stood(name).measured);

describe('netem delays', () => {
  test('with jitter that is spread normally, beyond its measure', () => {
    // One value in six lies more than one standard deviation below the middle.
    within(quantile(added('normal'), 0.05), [55, 80]);
    within(quantile(added('normal'), 0.4), [90, 108]);
  });

  test.each(['pareto', 'paretonormal'])(
    'with jitter that lies below the middle mostly, and far above at times: %s',
    (name) => {
      const ms = added(name);
      expect(quantile(ms, 0.5)).toBeLessThan(mean(ms));
      // The shortest lie close together, other than those of the other two distributions.
      within(quantile(ms, 0.1), [70, 96]);
      within(quantile(ms, 0.4), [quantile(ms, 0.1), quantile(ms, 0.1) + 18]);
    },
  );
});

describe('netem loses, doubles and corrupts', () => {
  test('packets in bursts by the Gilbert-Elliott chain', () => {
    const { measured } = stood('bursts');
    const runs = missingRuns(
      measured.replies.map(({ seq }) => seq),
      measured.sent,
    );
    // Bad for p / (p + r) of the time, and for 1 / r packets on end: 17 %, 4 packets.
    within(1 - answeredShare(measured), [0.07, 0.28]);
    within(mean(runs), [2.2, 6.5]);
    const independent = stood('loss').measured;
    const single = missingRuns(
      independent.replies.map(({ seq }) => seq),
      independent.sent,
    );
    expect(mean(single)).toBeLessThan(1.6);
  });

  test('packets in runs, where a loss is to depend on the one before it', () => {
    const { measured } = stood('correlated');
    const present = measured.replies.map(({ seq }) => seq);
    within(1 - answeredShare(measured), [0.3, 0.7]);
    // Runs of two, were each loss of one half independent of the others; of five at this correlation.
    expect(mean(missingRuns(present, measured.sent))).toBeGreaterThan(3);
  });

  test('as many packets twice as asked', () => {
    const { measured } = stood('duplicate');
    const again = measured.replies.filter((reply) => reply.again).length;
    within(again / measured.sent, shareInterval(0.1, measured.sent));
  });

  test('as many packets corrupt as asked, which their receiver then refuses', () => {
    const { measured } = stood('corrupt');
    const lost = 1 - answeredShare(measured);
    // One bit anywhere: where it falls on the sender's address in the frame nothing checks it.
    within(lost, [0.03, shareInterval(0.1, measured.sent)[1]]);
  });
});

describe('netem reorders and bundles', () => {
  test('lets every fifth packet overtake with a gap of five', () => {
    const early = stood('gap').measured.replies.filter(({ ms }) => ms < 25);
    const distances = early
      .map(({ seq }) => seq)
      .toSorted((one, other) => one - other)
      .map((seq, index, all) => seq - (all[index - 1] ?? seq - 5));
    expect(early.length).toBeGreaterThan(10);
    // Now and then a packet of the neighbour discovery takes a place among ours, or is the one that overtakes; and on a busy machine
    // one that did overtake comes back too late to be told from the others. One in five by chance is five apart from the next
    // in one case of twelve.
    expect(distances.filter((distance) => distance === 5).length).toBeGreaterThan(distances.length / 2);
  });

  test('sends in bursts so long apart as its slots are', () => {
    const { measured } = stood('slot');
    const arrivals = measured.replies.map(({ atMs }) => atMs).toSorted((one, other) => one - other);
    const starts = arrivals.filter((atMs, index) => index === 0 || atMs - (arrivals[index - 1] ?? 0) > 5);
    // Sent every 10 ms, received in bursts.
    expect(starts.length).toBeLessThan(measured.sent / 2);
    within(median(starts.slice(1).map((atMs, index) => atMs - (starts[index] ?? atMs))), [47.5, 55]);
  });
});
