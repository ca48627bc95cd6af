import type { SweepOptionTexts, SweepSpec } from '../../src/sweep/index.ts';

/** Small enough to simulate in a test. */
export const smallSpec: SweepSpec = {
  profiles: ['default', 'tight-grace'],
  reading: 'literal',
  pausesMs: [5000, 25_000],
  nodes: [3, 6],
  kubernetesVersions: ['v1.20.2', 'v1.34.4'],
  repeats: 4,
  seed: 7,
};

/** A sound command line, with changes. */
export const optionTexts = (changes: Partial<SweepOptionTexts> = {}): SweepOptionTexts => ({
  profiles: 'default,fast',
  pause: '5s..20s/5s',
  nodes: '3,100',
  kubernetes: 'v1.34.4',
  repeats: '200',
  reading: 'literal',
  seed: '1',
  ...changes,
});
