import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { build } from 'hdr-histogram-js';
import type { ServerCounts } from './server.ts';

export type Quantiles = { readonly p50: number; readonly p99: number; readonly max: number };

/** Of durations in ms; recorded in µs up to a minute with three digits. */
export const quantilesOf = (durationsMs: readonly number[]): Quantiles => {
  const histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  for (const ms of durationsMs) histogram.recordValue(Math.max(0, Math.round(ms * 1000)));
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000;
  return { p50: at(50), p99: at(99), max: at(100) };
};

export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
};

/** One run of one generator. CPU figures are shares of one core. */
export type Measured = {
  readonly offered: number;
  readonly ok: number;
  readonly counts: ServerCounts;
  readonly latenessMs: Quantiles;
  /** From when a request was due to the end of its response. */
  readonly latencyMs: Quantiles;
  readonly cpu: number;
  /** What the rest of the machine used meanwhile, without generator and server: a busy neighbour spoils the figures. */
  readonly othersCpu: number;
  /** Anything that was not conserved, in words. */
  readonly faults: readonly string[];
};

export type Attack = {
  readonly port: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
};

/** What a generator says of itself; the rest is measured around it. */
export type AttackResult = Pick<Measured, 'offered' | 'ok' | 'latenessMs' | 'latencyMs' | 'faults'> & {
  readonly cpuMs: number;
};

const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

const countsOf = async (server: ChildProcess): Promise<ServerCounts> => {
  server.send('counts');
  const [counts] = (await once(server, 'message')) as [ServerCounts];
  return counts;
};

/** Runs one generator against a server process that is there for this run alone. */
export const measure = async (
  ratePerSecond: number,
  seconds: number,
  attack: (attack: Attack) => Promise<AttackResult>,
): Promise<Measured> => {
  const server = fork(new URL('./server.ts', import.meta.url), { execArgv: [] });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const serverCpuBeforeMs = (await countsOf(server)).cpuMs;
    const [busyBeforeMs, beganMs] = [busyMs(), performance.now()];
    const { cpuMs, ...result } = await attack({ port, ratePerSecond, seconds });
    const [busy, wallMs] = [busyMs() - busyBeforeMs, performance.now() - beganMs];
    const counts = await countsOf(server);
    const othersMs = busy - cpuMs - (counts.cpuMs - serverCpuBeforeMs);
    const faults = [...result.faults];
    if (result.ok === result.offered && counts.requests !== result.offered) {
      faults.push(`${result.offered} offered and ok, but the server counted ${counts.requests}`);
    }
    return { ...result, counts, faults, cpu: cpuMs / wallMs, othersCpu: Math.max(0, othersMs / wallMs) };
  } finally {
    server.disconnect();
  }
};
