import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/order.ts';

// Five tiers. unit: no process, no socket, nothing that takes long. long: the same rules, for what takes a third of a second
// of one core or more: simulations, searches, comparisons of hundreds of runs, hundreds of reviews. integration: real processes and
// sockets of this machine. e2e: real clusters. nightly: real clusters and long benches for which `npm test` has no time;
// `npm run test:nightly` runs them. Where several are asked for at once, one goes after the other. A test's tier is in its
// file name: x.test.ts, x.long.test.ts, x.integration.test.ts, x.e2e.test.ts, x.nightly.test.ts. x.sampled.test.ts and
// x.sampled.integration.test.ts are in two: a small sample of their random cases in long or integration, the whole of it at night.
// Random cases are the same ones each time by day, and others each night: test/support/seed.ts.

// Node compiles a source once for every process that loads it, those that tests start too.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compile');

/** Random cases by day: few of a sample, the same ones each time. */
const byDay = { provide: { sample: 'small' as const }, setupFiles: ['test/support/seed.ts'] };

/** How tests run that leave nothing behind which another could see. */
const inProcess = {
  // One process may load the sources once for all of them.
  pool: 'forks',
  isolate: false,
  // Nothing here waits for anything, so every core has its share; vitest would leave one free.
  maxWorkers: '100%',
  // Many properties take a second or two of one core; on a machine that others use too, much longer.
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const;

/** Node runs the sources as they are, as everywhere; no module is mocked, so nothing has to be transformed. */
const sourcesAsTheyAre = { experimental: { viteModuleRunner: false, nodeLoader: false } } as const;

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{long,sampled,integration,e2e,nightly}.test.ts'],
          ...inProcess,
          ...byDay,
          ...sourcesAsTheyAre,
        },
      },
      {
        test: {
          name: 'long',
          sequence: { groupOrder: 1 },
          include: ['test/**/*.{long,sampled}.test.ts'],
          ...inProcess,
          ...byDay,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.integration.test.ts'],
          // As in the first tiers: a file puts back what it changes of its process (environment, folder, listeners), and half a
          // second of processor time for each of a hundred processes is saved.
          pool: 'forks',
          isolate: false,
          // Many files wait most of their time, for a user-mode kernel, a deadline or a process that starts; others have the
          // cores meanwhile.
          maxWorkers: 6,
          ...byDay,
          ...sourcesAsTheyAre,
          // Nothing is run again here. What hangs is ended by this; on a machine that others use, what runs takes ten times as long.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'e2e',
          sequence: { groupOrder: 3 },
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'nightly',
          sequence: { groupOrder: 4 },
          include: ['test/**/*.{nightly,sampled,sampled.integration}.test.ts'],
          provide: { sample: 'whole' },
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
