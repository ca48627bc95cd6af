import { describe, expect, test } from 'vitest';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { version } from '../support/clusters.ts';
import { casesFile, casesOf, onModel, outcomesOf, summaryOf } from './outcome.ts';

/** The newest known patch of minors on either side of what changed between them. */
const versions: readonly ModelVersion[] = [
  version(13, 12),
  version(17, 17),
  version(18, 20),
  version(19, 16),
  version(20, 15),
  version(24, 17),
  version(28, 15),
  version(31, 0),
  version(34, 4),
  version(36, 1),
  version(37, 2),
];

/** What the model cannot be asked, by name; any other that comes up is a failure. */
const notExpressible = {
  'pods-05': 'pods of a node come out of a cache, which cannot fail',
  'pods-09': 'the test calls DeletePods itself, which no controller of that version does',
  'kubelet-01': 'the kubelet of the model posts nothing but its Ready condition: a changed capacity is no change to it',
  'kubelet-04': 'a lease of the model is written whether its Node object is there or not',
};

describe('cases of upstream’s own tests, on the model', () => {
  const outcomes = outcomesOf(casesOf(casesFile()), versions, onModel);

  test.each(outcomes)('$id', ({ outcome, versions: ran }) => {
    expect(outcome.is === 'failed' ? outcome.why : []).toEqual([]);
    expect(ran).toBeGreaterThan(0);
  });

  test('that cannot be expressed are known, with the reason', () => {
    const byId = new Map(outcomes.map(({ id, outcome }) => [id, outcome]));
    process.stdout.write(summaryOf('the model', byId));
    const found = [...byId].flatMap(([id, outcome]) => (outcome.is === 'notExpressible' ? [[id, outcome.why]] : []));
    // Another file may have others: they are named in what is written.
    if (process.env.UPSTREAM_CASES === undefined) expect(Object.fromEntries(found)).toEqual(notExpressible);
  });
});
