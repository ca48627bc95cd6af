import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunDocument } from '../../src/verdict/index.ts';
import { main } from '../support/program.ts';
import { giveRequests } from './many-requests.ts';
import { type ModelRun, modelRun } from './model-run.ts';

let run: ModelRun;
beforeAll(async () => {
  run = await modelRun();
});
afterAll(() => run.remove());

test('requests are streamed: a report of half a million fits a heap that could not hold them', async () => {
  const folder = run.copy();
  await giveRequests(folder, 500_000);
  // Held as objects they take some 75 MB (150 bytes each); what does not grow with them takes less than the heap.
  const { exitCode, stderr } = await execa(process.execPath, ['--max-old-space-size=64', main, 'report', folder], {
    reject: false,
  });
  // 2: nothing proves that the run left so many.
  expect([exitCode, stderr.replaceAll(/-?\d+\.\d+ ms/g, 'TIME')]).toEqual([
    2,
    `manifest.json: expected the seal that a run leaves at its end, found none: no sum proves that the files are as it left them
requests.ndjson.gz: expected each request when 50 a second are due, found some off by TIME
requests.ndjson.gz: expected the first request after the load began at TIME, found it due at TIME
events.ndjson: expected what the model makes of plan.json; line 132: expected another load.ended at TIME, found {"atMs":95015.952,"type":"load.ended","offered":500000}; another model made it, or it was edited
requests.ndjson.gz: expected the 4232 requests that the model makes of plan.json, found 500000 of which some are others; another model made it, or it was edited`,
  ]);
  const { requests } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  expect([requests.offered, requests.ok, requests.refused]).toEqual([500_000, 500_000, 0]);
});
