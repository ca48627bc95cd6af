import { describe, expect, test } from 'vitest';
import { growFault, stepsDueMs } from '../../src/fault/ramp.ts';

const never = new AbortController().signal;
const noted = (): void => undefined;

describe('a fault that grows', () => {
  test('takes its later steps evenly over the time that it stands', () => {
    expect(stepsDueMs(1, 20_000)).toEqual([]);
    expect(stepsDueMs(4, 20_000)).toEqual([5000, 10_000, 15_000]);
  });

  test('takes one step after the other', async () => {
    const taken: number[] = [];
    const { promise: over, resolve: last } = Promise.withResolvers<void>();
    const to = async (step: number): Promise<void> => {
      taken.push(step);
      if (step === 4) last();
    };
    const notified: number[] = [];
    const growth = growFault(
      { steps: 4, to },
      { beganMs: performance.now(), lengthMs: 4 },
      (step) => notified.push(step),
      never,
    );
    await over;
    await growth.stop();
    expect(taken).toEqual([2, 3, 4]);
    expect(notified).toEqual([2, 3, 4]);
    expect(growth.broken()).toBeNull();
  });

  test('takes no step once it was stopped, and stops at once', async () => {
    const taken: number[] = [];
    const to = async (step: number): Promise<void> => {
      taken.push(step);
    };
    const growth = growFault({ steps: 2, to }, { beganMs: performance.now(), lengthMs: 3_600_000 }, noted, never);
    await growth.stop();
    await growth.stop();
    expect(taken).toEqual([]);
    expect(growth.broken()).toBeNull();
  });

  test('says why it grew no further', async () => {
    const { promise: over, resolve: failed } = Promise.withResolvers<void>();
    const to = async (step: number): Promise<void> => {
      failed();
      throw new Error(`no step ${step}`);
    };
    const growth = growFault({ steps: 3, to }, { beganMs: performance.now(), lengthMs: 3 }, noted, never);
    await over;
    await growth.stop();
    expect(growth.broken()).toBe('no step 2');
  });
});
