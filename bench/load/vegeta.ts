import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attack, type AttackResult, quantilesOf } from './measure.ts';
import { inFolder, run, runForCpu } from './tool.ts';

export const vegetaModule = 'github.com/tsenart/vegeta/v12@v12.13.0';

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
  ({ port, ratePerSecond, seconds, connection, timeoutMs }: Attack): Promise<AttackResult> =>
    inFolder(async (folder) => {
      const [raw, json] = [join(folder, 'hits.bin'), join(folder, 'hits.json')];
      const cpuMs = await runForCpu({
        argv: [
          path,
          'attack',
          `-rate=${ratePerSecond}/1s`,
          `-duration=${seconds}s`,
          `-keepalive=${connection === 'keep-alive'}`,
          `-timeout=${timeoutMs}ms`,
          `-output=${raw}`,
        ],
        input: `GET http://127.0.0.1:${port}/\n`,
        timeoutMs: seconds * 1000 + 30_000,
      });
      await run({ argv: [path, 'encode', '-to=json', `-output=${json}`, raw], timeoutMs: 60_000 });
      const lines = (await readFile(json, 'utf8')).trim().split('\n');
      const hits = lines.map((line) => JSON.parse(line) as Hit);
      const offsets = hits.map(({ seq, timestamp }) => timestampMs(timestamp) - (seq * 1000) / ratePerSecond);
      const origin = offsets.reduce((min, offset) => Math.min(min, offset), Number.POSITIVE_INFINITY);
      const lateness = offsets.map((offset) => offset - origin);
      return {
        offered: hits.length,
        ok: hits.filter((hit) => hit.code === 200).length,
        latenessMs: quantilesOf(lateness),
        latencyMs: quantilesOf(hits.map((hit, at) => (lateness[at] ?? Number.NaN) + hit.latency / 1e6)),
        faults: [],
        cpuMs,
      };
    });
