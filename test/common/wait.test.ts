import { describe, expect, test } from 'vitest';
import { pause, waitUntil } from '../../src/common/wait.ts';

const never = new AbortController().signal;

describe('waitUntil', () => {
  test('returns what the probe found, at once when the first probe finds it', async () => {
    const value = await waitUntil('a thing', async () => ({ found: 7 }), {
      timeoutMs: 1000,
      everyMs: 1,
      signal: never,
    });
    expect(value).toBe(7);
  });

  test('a time limit may be a part of a ms', async () => {
    const waiting = waitUntil('it', async () => ({ seen: 'nothing' }), { timeoutMs: 1.25, everyMs: 1, signal: never });
    await expect(waiting).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT' });
  });

  test('goes on after a probe that threw and after one that saw something else', async () => {
    const probes = [
      async () => {
        throw new Error('ECONNREFUSED');
      },
      async () => ({ seen: 'half of it' }),
      async () => ({ found: 'all' }),
    ] as const;
    let count = 0;
    const probe = async (): Promise<{ found: string } | { seen: string }> => {
      const probe = probes[count] ?? probes[2];
      count += 1;
      return probe();
    };
    expect(await waitUntil('it', probe, { timeoutMs: 1000, everyMs: 1, signal: never })).toBe('all');
    expect(count).toBe(3);
  });

  test('says what was seen last, how often it probed and why probes failed, when it gives up', async () => {
    let count = 0;
    const probe = async (): Promise<{ seen: string }> => {
      count += 1;
      if (count === 1) throw new Error('ETIMEDOUT');
      return { seen: 'worker2 NotReady' };
    };
    const options = { timeoutMs: 40, everyMs: 5, signal: never, next: 'kubectl get nodes' };
    const error = await waitUntil('every node to be Ready', probe, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'WAIT_TIMED_OUT', exitCode: 2, next: 'kubectl get nodes' });
    expect((error as Error).message).toMatch(
      /^Timed out after \d+ ms waiting for every node to be Ready\.\nLast seen \d\.\d s ago: worker2 NotReady\. \d+ attempts, 1 of them failed \(ETIMEDOUT\)\.$/,
    );
  });

  test('a probe that hangs does not outlive the time limit, for its signal fires', async () => {
    const hanging = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const error = await waitUntil('it', hanging, { timeoutMs: 20, everyMs: 1, signal: never }).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(
      /^Timed out after \d+ ms waiting for it\.\nNothing was seen\. 1 attempt\.$/,
    );
  });

  test("ends with the caller's own reason when the caller's signal fires", async () => {
    const controller = new AbortController();
    const waiting = waitUntil('it', async () => ({ seen: 'nothing' }), {
      timeoutMs: 10_000,
      everyMs: 10_000,
      signal: controller.signal,
    });
    controller.abort(new Error('Ctrl-C'));
    await expect(waiting).rejects.toThrow('Ctrl-C');
  });
});

test('a pause ends with its time or with its signal, whichever is first, and throws neither way', async () => {
  const never = new AbortController().signal;
  await pause(1, never);
  const called = new AbortController();
  const waiting = pause(3_600_000, called.signal);
  called.abort(new Error('called off'));
  await waiting;
  await pause(3_600_000, called.signal);
});
