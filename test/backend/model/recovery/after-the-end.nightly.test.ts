import { expect, test } from 'vitest';
import { flapsByItself } from '../../../../src/plan/index.ts';
import { harmsAfterTheEnd, plansByName } from '../support/after-the-end.ts';

const runs = Array.from({ length: 200 }, (_, index) => index);

const cases = Object.entries(plansByName).flatMap(([name, planFor]) =>
  ['v1.20.2', 'v1.30.14', 'v1.34.4', 'v1.37.0'].map((version) => [name, version, planFor(version)] as const),
);

// A profile that loses nodes by itself does so after the end, too.
test.each(cases.filter(([, , plan]) => !flapsByItself(plan)))(
  'two minutes behind the end of %s on %s bring no harm that the run had not counted, in 200 runs',
  (_, __, plan) => {
    const harms = runs.map((run) => harmsAfterTheEnd(plan, run));
    expect(harms.filter((found) => found === null || found.length > 0)).toEqual([]);
  },
);
