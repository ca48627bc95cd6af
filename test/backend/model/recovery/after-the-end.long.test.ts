import { describe, expect, test } from 'vitest';
import { flapsByItself } from '../../../../src/plan/index.ts';
import { harmsAfterTheEnd, plansByName } from '../support/after-the-end.ts';

/** The nightly tier has 200 of each, on more versions. */
const runs = Array.from({ length: 6 }, (_, index) => index);

// A profile that loses nodes by itself does so after the end, too, and no end of an observation is late enough for it.
const steady = Object.entries(plansByName)
  .map(([name, planFor]) => [name, planFor('v1.34.4')] as const)
  .filter(([, plan]) => !flapsByItself(plan));

describe('two minutes behind the end of a run bring no harm that the run had not counted:', () => {
  test.each(steady)('%s', (name, plan) => {
    // A thousand nodes take as long as all others.
    const some = name === 'storm-1000' ? runs.slice(0, 1) : runs;
    const harms = some.map((run) => harmsAfterTheEnd(plan, run));
    expect(harms.filter((found) => found === null || found.length > 0)).toEqual([]);
  });

  test.each(['v1.20.2', 'v1.30.14', 'v1.37.0'])('kubelets that are started again on %s', (version) => {
    const plan = plansByName['kubelet-restart']?.(version);
    if (plan === undefined) throw new Error('no scenario kubelet-restart');
    expect(runs.flatMap((run) => harmsAfterTheEnd(plan, run) ?? ['not recovered'])).toEqual([]);
  });
});
