import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  eventsFile,
  type RequestRecord,
  readEvents,
  readRequests,
  recordTimeline,
  requestsFile,
} from '../../src/timeline/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = (seq: number): RequestRecord => ({
  seq,
  connection: 'fresh',
  dueMs: seq * 20,
  sentMs: seq * 20,
  endedMs: seq * 20 + 1,
  outcome: 'ok',
  status: 200,
  code: null,
});

const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
};

const requestsIn = async (of: string): Promise<readonly RequestRecord[]> =>
  (await all(readRequests(of))).flatMap(({ records }) => records);

describe('a recorded timeline', () => {
  test('is read back as it was seen: events in order with their times, requests whole', async () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    recorder.event({ type: 'note', text: 'ünï\n\u2028"' });
    recorder.event({ type: 'load.ended', offered: 2 }, 12.3456);
    recorder.requests([request(0), request(1)]);
    await recorder.close();
    expect(await all(readEvents(folder))).toEqual([
      { atMs: expect.any(Number), type: 'note', text: 'ünï\n\u2028"' },
      { atMs: 12.346, type: 'load.ended', offered: 2 },
    ]);
    expect(await requestsIn(folder)).toEqual([request(0), request(1)]);
  });

  test('an event is in the file when event() returns', () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    recorder.event({ type: 'note', text: 'kept' });
    expect(JSON.parse(readFileSync(join(folder, eventsFile), 'utf8'))).toEqual({
      ...{ atMs: expect.any(Number), type: 'note', text: 'kept' },
    });
    return recorder.close();
  });

  test('requests are readable about a second later although the recorder was never closed', async () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    recorder.requests([request(0)]);
    let found: readonly RequestRecord[] = [];
    while (found.length === 0) {
      await delay(50);
      found = await requestsIn(folder);
    }
    expect(found).toEqual([request(0)]);
    await recorder.close();
  });

  test('listeners receive everything; one that throws is left out from there on, and said so', async () => {
    const notified: string[] = [];
    const recorder = recordTimeline(folder, process.hrtime.bigint(), [
      {
        onEvent: () => {
          throw new Error('broken pen');
        },
      },
      {
        onEvent: (event) => notified.push(event.type),
        onRequests: (batch) => notified.push(`${batch.length} requests`),
      },
    ]);
    recorder.event({ type: 'load.ended', offered: 0 });
    recorder.requests([request(0)]);
    await recorder.close();
    expect(notified).toEqual(['note', 'load.ended', '1 requests']);
    expect(await all(readEvents(folder))).toEqual([
      { atMs: expect.any(Number), type: 'load.ended', offered: 0 },
      {
        ...{ atMs: expect.any(Number), type: 'note' },
        text: 'a reporter failed and was left out from here on: broken pen',
      },
    ]);
  });

  test('close is safe twice', async () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    await Promise.all([recorder.close(), recorder.close()]);
    await recorder.close();
  });

  test('a last line that a crash cut short is passed over', async () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    recorder.event({ type: 'load.ended', offered: 1 });
    await recorder.close();
    appendFileSync(join(folder, eventsFile), '{"atMs":3,"ty');
    expect(await all(readEvents(folder))).toHaveLength(1);
  });

  test('a compressed file that a crash cut short gives what was in it', async () => {
    const recorder = recordTimeline(folder, process.hrtime.bigint());
    recorder.requests(Array.from({ length: 500 }, (_, seq) => request(seq)));
    await recorder.close();
    const path = join(folder, requestsFile);
    truncateSync(path, Math.floor(readFileSync(path).length / 2));
    const found = await requestsIn(folder);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(Array.from({ length: found.length }, (_, seq) => request(seq)));
  });

  test('a damaged line is an error that names file and line', async () => {
    writeFileSync(join(folder, eventsFile), '{"atMs":1}\nrubbish\n{"atMs":2}\n');
    const path = join(folder, eventsFile);
    await expect(all(readEvents(folder))).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE' });
    await expect(all(readEvents(folder))).rejects.toThrow(`${path}: line 2: expected a JSON object`);
  });

  test('a folder without the file is an error that names it', async () => {
    await expect(all(readEvents(folder))).rejects.toThrow(
      `${join(folder, eventsFile)}: expected this file, found none`,
    );
    await expect(requestsIn(folder)).rejects.toMatchObject({ code: 'EVIDENCE_UNREADABLE', exitCode: 64 });
  });
});
