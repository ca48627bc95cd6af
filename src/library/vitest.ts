// What `import … from 'skipbeat/vitest'` gives. Importing it once adds the matchers to vitest's `expect`.

import { test as base, expect, type TestAPI } from 'vitest';
import { counted } from '../common/text/counted.ts';
import type { Answer } from './answer.ts';
import {
  type Bounds,
  boundsText,
  evictsAtMost,
  holds,
  isNoWorse,
  measures,
  refusesAtMost,
  staysReady,
} from './answers.ts';
import { type OpenCluster, openCluster } from './cluster.ts';
import { detectsWithin, recoversWithin } from './fault-answers.ts';
import type { RunOptions } from './run.ts';

/**
 * Matchers for what `run` and `compare` give. Where the evidence does not say, because a run is inconclusive or a figure
 * was not seen, both a matcher and its `.not` fail, with the reason. Of a run with repeats each repeat is asked: one that
 * says no is a no.
 */
export type SkipbeatMatchers<R = void> = {
  /** Every expectation of the scenario is met. */
  readonly toHold: () => R;
  /** So many connections were refused at most. */
  readonly toRefuseAtMost: (count: number) => R;
  /** So many pods were evicted at most. */
  readonly toEvictAtMost: (count: number) => R;
  /** The first node that a fault hit was NotReady so soon after the first fault began: `'60s'`, `'1m30s'`. */
  readonly toDetectWithin: (duration: string) => R;
  /** Every node was Ready again so soon after each fault was undone. */
  readonly toRecoverWithin: (duration: string) => R;
  /** No node became NotReady, neither before the first fault nor since. */
  readonly toStayReady: () => R;
  /** Any figure of run.json by its dotted path: `toMeasure('requests.latencyMs.p99', { max: 50 })`, in its own unit. */
  readonly toMeasure: (figure: string, bounds: Bounds) => R;
  /** Of what `compare` gives: the candidate is not worse, and the runs can tell. */
  readonly toBeNoWorse: () => R;
};

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends SkipbeatMatchers<R> {}
}

/** What vitest takes from a matcher. */
type Matched = { readonly pass: boolean; readonly message: () => string };

/** `negated`: whether it was asked with `.not`. An unknown fails whichever way it was asked. */
const matched = (sentence: string, { answer, found }: Answer, negated: boolean): Matched => {
  const asked = `expected that ${negated ? 'it is not so that ' : ''}${sentence}`;
  if (answer === 'unknown') {
    return {
      pass: negated,
      message: () => `${asked}, but the evidence does not say, which holds neither way: ${found}`,
    };
  }
  return { pass: answer === 'yes', message: () => `${asked}, but ${found}` };
};

/** A matcher's own `this`, as far as it is read here. */
type State = { readonly isNot?: boolean };

expect.extend({
  toHold(this: State, judged: unknown) {
    return matched('every expectation holds', holds(judged), this.isNot === true);
  },
  toRefuseAtMost(this: State, judged: unknown, count: number) {
    return matched(
      `at most ${counted(count, 'connection is', 'connections are')} refused`,
      refusesAtMost(judged, count),
      this.isNot === true,
    );
  },
  toEvictAtMost(this: State, judged: unknown, count: number) {
    return matched(
      `at most ${counted(count, 'pod is', 'pods are')} evicted`,
      evictsAtMost(judged, count),
      this.isNot === true,
    );
  },
  toDetectWithin(this: State, judged: unknown, duration: string) {
    const sentence = `a node that a fault hits is NotReady within ${duration} of the fault`;
    return matched(sentence, detectsWithin(judged, duration), this.isNot === true);
  },
  toRecoverWithin(this: State, judged: unknown, duration: string) {
    const sentence = `every node is Ready again within ${duration} of the undo`;
    return matched(sentence, recoversWithin(judged, duration), this.isNot === true);
  },
  toStayReady(this: State, judged: unknown) {
    return matched('no node becomes NotReady', staysReady(judged), this.isNot === true);
  },
  toMeasure(this: State, judged: unknown, figure: string, bounds: Bounds) {
    const sentence = `${figure} is ${boundsText(bounds)}`;
    return matched(sentence, measures(judged, figure, bounds), this.isNot === true);
  },
  toBeNoWorse(this: State, compared: unknown) {
    return matched('the candidate is no worse', isNoWorse(compared), this.isNot === true);
  },
});

export type ClusterFixture = {
  /** One cluster for all tests of a file, made by the first run on kind and removed after the last test. */
  readonly cluster: OpenCluster;
};

/**
 * vitest's `test` with a cluster of the file's own. Give tests that run on kind minutes: `testTimeout` and `hookTimeout`.
 * @param defaults of each run on it: `{ backend: 'kind', kubernetes: 'v1.34' }`
 * @example
 * const test = clusterTest({ kubernetes: 'v1.34' });
 * test('nodes that pause are found', async ({ cluster }) => {
 *   expect(await cluster.run('tight-grace')).toDetectWithin('60s');
 * });
 */
export const clusterTest = (defaults: Omit<RunOptions, 'outFolder' | 'signal'> = {}): TestAPI<ClusterFixture> =>
  base.extend<ClusterFixture>({
    cluster: [
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one needs from this pattern
      async ({}, use) => {
        const cluster = openCluster(defaults);
        try {
          await use(cluster);
        } finally {
          await cluster.close();
        }
      },
      { scope: 'file' },
    ],
  });

export type { Bounds } from './answers.ts';
export type { OpenCluster } from './cluster.ts';
