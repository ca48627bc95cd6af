import { describe, expect, test } from 'vitest';
import { counted, countedGrouped, nounFor } from '../../../src/common/text/counted.ts';
import { numberText } from '../../../src/verdict/text.ts';

describe('a number and its noun', () => {
  test.each([
    [0, '0 nodes'],
    [1, '1 node'],
    [2, '2 nodes'],
    [1000, '1000 nodes'],
  ])('%d', (count, text) => {
    expect(counted(count, 'node')).toBe(text);
  });

  test('a plural of its own', () => {
    expect(counted(1, 'process', 'processes')).toBe('1 process');
    expect(counted(2, 'process', 'processes')).toBe('2 processes');
    expect(counted(3, 'pod was', 'pods were')).toBe('3 pods were');
  });

  test('the noun alone', () => {
    expect(nounFor(1, 'repeat')).toBe('repeat');
    expect(nounFor(0, 'repeat')).toBe('repeats');
    expect(nounFor(2, 'process', 'processes')).toBe('processes');
  });

  test.each([1, 999, 1000, 12_345, 1_234_567])('%d is grouped as a verdict writes it', (count) => {
    expect(countedGrouped(count, 'request')).toBe(`${numberText(count)} ${count === 1 ? 'request' : 'requests'}`);
  });
});
