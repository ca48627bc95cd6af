import { SkipbeatError } from '../../common/errors.ts';

const isOf = (thrown: unknown, code: SkipbeatError['code']): boolean =>
  thrown instanceof SkipbeatError && thrown.code === code;

/** Before every other cause: a node may not be as it was, or an object of the run stays. */
export const isNotUndone = (thrown: unknown): boolean =>
  isOf(thrown, 'UNDO_FAILED') || isOf(thrown, 'CHAOS_MESH_NOT_RECOVERED');

/** Of what went wrong on the way out, what the run ends with. */
export const worstOf = (failures: readonly unknown[]): unknown =>
  failures.find((thrown) => isOf(thrown, 'HOLD_LOST')) ?? failures[0];

/**
 * Whether what went wrong on the way out is the run's cause in place of what went wrong before. The first cause wins; but what
 * a run saw that no longer held the cluster may be the doing of whoever did. Pure.
 */
export const goesBefore = (onTheWayOut: unknown, first: unknown): boolean =>
  isOf(onTheWayOut, 'HOLD_LOST') && !isOf(first, 'HOLD_LOST') && !isNotUndone(first);
