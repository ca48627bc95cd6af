import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runJson, summaryText } from '../../src/report/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { sampleOf } from '../support/sample.ts';
import { tightRun } from './timeline-builder.ts';

const run = tightRun();

test('any beginning of a timeline can be judged and shown, and none but the whole passes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: run.events.length }),
      fc.nat({ max: run.requests.length }),
      async (eventCount, requestCount) => {
        const events = run.events.slice(0, eventCount);
        const requests = run.requests.slice(0, requestCount);
        const document = await judge(run.plan, events, requests);
        expect(document.requests.offered).toBe(requestCount);
        if (eventCount < run.events.length || requestCount < run.requests.length) {
          expect(document.verdict).toBe('inconclusive');
          expect(document.reasons).not.toEqual([]);
        }
        expect(JSON.parse(runJson(document))).toEqual(document);
        const text = summaryText(document, run.plan, { columns: 80, colour: false, folder: 'runs/x/', again: null });
        expect(text).not.toMatch(/NaN|undefined|Infinity/);
      },
    ),
    { numRuns: sampleOf(50, 1000) },
  );
});

test('the order in which events were written down does not matter where their times differ', async () => {
  const complete = await judge(run.plan, run.events, run.requests);
  const byTime = new Map(run.events.map((event) => [event.atMs, event]));
  const distinct = [...byTime.values()];
  const ordered = await judge(run.plan, distinct, run.requests);
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(distinct, { minLength: distinct.length }), async (shuffled) => {
      expect(await judge(run.plan, shuffled, run.requests)).toEqual(ordered);
    }),
    { numRuns: sampleOf(8, 100) },
  );
  expect(complete.verdict).toBe('pass');
});
