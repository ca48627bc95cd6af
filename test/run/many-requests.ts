import { once } from 'node:events';
import { createWriteStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { requestsFile, type TimelineEvent } from '../../src/timeline/index.ts';

function* lines(count: number, fromMs: number, toMs: number): Generator<string> {
  for (let seq = 0; seq < count; seq += 1) {
    // Whole µs, as the recorder has them.
    const dueUs = Math.round(1000 * (fromMs + (seq * (toMs - fromMs)) / count));
    const [dueMs, sentMs, endedMs] = [dueUs / 1000, (dueUs + 100) / 1000, (dueUs + 1200 + (seq % 15) * 100) / 1000];
    const record = {
      seq,
      connection: 'fresh',
      entrance: 'control-plane',
      dueMs,
      sentMs,
      endedMs,
      outcome: 'ok',
      status: 200,
      code: null,
    };
    yield `${JSON.stringify(record)}\n`;
  }
}

/** Some thousand lines at once: a stream of single ones takes most of its time between them. */
function* chunks(of: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of of) {
    chunk += line;
    if (chunk.length < 2 ** 20) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** Gives a run folder so many requests in the place of its own, all ok, as a kill would leave it: without sums. */
export const giveRequests = async (folder: string, count: number): Promise<void> => {
  rmSync(join(folder, 'manifest.json'), { force: true });
  const path = join(folder, 'events.ndjson');
  const events = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TimelineEvent)
    .map((event) => (event.type === 'load.ended' ? { ...event, offered: count } : event));
  writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const [start, end] = (['load.started', 'load.ended'] as const).map((type) => events.find((one) => one.type === type));
  if (start === undefined || end === undefined) throw new Error('expected a run with a load');
  const out = createWriteStream(join(folder, requestsFile));
  await Promise.all([
    once(out, 'close'),
    pipeline(Readable.from(chunks(lines(count, start.atMs, end.atMs))), createGzip({ level: 1 }), out),
  ]);
};
