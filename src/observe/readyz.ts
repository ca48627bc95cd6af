import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterAccess } from '../cluster/index.ts';
import { messageOf } from '../common/errors.ts';
import { get } from './get.ts';

export type ReadyzOptions = {
  readonly access: ClusterAccess;
  readonly nowMs: () => number;
  /** It has not answered that it is ready since it was asked at `fromMs`. Once for each such time. */
  readonly silent: (fromMs: number, reason: string, atMs: number) => void;
  /** It answers so again. */
  readonly answered: (fromMs: number, reason: string, atMs: number) => void;
  readonly signal: AbortSignal;
};

const intervalMs = 1000;

/** More than the two seconds that the API server gives etcd for its part of the answer (apiserver healthcheck-timeout). */
const timeoutMs = 3000;

/** Asks once. @returns why the API server did not answer that it is ready with all of its parts, null where it did */
const failureOf = async (access: ClusterAccess, signal: AbortSignal): Promise<string | null> => {
  try {
    const { status, text } = await get('/readyz', { access, signal, timeoutMs });
    if (status === 200) return null;
    const failed = [...text.matchAll(/^\[-\](\S+) failed/gm)].map(([, part]) => part);
    return `/readyz: HTTP ${status}${failed.length === 0 ? '' : `, ${failed.join(', ')} failed`}`;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'TimeoutError')
      return `no answer from /readyz in ${timeoutMs / 1000} s`;
    const { cause } = thrown as { cause?: unknown };
    return messageOf(cause ?? thrown);
  }
};

/**
 * Asks the API server once a second whether it is ready, until the signal fires. An API server that hangs ends no watch:
 * without this its silence would look like a cluster in which nothing happens.
 */
export const followReadyz = async ({ access, nowMs, silent, answered, signal }: ReadyzOptions): Promise<void> => {
  let since: { readonly fromMs: number; readonly reason: string } | null = null;
  while (!signal.aborted) {
    const askedMs = nowMs();
    const reason = await failureOf(access, signal);
    if (signal.aborted) return;
    if (reason === null) {
      if (since !== null) answered(since.fromMs, since.reason, nowMs());
      since = null;
    } else if (since === null) {
      since = { fromMs: askedMs, reason };
      silent(askedMs, reason, nowMs());
    }
    await delay(Math.max(0, askedMs + intervalMs - nowMs()), undefined, { signal }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
};
