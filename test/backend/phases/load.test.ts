import { expect, test } from 'vitest';
import { createWatermark } from '../../../src/backend/phases/load.ts';

test('all requests up to one have ended only when each before it has', () => {
  const { add, untilMs } = createWatermark();
  const notified = [1, 2, 0, 4, 3].map((seq) => {
    add({ seq, dueMs: 100 + seq * 20 });
    return untilMs();
  });
  expect(notified).toEqual([null, null, 140, 140, 180]);
});
