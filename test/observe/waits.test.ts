import { describe, expect, test } from 'vitest';
import type { Observed } from '../../src/observe/index.ts';
import { createWaits } from '../../src/observe/waits.ts';

const never = new AbortController().signal;

const place = () => {
  let leases = new Map<string, string>();
  const waits = createWaits(
    (): Observed => ({
      nodes: new Map(),
      leases,
      otherLeasesSeen: 0,
      endpoints: null,
      pods: new Map(),
      hollowPods: new Map(),
    }),
  );
  const see = (node: string): void => {
    leases = new Map([...leases, [node, 'now']]);
    waits.changed();
  };
  const missing = ({ leases: seen }: Observed): string | null => (seen.has('worker') ? null : 'worker has no lease');
  return { waits, see, missing };
};

describe('waiting for what the watches see', () => {
  test('ends at once when nothing is missing', async () => {
    const { waits } = place();
    await waits.until('it', () => null, { timeoutMs: 1000, signal: never });
  });

  test('ends the moment that the missing thing is seen', async () => {
    const { waits, see, missing } = place();
    const waiting = waits.until('a lease', missing, { timeoutMs: 10_000, everyMs: 10_000, signal: never });
    see('control-plane');
    see('worker');
    await waiting;
  });

  test('checks by itself too, for a condition that comes with time', async () => {
    const { waits } = place();
    let probes = 0;
    const third = (): string | null => {
      probes += 1;
      return probes >= 3 ? null : 'not yet';
    };
    await waits.until('the third look', third, { timeoutMs: 10_000, everyMs: 1, signal: never });
    expect(probes).toBe(3);
  });

  test('says what was still missing when it gives up, and what to type', async () => {
    const { waits, missing } = place();
    const waiting = waits.until('a lease', missing, { timeoutMs: 10, signal: never, next: 'look there' });
    await expect(waiting).rejects.toMatchObject({
      code: 'NOT_SEEN_IN_TIME',
      exitCode: 2,
      message: 'Timed out after 10 ms waiting for a lease. Last seen: worker has no lease.',
      next: 'look there',
    });
  });

  test('ends with the reason of the signal, also of one that fired before', async () => {
    const { waits, missing } = place();
    const controller = new AbortController();
    const waiting = waits.until('a lease', missing, { timeoutMs: 10_000, signal: controller.signal });
    controller.abort(new Error('Ctrl-C'));
    await expect(waiting).rejects.toThrow('Ctrl-C');
    const late = waits.until('a lease', missing, { timeoutMs: 10_000, signal: controller.signal });
    await expect(late).rejects.toThrow('Ctrl-C');
  });
});
