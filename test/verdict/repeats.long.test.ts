import { describe, expect, test } from 'vitest';
import { planRepeats } from '../../src/plan/index.ts';
import { checkOf } from '../../src/run/read/checks.ts';
import { judge, judgeRepeats, type RunDocument } from '../../src/verdict/index.ts';
import { at, defaultRun, event, type Run, ready, tightPlan, tightRun } from './timeline-builder.ts';

const plan = { ...tightPlan, repeats: 3 };
const own = planRepeats(plan);

/** Judges a run as one of the three repeats of `plan`. */
const repeat = async (number: 1 | 2 | 3, run: Run): Promise<RunDocument> =>
  judge(own[number - 1] ?? plan, run.events, run.requests);

const three = async (runs: readonly [Run, Run, Run]): Promise<RunDocument[]> =>
  Promise.all(runs.map((run, index) => repeat((index + 1) as 1 | 2 | 3, run)));

const complete = (): Promise<RunDocument[]> => three([tightRun(), tightRun(), tightRun()]);

/** Valid evidence in which no node went NotReady: the expectations of `plan` do not hold. */
const quiet = (): Run => ({ ...defaultRun(), plan, events: defaultRun().events.map((one) => one) });

describe('repeats together', () => {
  test('pass where each of them does, every figure being a summary', async () => {
    const documents = await complete();
    const document = judgeRepeats(plan, documents);
    expect(document).toMatchObject({ verdict: 'pass', reasons: [], repeatsPlanned: 3, repeats: documents });
    const refused = documents[0]?.requests.refused ?? Number.NaN;
    const same = { median: refused, min: refused, max: refused, ci95: null, level: null, seen: 3, of: 3 };
    expect(document.requests.refused).toEqual(same);
    expect(document.requests.byPhase.fault?.refused.of).toBe(3);
    expect(document.expectations[1]).toMatchObject({ figure: 'requests.refused', observed: same, held: true });
  });

  test('fail where one valid repeat missed an expectation, and say which', async () => {
    const missed = await repeat(2, quiet());
    expect(missed.expectations.map(({ held }) => held)).toEqual([false, false]);
    const [first, , third] = await complete();
    const documents = [first, { ...missed, verdict: 'fail' as const, reasons: ['too quiet'] }, third] as RunDocument[];
    const document = judgeRepeats(plan, documents);
    expect(document).toMatchObject({ verdict: 'fail', reasons: ['repeat 2: too quiet'] });
    expect(document.expectations.map(({ held, notHeldIn }) => [held, notHeldIn])).toEqual([
      [false, [2]],
      [false, [2]],
    ]);
    expect(document.chances.expectationMissed.words).toBe('1 of 3: 33 %, 6 to 80 %');
  });

  test('are inconclusive where one is without valid evidence and none failed; of it, chances count what was seen, not what was not', async () => {
    const documents = await three([tightRun(), tightRun(), { ...tightRun(), requests: [] }]);
    const document = judgeRepeats(plan, documents);
    expect(document.verdict).toBe('inconclusive');
    expect(document.reasons.every((reason) => reason.startsWith('repeat 3: '))).toBe(true);
    expect(document.chances.nodeNotReady).toMatchObject({ seen: 3, of: 3 });
    const unharmed = judgeRepeats(plan, await three([tightRun(), tightRun(), { ...defaultRun(), requests: [] }]));
    expect(unharmed.chances.nodeNotReady).toMatchObject({ seen: 2, of: 2 });
  });

  test('say a reason once that they share', async () => {
    const empty = { ...tightRun(), requests: [] };
    const { reasons } = judgeRepeats(plan, await three([empty, empty, empty]));
    expect(reasons).not.toEqual([]);
    expect(reasons.every((reason) => reason.startsWith('every repeat: '))).toBe(true);
  });

  test('that were broken off keep what came to its end, and are not called whole', async () => {
    const [first] = await complete();
    const broken = await repeat(2, { ...tightRun(), events: [] });
    const document = judgeRepeats(plan, [first as RunDocument], [{ number: 2, document: broken }]);
    expect(document).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['repeat 2 was cut short: nothing is on record', '1 of 3 repeats came to their end'],
      requests: { refused: { of: 1, ci95: null } },
    });
  });

  test('of which not one came to its end have figures of no run, which are no zeros', async () => {
    const [first] = await complete();
    if (first === undefined) throw new Error('the plan has repeats');
    const document = judgeRepeats(plan, [], [{ number: 1, document: first }]);
    const none = { median: null, min: null, max: null, ci95: null, level: null, seen: 0, of: 0 };
    expect([document.nodes.maxNotReady, document.requests.latencyMs.p99]).toEqual([none, none]);
    expect(document.lacking).toMatchObject([{ how: 'cutShort' }, { how: 'neverBegun' }, { how: 'neverBegun' }]);
    expect((await checkOf('repeats'))(JSON.parse(JSON.stringify(document)))).toBeNull();
  });

  test('of which one is missing keep the numbers of the others', async () => {
    const [first, , third] = await complete();
    const missed = { ...third, verdict: 'fail', reasons: ['too quiet'] } as RunDocument;
    const document = judgeRepeats(plan, [{ ...first, findings: ['a flap'] } as RunDocument, missed], [], [2]);
    expect(document).toMatchObject({
      verdict: 'fail',
      reasons: [
        'repeat 3: too quiet',
        'repeat 2: what was seen in it is missing from the folder',
        '2 of 3 repeats came to their end and are here',
      ],
      findings: ['repeat 1: a flap'],
      lacking: [{ number: 2, how: 'missing' }],
    });
  });
});

describe('one repeat', () => {
  test('says where in the heartbeat it was to begin, and how old the lease really was', async () => {
    const renewal = event(at.fault - 4321, {
      type: 'lease.renewed',
      node: 'worker',
      renewTime: '2026-11-24T08:04:00.000000Z',
    });
    const document = await repeat(2, tightRun([renewal]));
    expect(document.repeat).toMatchObject({ ...own[1]?.repeat, leaseAgeAtFaultMs: expect.any(Number) });
    expect(document.repeat?.leaseAgeAtFaultMs).toBeLessThanOrEqual(4321);
  });

  test('times since its fault do not depend on how long its cluster took to be made', async () => {
    const run = tightRun([ready(at.fault + 9100, 'worker', 'Unknown')]);
    const later = {
      ...run,
      events: run.events.map((one) => ({ ...one, atMs: one.atMs + 60_000 })),
      requests: run.requests.map((one) => ({
        ...one,
        dueMs: one.dueMs + 60_000,
        sentMs: one.sentMs === null ? null : one.sentMs + 60_000,
        endedMs: one.endedMs + 60_000,
      })),
    };
    const sums = judgeRepeats(plan, [await repeat(1, run), await repeat(2, later), await repeat(3, run)]);
    const { firstNotReadyMs } = sums.sinceFault;
    expect(firstNotReadyMs.min).not.toBeNull();
    expect(firstNotReadyMs.min).toBe(firstNotReadyMs.max);
    expect((sums.timing.firstNotReadyMs.max ?? 0) - (sums.timing.firstNotReadyMs.min ?? 0)).toBeCloseTo(60_000, 3);
  });

  test('a run that is no repeat has no such field', async () => {
    expect(await judge(tightPlan, tightRun().events, tightRun().requests)).not.toHaveProperty('repeat');
  });
});
