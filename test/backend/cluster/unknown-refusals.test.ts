import { expect, test } from 'vitest';
import { unknownRefusals } from '../../../src/backend/cluster/load/workload.ts';

const seen = { begunMs: 1000, hasTimeouts: true, emptiedMs: 5000 };

test('where the Service had no endpoint and requests timed out, some may have been refused', () => {
  const state = { type: 'entrance.icmp', node: 'worker2', heldBack: null, limitsRefusals: true };
  expect(unknownRefusals('worker2', seen)).toEqual([
    { ...state, moment: 'start' },
    { ...state, moment: 'end' },
  ]);
});

test.each([
  ['none timed out', { hasTimeouts: false }],
  ['it always had one', { emptiedMs: null }],
  ['it had none before the load alone', { emptiedMs: 999 }],
])('where %s, every refusal was counted', (_, changes) => {
  expect(unknownRefusals('worker2', { ...seen, ...changes })).toEqual([]);
});
