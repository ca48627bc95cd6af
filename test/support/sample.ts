import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by the tier: vitest.config.ts. */
    readonly sample: 'small' | 'whole';
  }
}

/**
 * How many cases of a sample a test in a file `x.sampled.test.ts` tries. Small samples still fail on a model that is
 * broken; whole ones, at night, on one that is wrong in a rare case.
 */
export const sampleOf = (small: number, entire: number): number => (inject('sample') === 'whole' ? entire : small);
