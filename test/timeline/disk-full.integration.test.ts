import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsFile, recordTimeline } from '../../src/timeline/index.ts';

// A file system of 64 kB: root may mount one, and the machines that run this tier are root's.
let place: string;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-full-'));
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place]);
});
afterAll(async () => {
  await execa('umount', [place]);
  rmSync(place, { recursive: true });
});

test('a full disk fires `failed` once, keeps what was seen before, and never throws at the one who records', async () => {
  const recorder = recordTimeline(place, process.hrtime.bigint());
  recorder.event({ type: 'note', text: 'before' });
  writeFileSync(join(place, 'ballast'), Buffer.alloc(40_000));
  let recorded = 0;
  while (!recorder.failed.aborted && recorded < 1000) {
    recorder.event({ type: 'note', text: 'x'.repeat(1000) });
    recorded += 1;
  }
  expect(recorder.failed.reason).toMatchObject({ code: 'RECORD_FAILED', exitCode: 75 });
  expect((recorder.failed.reason as Error).message).toBe(
    `The evidence could not be written to ${place}: ENOSPC: no space left on device, write.`,
  );
  recorder.event({ type: 'note', text: 'after' });
  await expect(recorder.close()).rejects.toMatchObject({ code: 'RECORD_FAILED' });
  const kept = readFileSync(join(place, eventsFile), 'utf8');
  expect(JSON.parse(kept.split('\n')[0] ?? '')).toEqual({ atMs: expect.any(Number), type: 'note', text: 'before' });
  expect(kept).not.toContain('"after"');
});
