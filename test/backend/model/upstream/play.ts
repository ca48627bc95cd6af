import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelVersion } from '../../../../src/backend/model/engine/versions.ts';
import { buildCaseOracle } from '../support/oracle.ts';
import { onControllers } from './on-controllers.ts';
import { casesFile, casesOf, type Outcome, summaryOf } from './outcome.ts';

const cases = casesOf(casesFile());

/** What the controllers cannot be asked, of the cases that are here; any other that comes up is a failure. */
const notExpressible = {
  'pods-09': 'the test calls DeletePods itself, which no controller of that version does',
  'kubelet-01': 'the kubelet is none of these controllers',
  'kubelet-02': 'the kubelet is none of these controllers',
  'kubelet-03': 'the kubelet is none of these controllers',
  'kubelet-04': 'the kubelet is none of these controllers',
  'e2e-08': 'the kubelet is none of these controllers',
  'integ-01': 'admission is the API server’s',
  'integ-02': 'admission is the API server’s',
};

/** Plays every case to the controllers of one version, compiled where they are not. */
export const playCases = (on: ModelVersion): void => {
  const name = `v1.${on.minor}.${on.patch}`;
  describe(`cases of upstream’s own tests, on the controllers of Kubernetes ${name}`, () => {
    let outcomes: ReadonlyMap<string, Outcome> = new Map();
    beforeAll(async () => {
      outcomes = await onControllers(await buildCaseOracle(name), on, cases);
    }, 1_800_000);

    test('that are valid there pass, each by name', () => {
      const failed = [...outcomes].flatMap(([id, outcome]) => (outcome.is === 'failed' ? [[id, outcome.why]] : []));
      expect(Object.fromEntries(failed)).toEqual({});
      expect(outcomes.size).toBeGreaterThan(0);
    });

    test('that cannot be played are known, with the reason', () => {
      process.stdout.write(summaryOf(`the controllers of ${name}`, outcomes));
      const found = [...outcomes].flatMap(([id, outcome]) =>
        outcome.is === 'notExpressible' ? [[id, outcome.why]] : [],
      );
      const known = Object.entries(notExpressible).filter(([id]) => outcomes.has(id));
      if (process.env.UPSTREAM_CASES === undefined)
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(known));
    });
  });
};
