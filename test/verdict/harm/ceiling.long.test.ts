import { describe, expect, test } from 'vitest';
import { defaultRun, tightPlan, tightRun } from '../timeline-builder.ts';
import { atMost, expecting, judged, reasonsOf } from './expecting.ts';

describe('an upper bound that no run could exceed', () => {
  const spoken = [
    atMost('requests.refused', 1500),
    atMost('nodes.notReadyTransitions', 2),
    atMost('pods.evicted', 1),
    atMost('pods.unavailableSeconds', 100),
  ];
  const maxMs = tightPlan.phases.reduce(
    (sum, phase) => sum + (phase.kind === 'recover' ? phase.withinMs : phase.durationMs),
    0,
  );
  const times = 1 + Math.floor(maxMs / tightPlan.profile.effective.nodeMonitorGracePeriodMs);

  test.each([
    ['requests.refused', 3370],
    ['requests.byPhase.fault.refused', 1250],
    ['requests.byEntrance.control-plane.refused', 3370],
    ['requests.latencyMs.max', 1000],
    ['timing.lastRefusedMs', maxMs],
    ['timing.lastReadyMs', maxMs],
    ['nodes.maxNotReady', 3],
    ['nodes.notReadyTransitions', 3 * times],
    ['nodes.notReadyNodeSeconds', (3 * maxMs) / 1000],
    ['nodes.byNode.worker.notReadySeconds', maxMs / 1000],
    ['nodes.byNode.worker.notReadyTransitions', times],
    ['pods.evicted', 2 * times],
    ['pods.unavailableSeconds', (2 * maxMs) / 1000],
  ])('of %s, as %d is, is no pass beside harm, and one of a little less is judged', async (figure, bound) => {
    const others = spoken.filter((one) => one.figure !== figure);
    const holds = new RegExp(
      `^${figure.replaceAll('.', '\\.')} ≤ [\\d,.]+ holds whatever happens, for .+: expect less of it$`,
    );
    expect(await reasonsOf(expecting(tightRun(), atMost(figure, bound), ...others))).toEqual([
      expect.stringMatching(holds),
    ]);
    const less = atMost(figure, bound - 1);
    expect(await judged(expecting(tightRun(), less, ...others))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('is one where there was no harm', async () => {
    const bounds = [atMost('requests.refused', 1e9), atMost('nodes.maxNotReady', 1e9)];
    expect(await judged(expecting(defaultRun(), ...bounds))).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  test('does not speak of other harm', async () => {
    const run = expecting(tightRun(), atMost('requests.httpError', 1e6), ...spoken.slice(1));
    expect(await reasonsOf(run)).toEqual([
      'requests.httpError holds, and requests failed (1,470 refused), of which no expectation speaks: expect requests.refused besides',
    ]);
  });
});
