/**
 * What the largest sweep takes: five profiles, pauses of 5 s to 2 m in steps of 5 s, 3 to 5,000 nodes, two versions, 200
 * trials a cell. Of each profile, size and version some trials at two pauses are simulated, beside the same with every
 * heartbeat happening by itself, in turns; the whole is reckoned from the medians. Times are of the processor.
 *
 *     node bench/sweep.ts [trials]
 */
import { collectFigures, runModel } from '../src/backend/model/index.ts';
import { profileNames } from '../src/profile/index.ts';
import { cellJob } from '../src/sweep/run/cells.ts';

const trials = Number(process.argv[2] ?? 3);
const sizes = [3, 100, 1000, 5000];
const versions = ['v1.27.16', 'v1.34.4'];
const sampledPausesMs = [30_000, 90_000];
const pauses = 24;
const repeats = 200;

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

line(['CPU of a trial', 'nodes', 'ms', 'one by one', 'ratio']);
let entireMs = 0;
let entireOneByOneMs = 0;
for (const profile of profileNames) {
  for (const nodes of sizes) {
    const { deferred, oneByOne } = timesOf(profile, nodes);
    const [ms, plainMs] = [median(deferred), median(oneByOne)];
    entireMs += ms * versions.length * pauses * repeats;
    entireOneByOneMs += plainMs * versions.length * pauses * repeats;
    line([profile, nodes.toLocaleString('en'), ms.toFixed(1), plainMs.toFixed(1), (plainMs / ms).toFixed(1)]);
  }
}
const cells = profileNames.length * sizes.length * versions.length * pauses;
const minutes = (ms: number): string => (ms / 60_000).toFixed(0);
process.stdout.write(
  `\n${cells} cells, ${repeats} trials each: ${minutes(entireMs)} minutes of CPU time, one by one ${minutes(entireOneByOneMs)} (${(entireOneByOneMs / entireMs).toFixed(1)} times as long)\n`,
);
