import { expect, test, vi } from 'vitest';
import { createBlindness } from '../../src/watch/reach/blindness.ts';

const watched = () => {
  const told: string[] = [];
  const blindness = createBlindness(
    'nodes',
    ({ type, atMs }) => told.push(`${type} ${atMs}`),
    (thrown) => told.push(String(thrown)),
  );
  return { told, blindness };
};

test('a stream that goes on at once where it was is no blind time; one that was listed anew is', () => {
  const { told, blindness } = watched();
  blindness.lost('ended', 100);
  blindness.back(150, 50, 'resumed');
  expect(told).toEqual([]);
  blindness.lost('ended', 200);
  blindness.back(250, 50, 'relisted');
  expect(told).toEqual(['blind 200', 'sighted 250']);
});

test('a loss is told after a second, from its beginning on, and is over when the stream is back', async () => {
  const { told, blindness } = watched();
  blindness.lost('ended', 100);
  await vi.waitFor(() => expect(told).toEqual(['blind 100']), 10_000);
  blindness.back(5000, 4900, 'resumed');
  expect(told).toEqual(['blind 100', 'sighted 5000']);
});

test('a watch that ends while a stream is lost says so, however short that was', () => {
  const { told, blindness } = watched();
  blindness.lost('ended', 100);
  blindness.end();
  expect(told).toEqual(['blind 100']);
});
