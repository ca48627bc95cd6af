/**
 * What the largest sweep takes: five profiles, pauses of 5 s to 2 m in steps of 5 s, 3 to 5,000 nodes, two versions, 200
 * trials a cell. First single trials on one thread, beside the same with every heartbeat happening by itself, in turns: medians,
 * times of the processor, once the process has warmed up. Then the sweep itself, all 960 cells on all cores, with few trials a cell
 * and with some more: each trial beyond the few takes what each of the 200 would.
 *
 *     node bench/sweep.ts [trials]
 */
import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { collectFigures, runModel } from '../src/backend/model/index.ts';
import { profileNames } from '../src/profile/index.ts';
import { runSweep, type SweepSpec } from '../src/sweep/index.ts';
import { cellJob } from '../src/sweep/run/cells.ts';

const trials = Number(process.argv[2] ?? 3);
const sizes = [3, 100, 1000, 5000];
const versions = ['v1.27.16', 'v1.34.4'];
const sampledPausesMs = [30_000, 90_000];
const pausesMs = Array.from({ length: 24 }, (_, index) => (index + 1) * 5000);
const repeats = 200;
/** Trials a cell of the two sweeps that are made. */
const few = 2;
const more = 6;

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

type Times = { readonly deferred: number[]; readonly oneByOne: number[] };

/** ms of each trial, both ways in turns. */
const timesOf = (profile: string, nodes: number): Times => {
  const times: Times = { deferred: [], oneByOne: [] };
  for (const kubernetesVersion of versions) {
    for (const pauseMs of sampledPausesMs) {
      const spec = {
        profiles: [profile],
        reading: 'literal' as const,
        pausesMs: [pauseMs],
        nodes: [nodes],
        kubernetesVersions: [kubernetesVersion],
        repeats: trials + 1,
        seed: 1,
      };
      const { config, seeds } = cellJob({ profile, pauseMs, nodes, kubernetesVersion }, spec);
      const [first = 0, ...others] = seeds;
      const run = (seed: number, oneByOne: boolean): number =>
        cpuMs(() => {
          runModel({ ...config, seed }, { ...collectFigures(), heartbeats: null }, { oneByOne });
        });
      // The first compiles what both share.
      run(first, false);
      for (const seed of others) {
        times.deferred.push(run(seed, false));
        times.oneByOne.push(run(seed, true));
      }
    }
  }
  return times;
};

const line = (cells: readonly string[]): void => {
  process.stdout.write(`${cells.map((cell, index) => (index === 0 ? cell.padEnd(14) : cell.padStart(14))).join('')}\n`);
};

// What the first trials of a process take is mostly compiled code: they count for none.
for (const nodes of sizes.slice(1)) for (const profile of profileNames) timesOf(profile, nodes);
line(['CPU of a trial', 'nodes', 'ms', 'one by one', 'ratio']);
for (const profile of profileNames) {
  for (const nodes of sizes) {
    const { deferred, oneByOne } = timesOf(profile, nodes);
    const [ms, plainMs] = [median(deferred), median(oneByOne)];
    line([profile, nodes.toLocaleString('en'), ms.toFixed(1), plainMs.toFixed(1), (plainMs / ms).toFixed(1)]);
  }
}

type Taken = { readonly wallMs: number; readonly cpuMs: number };

const workers = availableParallelism();
const sweep = async (trialsEach: number): Promise<Taken> => {
  const spec: SweepSpec = {
    profiles: profileNames,
    reading: 'literal',
    pausesMs,
    nodes: sizes,
    kubernetesVersions: versions,
    repeats: trialsEach,
    seed: 1,
  };
  const began = performance.now();
  const before = process.cpuUsage();
  await runSweep(spec, {
    shard: null,
    workers,
    heapBytes: getHeapStatistics().heap_size_limit,
    onProgress: () => undefined,
  });
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - began, cpuMs: (user + system) / 1000 };
};
const some = await sweep(few);
const others = await sweep(more);
const cells = profileNames.length * sizes.length * versions.length * pausesMs.length;
const minutes = (which: keyof Taken): string =>
  ((some[which] + ((others[which] - some[which]) / (more - few)) * (repeats - few)) / 60_000).toFixed(0);
process.stdout.write(
  `\n${cells} cells on ${workers} threads took ${(some.wallMs / 1000).toFixed(0)} s with ${few} and ${(others.wallMs / 1000).toFixed(0)} s with ${more} trials each: ${repeats} each take ${minutes('wallMs')} minutes, ${minutes('cpuMs')} of CPU time\n`,
);
