import { expect, test } from 'vitest';
import { parseValue } from '../../src/profile/index.ts';

test.each([
  ['0x1p-3', 0.125],
  ['-0x1.8P+1', -3],
  ['0x.8p0', 0.5],
  ['1e-1', 0.1],
  ['0x1', null],
  ['0xp1', null],
  ['1p2', null],
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
  ['-nan', null],
  ['infinit', null],
])('a float of a flag: %s', (text, expected) => {
  expect(parseValue('number', text)).toBe(expected);
});
