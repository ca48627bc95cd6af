import { expect, test, vi } from 'vitest';
import { createBlindness } from '../../src/watch/reach/blindness.ts';

const reasons: string[] = [];

const watched = () => {
  reasons.length = 0;
  const notified: string[] = [];
  const blindness = createBlindness(
    'nodes',
    (sighting) => {
      notified.push(`${sighting.type} ${sighting.atMs}`);
      if (sighting.type === 'blind') reasons.push(sighting.reason);
    },
    (thrown) => notified.push(String(thrown)),
  );
  return { notified, blindness };
};

test('a stream that goes on at once where it was is no blind time; one that was listed anew is', () => {
  const { notified, blindness } = watched();
  blindness.lost('ended', 100);
  blindness.back(150, 50, 'resumed');
  expect(notified).toEqual([]);
  blindness.lost('ended', 200);
  blindness.back(250, 50, 'relisted');
  expect(notified).toEqual(['blind 200', 'sighted 250']);
});

test('a loss is emitted after a second, from its beginning on, and is over when the stream is back', async () => {
  const { notified, blindness } = watched();
  blindness.lost('ended', 100);
  await vi.waitFor(() => expect(notified).toEqual(['blind 100']), 10_000);
  blindness.back(5000, 4900, 'resumed');
  expect(notified).toEqual(['blind 100', 'sighted 5000']);
});

test('a watch that ends while a stream is lost says so, however short that was', () => {
  const { notified, blindness } = watched();
  blindness.lost('ended', 100);
  blindness.end();
  expect(notified).toEqual(['blind 100']);
});

test('each reason for which it cannot be had anew is emitted once, as of its loss', () => {
  const { notified, blindness } = watched();
  blindness.refused('nothing is lost');
  blindness.lost('ended', 100);
  blindness.refused('HTTP 403');
  blindness.refused('HTTP 403');
  blindness.end();
  blindness.refused('HTTP 429');
  blindness.refused('HTTP 429');
  expect(reasons).toEqual(['ended', 'HTTP 403', 'HTTP 429']);
  expect(notified).toEqual(['blind 100', 'blind 100', 'blind 100']);
});
