import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectFigures, type ModelConfig, runModel } from '../../../src/backend/model/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { anyConfig } from './support/any-config.ts';
import { observationsOf } from './support/observations.ts';

/** More nodes than passes have workers, in more zones, some of them without pods. */
const size = fc.record({
  workers: fc.constantFrom(2, 2, 9, 60),
  zones: fc.constantFrom(1, 3),
  hollow: fc.constantFrom(undefined, { nodes: 25, zones: 2 }),
});

const anySize = fc
  .tuple(anyConfig, size)
  .map(([config, { hollow, ...changes }]): ModelConfig => ({ ...config, ...changes, ...(hollow ? { hollow } : {}) }));

const figuresOf = (config: ModelConfig, oneByOne: boolean) => {
  const figures = collectFigures();
  runModel(config, figures, { oneByOne });
  return figures.result();
};

test('heartbeats that are worked out when somebody asks come to what they come to one by one', () => {
  fc.assert(
    fc.property(anySize, (config) => {
      expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
      expect(figuresOf(config, false)).toEqual(figuresOf(config, true));
    }),
    { numRuns: sampleOf(15, 1500), seed: 11 },
  );
});
