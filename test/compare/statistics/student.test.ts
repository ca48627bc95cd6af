import { expect, test } from 'vitest';
import { studentUpperTail } from '../../../src/compare/statistics/student.ts';

// Critical values as printed tables of Student's t have them.
test.each([
  [6.3138, 1, 0.05],
  [2.92, 2, 0.05],
  [2.3534, 3, 0.05],
  [2.1318, 4, 0.05],
  [8.6103, 4, 0.0005],
  [1.9432, 6, 0.05],
  [4.7809, 9, 0.0005],
  [0, 5, 0.5],
])('t of at least %f with %i degrees of freedom comes with a chance of %f', (t, freedom, chance) => {
  expect(studentUpperTail(t, freedom)).toBeCloseTo(chance, 5);
});
