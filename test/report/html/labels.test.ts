import { describe, expect, test } from 'vitest';
import { share, story } from '../../../src/report/html/labels.ts';
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

describe('of requests that are not known', () => {
  const figure = 'requests.refused';
  const why = 'a request was due every 12.0 s only: an outage may fall between two of them';
  const storyOf = async (unknown: Pick<RunDocument, 'unknown'>): Promise<string> => {
    const { unknown: _, ...document } = await judged();
    const requests = { ...document.requests, offered: 9, ok: null, refused: null };
    return story({ ...document, ...unknown, requests }).replaceAll('\u00a0', ' ');
  };

  test.each([
    [{ unknown: [{ figure, why }] }, `36.2 s. How all of them ended is not known: ${why}.`],
    [
      { unknown: [{ figure, why, atLeast: 1 }] },
      `36.2 s. At least 1 request was refused. How all of them ended is not known: ${why}.`,
    ],
    [
      { unknown: [{ figure, why, atLeast: 1470 }] },
      `36.2 s. At least 1,470 requests were refused. How all of them ended is not known: ${why}.`,
    ],
    [{}, '36.2 s. How all of them ended is not known.'],
  ])('the page says why, and what was seen all the same: %j', async (unknown, text) => {
    expect((await storyOf(unknown)).slice(-text.length)).toBe(text);
  });

  test('no share is taken, and that some were offered is not taken away', () => {
    expect([share(null, 9), share(3, 9), share(0, 0)]).toEqual(['– of 9', '3 of 9 (33.3 %)', '0 of 0']);
  });
});
