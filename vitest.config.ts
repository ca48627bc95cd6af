import { defineConfig } from 'vitest/config';

// Four tiers. pure: no process, no socket. host: real processes and sockets of this machine. kind: real clusters.
// nightly: real clusters and long benches for which `npm test` has no time; `npm run test:nightly` runs them.
// A test's tier is in its file name: x.test.ts, x.host.test.ts, x.kind.test.ts, x.nightly.test.ts. x.sampled.test.ts is in
// two: a small sample of its random cases in pure, the whole of it at night.

/** Real processes share a machine with others: what fails is run once more, and `npm test` names it. Clusters: test/run.ts. */
const retry = 1;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{host,kind,nightly}.test.ts'],
          provide: { sample: 'small' },
          // Pure tests leave nothing behind that another could see: one process may load the sources once for all of them.
          pool: 'forks',
          isolate: false,
          // Nothing here waits for anything, so every core has its share; vitest would leave one free.
          maxWorkers: '100%',
          // Many properties take a second or two of one core; on a machine that others use too, much longer.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          // The longest file waits for a user-mode kernel nearly all its time: the others run beside it.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
        },
      },
      {
        test: {
          name: 'kind',
          include: ['test/**/*.kind.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'nightly',
          include: ['test/**/*.{nightly,sampled}.test.ts'],
          provide: { sample: 'whole' },
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
