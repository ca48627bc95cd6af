import { expect, test } from 'vitest';
import { readTolerance } from '../../../src/compare/index.ts';

test.each(['requests.refused=5=9', '10%=5', 'a=5', 'requests.refused='])('%s is refused as a tolerance', (text) => {
  expect(() => readTolerance([text])).toThrow(expect.objectContaining({ code: 'TOLERANCE_INVALID', exitCode: 64 }));
});
