import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/plan/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { at, defaultPlan, defaultRun, load, type Run, ready, tightPlan, tightRun } from '../timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

type Expected = Plan['expectations'][number];
const atMost = (figure: string, max: number): Expected => ({ figure, min: null, max, equals: null });
const atLeast = (figure: string, min: number): Expected => ({ figure, min, max: null, equals: null });

const flap = [ready(at.steady + 100, 'worker', 'Unknown'), ready(at.steady + 900, 'worker', 'True')];

/** A node was lost in steady, under settings that lose it by themselves, and 5 of its requests were refused there. */
const flapped = (...expectations: readonly Expected[]): Run => ({
  ...tightRun(flap),
  plan: {
    ...tightPlan,
    expectations: [
      ...expectations,
      atMost('pods.unavailableSeconds', 60),
      atMost('nodes.notReadyTransitions', 2),
      atMost('nodes.notReadyTransitionsBeforeFault', 1),
    ],
  },
  requests: load((dueMs) => dueMs >= at.steady + 200 && dueMs < at.steady + 300),
});

const early = (figure: string): string =>
  `${figure} holds, and requests failed (5 refused), of which no expectation speaks: expect requests.refused besides`;

describe("requests that failed before the first fault, by the settings' own doing", () => {
  test.each(['requests.byPhase.fault.refused', 'requests.byPhase.recover.refused', 'requests.byPhase.fault.timeout'])(
    'are no pass of %s, which does not count them',
    async (figure) => {
      for (const bound of [0, 4, 100]) {
        expect(await judged(flapped(atMost(figure, bound)))).toMatchObject({
          verdict: 'inconclusive',
          reasons: [early(figure)],
        });
      }
    },
  );

  test('are not asked for by whoever asks for refusals under the fault', async () => {
    expect((await judged(flapped(atLeast('requests.refused', 1)))).reasons).toEqual([early('pods.unavailableSeconds')]);
  });

  test.each([
    ['requests.byPhase.steady.refused', atLeast('requests.byPhase.steady.refused', 1)],
    ['requests.refused', atMost('requests.refused', 5)],
  ])('are judged where %s is expected besides', async (_, besides) => {
    expect((await judged(flapped(atMost('requests.byPhase.fault.refused', 0), besides))).verdict).toBe('pass');
  });

  test('and a bound that counts them fails by them', async () => {
    expect((await judged(flapped(atMost('requests.refused', 4)))).verdict).toBe('fail');
  });

  test('do not concern settings that lose no node by themselves: an abort condition bounds what may fail there', async () => {
    const plan = { ...defaultPlan, expectations: [atMost('requests.byPhase.fault.refused', 0)] };
    const few = load((dueMs) => dueMs >= at.steady + 200 && dueMs < at.steady + 300);
    expect((await judged({ ...defaultRun(), plan, requests: few })).verdict).toBe('pass');
  });
});
