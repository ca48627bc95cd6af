import { describe, expect, test } from 'vitest';
import { entrancesOf, entranceText } from '../../src/plan/index.ts';

const hit = (...targets: readonly string[]) => [
  { kind: 'steady' },
  { kind: 'fault', inject: [{ targets: targets.slice(0, 1) }, { targets }] },
];
const topology = { controlPlanes: 1, workers: 2 };

describe('through which nodes a load enters', () => {
  test.each([
    ['untouched', [], ['worker'], 'through worker, which no fault touches'],
    ['untouched', ['worker'], ['worker2'], 'through worker2, which no fault touches'],
    ['untouched', ['worker', 'worker2'], ['control-plane'], 'through control-plane, which no fault touches'],
    [
      'untouched',
      ['control-plane', 'worker', 'worker2'],
      ['control-plane'],
      'through control-plane, for faults touch every node',
    ],
    ['target', ['worker2'], ['worker2'], 'through worker2, which a fault touches'],
    [
      'target',
      ['worker2', 'worker'],
      ['worker', 'worker2'],
      'through the nodes that faults touch, in turn (worker, worker2)',
    ],
    [
      'every',
      ['worker'],
      ['control-plane', 'worker', 'worker2'],
      'through every node in turn (control-plane, worker, worker2)',
    ],
  ] as const)('%s, faults on %j: %j', (through, targets, expected, text) => {
    const entered = { load: { through }, phases: hit(...targets), topology };
    expect(entrancesOf(entered)).toEqual(expected);
    expect(entranceText(entered)).toBe(text);
  });

  test('untouched is what is meant where nothing is said', () => {
    expect(entrancesOf({ load: {}, phases: hit('worker'), topology })).toEqual(['worker2']);
    expect(entrancesOf({ load: null, phases: [], topology })).toEqual(['worker']);
  });
});
