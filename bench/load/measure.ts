import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'hdr-histogram-js';
import { type LoadServer, type ServerCounts, startServer } from './server/index.ts';

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
  /** null: the generator does not say. */
  readonly latenessMs: Quantiles | null;
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
  readonly connection: 'fresh' | 'keep-alive';
  readonly timeoutMs: number;
};

/** What a generator says of itself; the rest is measured around it. */
export type AttackResult = Pick<Measured, 'offered' | 'ok' | 'latenessMs' | 'latencyMs' | 'faults'> & {
  readonly cpuMs: number;
};

const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

export type Service = {
  /** Of the program that serves. */
  readonly path: string;
  /** It stops as a whole for so long in the middle; 0: it does not. */
  readonly pauseMs: number;
};

/** Runs one generator against a server process that is there for this run alone. */
export const measure = async (
  service: Service,
  load: Omit<Attack, 'port'>,
  attack: (attack: Attack) => Promise<AttackResult>,
): Promise<Measured> => {
  const server = await startServer(service.path);
  try {
    const serverCpuBeforeMs = (await server.counts()).cpuMs;
    const [busyBeforeMs, beganMs] = [busyMs(), performance.now()];
    const [{ cpuMs, ...result }] = await Promise.all([
      attack({ ...load, port: server.port }),
      service.pauseMs > 0 && pauseInTheMiddle(server, load.seconds, service.pauseMs),
    ]);
    const [busy, wallMs] = [busyMs() - busyBeforeMs, performance.now() - beganMs];
    const counts = await server.counts();
    const othersMs = busy - cpuMs - (counts.cpuMs - serverCpuBeforeMs);
    const faults = [...result.faults];
    if (result.ok === result.offered && counts.requests !== result.offered) {
      faults.push(`${result.offered} offered and ok, but the server counted ${counts.requests}`);
    }
    // A share of the load's own length: how long a generator takes to start and to end is no part of it.
    const cpu = cpuMs / (load.seconds * 1000);
    return { ...result, counts, faults, cpu, othersCpu: Math.max(0, othersMs / wallMs) };
  } finally {
    await server.end();
  }
};

/** Once it serves, for what comes before is the generator's start. */
const pauseInTheMiddle = async (server: LoadServer, seconds: number, pauseMs: number): Promise<void> => {
  while ((await server.counts()).requests === 0) await delay(10);
  await delay((seconds * 1000 - pauseMs) / 2);
  await server.pause(pauseMs);
};
