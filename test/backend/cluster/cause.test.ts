import { expect, test } from 'vitest';
import { goesBefore, isNotUndone, worstOf } from '../../../src/backend/cluster/cause.ts';
import { exitCodes, SkipbeatError } from '../../../src/common/errors.ts';

const failed = (code: SkipbeatError['code']) => new SkipbeatError(code, 'words', { exitCode: exitCodes.environment });

test('that a run had lost its hold goes before what it saw of its load, not before a node that is not undone', () => {
  const lost = failed('HOLD_LOST');
  expect(worstOf([failed('WAIT_TIMED_OUT'), lost])).toBe(lost);
  expect(goesBefore(lost, failed('LOAD_CONTAINER_DIED'))).toBe(true);
  expect(goesBefore(lost, failed('UNDO_FAILED'))).toBe(false);
  expect(goesBefore(failed('WAIT_TIMED_OUT'), failed('LOAD_CONTAINER_DIED'))).toBe(false);
});

test('a node that may not be as it was goes before every other cause, and so does an object that stays', () => {
  const codes = ['UNDO_FAILED', 'CHAOS_MESH_NOT_RECOVERED', 'CHAOS_MESH_NOT_INJECTED', 'GUARD_TRIPPED'] as const;
  expect(codes.map((code) => isNotUndone(failed(code)))).toEqual([true, true, false, false]);
});
