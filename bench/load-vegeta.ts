import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostCommand, succeeded } from '../src/common/command.ts';
import { cacheDir } from '../src/common/paths.ts';
import { hostCommander } from '../src/node/index.ts';
import { type Attack, type AttackResult, quantilesOf } from './measure.ts';

const module = 'github.com/tsenart/vegeta/v12@v12.13.0';
/** Clock ticks a second in /proc: USER_HZ, 100 on every Linux that Node runs on. */
const tickMs = 10;

const run = async (command: HostCommand): Promise<void> => {
  const result = await hostCommander(command);
  if (!succeeded(result)) throw new Error(`${result.command} ${result.ended} ${result.exitCode}: ${result.stderr}`);
};

/** The program, built by Go into our cache folder once. @returns its path, or why there is none */
export const findVegeta = async (): Promise<{ readonly path: string } | { readonly absent: string }> => {
  const folder = join(cacheDir(), 'bench');
  const path = join(folder, 'vegeta');
  if (existsSync(path)) return { path };
  const built = await hostCommander({ argv: ['go', 'install', module], timeoutMs: 300_000, env: { GOBIN: folder } });
  return succeeded(built) ? { path } : { absent: `${built.command} ${built.ended}: ${built.stderr.slice(-300)}` };
};

/** CPU time of children that have ended, in ms (proc(5), /proc/pid/stat, cutime and cstime). */
const childrenCpuMs = async (): Promise<number> => {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * tickMs;
};

type Hit = { readonly seq: number; readonly code: number; readonly timestamp: string; readonly latency: number };

/** Microseconds within the hour are enough to subtract, and a double holds them exactly. */
const timestampMs = (rfc3339: string): number => {
  const parts = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(rfc3339);
  if (parts === null) throw new Error(`vegeta wrote a time that is none: ${rfc3339}`);
  return Date.parse(`${parts[1]}${parts[3]}`) + Number(`0.${parts[2] ?? '0'}`) * 1000;
};

/**
 * vegeta with the same schedule. It keeps when it began a request, not when that was due: its schedule is laid through
 * its hits where it was most punctual, so its lateness can only look smaller than it was.
 */
export const attackWithVegeta =
  (path: string) =>
  async ({ port, ratePerSecond, seconds }: Attack): Promise<AttackResult> => {
    const folder = await mkdtemp(join(tmpdir(), 'skipbeat-bench-'));
    try {
      const [raw, json] = [join(folder, 'hits.bin'), join(folder, 'hits.json')];
      const before = await childrenCpuMs();
      await run({
        argv: [
          path,
          'attack',
          `-rate=${ratePerSecond}/1s`,
          `-duration=${seconds}s`,
          '-keepalive=false',
          '-timeout=5s',
          `-output=${raw}`,
        ],
        input: `GET http://127.0.0.1:${port}/\n`,
        timeoutMs: seconds * 1000 + 30_000,
      });
      const cpuMs = (await childrenCpuMs()) - before;
      await run({ argv: [path, 'encode', '-to=json', `-output=${json}`, raw], timeoutMs: 60_000 });
      const lines = (await readFile(json, 'utf8')).trim().split('\n');
      const hits = lines.map((line) => JSON.parse(line) as Hit);
      const offsets = hits.map(({ seq, timestamp }) => timestampMs(timestamp) - (seq * 1000) / ratePerSecond);
      const origin = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
      const lateness = offsets.map((offset) => offset - origin);
      return {
        offered: hits.length,
        ok: hits.filter((hit) => hit.code === 200).length,
        latenessMs: quantilesOf(lateness),
        latencyMs: quantilesOf(hits.map((hit, at) => (lateness[at] ?? Number.NaN) + hit.latency / 1e6)),
        faults: [],
        cpuMs,
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  };
