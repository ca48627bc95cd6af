import { expect, test } from 'vitest';
import { hasToAnswer } from '../../../src/fault/path/canary.ts';

test('a canary has to be answered where its round trips fit, over a way with loss only where a packet can be sent again', () => {
  expect(hasToAnswer(300, 0, 1000)).toBe(false);
  expect(hasToAnswer(300, 0, 1200)).toBe(true);
  expect(hasToAnswer(300, 5, 1200)).toBe(false);
  expect(hasToAnswer(300, 5, 8000)).toBe(false);
  expect(hasToAnswer(300, 5, 8200)).toBe(true);
  expect(hasToAnswer(300, 5, Number.POSITIVE_INFINITY)).toBe(true);
});
