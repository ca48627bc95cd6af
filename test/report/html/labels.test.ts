import { expect, test } from 'vitest';
import { story } from '../../../src/report/html/labels.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../../verdict/timeline-builder.ts';

const judged = async (): Promise<RunDocument> => {
  const { events, requests } = tightRun();
  return judge(tightPlan, events, requests);
};

/** The last sentence of the story, which is of the requests. */
const requestsOf = async (counts: Partial<RunDocument['requests']>): Promise<string | undefined> => {
  const document = await judged();
  return story({ ...document, requests: { ...document.requests, ...counts } })
    .replaceAll('\u00a0', ' ')
    .split(/(?<=\.) (?=[A-Z1-9])/)
    .at(-1);
};

test.each([
  [{ offered: 1, ok: 1, refused: 0 }, 'The request was answered.'],
  [{ offered: 2, ok: 2, refused: 0 }, 'All 2 requests were answered.'],
  [{ offered: 1, ok: 0, refused: 0 }, 'No connection was refused, and 0 of 1 (0.0 %) request was answered.'],
  [{ offered: 4, ok: 1, refused: 0 }, 'No connection was refused, and 1 of 4 (25.0 %) requests were answered.'],
  [{ offered: 1, ok: 0, refused: 1 }, '1 of 1 (100.0 %) request was refused.'],
  [{ offered: 4, ok: 3, refused: 1 }, '1 of 4 (25.0 %) requests were refused.'],
])('of %j the page says: %s', async (counts, sentence) => {
  expect(await requestsOf(counts)).toBe(sentence);
});
