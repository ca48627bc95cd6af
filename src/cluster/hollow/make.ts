import { waitUntil } from '../../common/wait.ts';

/** So many objects are made at a time. */
const together = 16;

/** A new control plane under load lets connections go: each object may take so long. */
const createWithin = { timeoutMs: 60_000, everyMs: 250 } as const;

/** The status of an answer that will be the same the next time; null where there was none, or the server was not up to it. */
const refusalOf = (thrown: unknown): number | null => {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' && code >= 400 && code < 500 && code !== 429 ? code : null;
};

/**
 * Makes one object; what its request got no answer to is asked for again, and may be there by then.
 * @throws the client's error where the API server refuses it; WAIT_TIMED_OUT where it takes it not for a minute; the signal's reason
 */
export const make = async (what: string, create: () => Promise<unknown>, signal: AbortSignal): Promise<void> => {
  let isAskedBefore = false;
  const refusal = await waitUntil<{ readonly thrown: unknown } | null>(
    `the API server to take ${what}`,
    async () => {
      try {
        await create();
      } catch (thrown) {
        const code = refusalOf(thrown);
        if (code !== null && !(code === 409 && isAskedBefore)) return { found: { thrown } };
        if (code === null) {
          isAskedBefore = true;
          throw thrown;
        }
      }
      return { found: null };
    },
    { ...createWithin, signal },
  );
  if (refusal !== null) throw refusal.thrown;
};

/** Makes all of them, some at a time. @throws what `makeOne` throws; the signal's reason */
export const makeAll = async <T>(
  bodies: readonly T[],
  makeOne: (body: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  const waiting = bodies.values();
  const worker = async (): Promise<void> => {
    for (const body of waiting) {
      signal.throwIfAborted();
      await makeOne(body);
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
};
