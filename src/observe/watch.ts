import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import type { ClusterAccess } from '../cluster/index.ts';
import { messageOf } from '../common/errors.ts';
import type { WatchedResource } from '../timeline/index.ts';
import { get, open } from './get.ts';

export type WatchedObject = KubernetesObject & Record<string, unknown>;

/** What a watch emits. `listed` brings all objects at once: those not among them are gone. */
export type WatchHandlers = {
  readonly listed: (objects: readonly WatchedObject[], atMs: number) => void;
  readonly changed: (object: WatchedObject, atMs: number) => void;
  readonly deleted: (object: WatchedObject, atMs: number) => void;
  /** The stream has ended: from `fromMs` on, until the `gap` that follows, nothing is seen live. */
  readonly lost: (reason: string, atMs: number, fromMs: number) => void;
  /** It was lost, and asking for it anew has failed, as it may do many times. */
  readonly refused?: (reason: string) => void;
  /** Nothing was seen live from `fromMs` to `toMs`. `resumed`: what happened then came late; `relisted`: some may be lost. */
  readonly gap: (gap: { fromMs: number; toMs: number; how: 'resumed' | 'relisted'; reason: string }) => void;
};

export type WatchOptions = {
  readonly access: ClusterAccess;
  readonly resource: WatchedResource;
  /** `/api/v1/nodes` */
  readonly path: string;
  readonly handlers: WatchHandlers;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** A stream that brings nothing for so long is given up. */
  readonly silenceMs?: number;
};

/**
 * A Service without changes is silent for minutes. With bookmarks the API server speaks about once a minute
 * (k8s.io/apiserver, watch cache); three missed ones mean that it is gone.
 */
const maxSilenceMs = 180_000;

/** `lastDataMs`: of a stream that was given up, when it last brought something. */
type Stream = { readonly reason: string; readonly expired: boolean; readonly lastDataMs?: number };

/** What the API server says of a change, a line each. */
type Change = { readonly type: string; readonly object: WatchedObject };

/** @throws SyntaxError for what is no JSON */
async function* linesOf(body: ReadableStream<Uint8Array>, onData: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    onData();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

const list = async (
  access: ClusterAccess,
  path: string,
  signal: AbortSignal,
): Promise<{ objects: WatchedObject[]; resourceVersion: string }> => {
  const { status, text } = await get(path, { access, signal, timeoutMs: 10_000 });
  if (status !== 200) throw Object.assign(new Error(`HTTP ${status} for ${path}`), { statusCode: status });
  const body = JSON.parse(text) as { items?: WatchedObject[]; metadata?: { resourceVersion?: string } } | null;
  const resourceVersion = body?.metadata?.resourceVersion;
  // Somebody between here and there may answer in the API server's place; it is asked again.
  if (!Array.isArray(body?.items) || resourceVersion === undefined) throw new Error(`no list at ${path}`);
  return { objects: body.items, resourceVersion };
};

/**
 * Lists, then watches from there on, until the signal fires. A stream that breaks is resumed at the last
 * resourceVersion; where the API server has forgotten it (410), everything is listed anew. Either way the time that no
 * stream covered is emitted as a gap.
 * @returns resolves once the first list has been handled; `done` resolves when the watch has ended by the signal, and
 *   rejects with what a handler threw
 */
export const watchResource = async (options: WatchOptions): Promise<{ readonly done: Promise<void> }> => {
  const { access, path, handlers, nowMs, signal, silenceMs = maxSilenceMs } = options;
  let resourceVersion = '';
  const untilDone = { retries: Number.POSITIVE_INFINITY, minTimeout: 50, maxTimeout: 1000, factor: 2, signal } as const;
  const relist = async (): Promise<void> => {
    const onFailedAttempt = ({ error }: { readonly error: Error }): void => handlers.refused?.(messageOf(error));
    const found = await pRetry(() => list(access, path, signal), { ...untilDone, onFailedAttempt });
    resourceVersion = found.resourceVersion;
    handlers.listed(found.objects, nowMs());
  };

  /** @returns how the connection ended @throws what a handler threw */
  const stream = async (onOpen: () => void): Promise<Stream> => {
    const silent = new AbortController();
    const timer = setTimeout(
      () => silent.abort(new Error(`nothing was received for ${silenceMs / 1000} s`)),
      silenceMs,
    );
    timer.unref();
    let lastDataMs = nowMs();
    const onData = (): void => {
      lastDataMs = nowMs();
      timer.refresh();
    };
    const ended = (why: string, isExpired: boolean): Stream => ({
      reason: why,
      expired: isExpired,
      ...(silent.signal.aborted ? { lastDataMs } : {}),
    });
    const from = `resourceVersion=${encodeURIComponent(resourceVersion)}&allowWatchBookmarks=true&watch=true`;
    let expired = false;
    let reason = 'the stream ended';
    const emit = ({ type, object }: Change): void => {
      const atMs = nowMs();
      if (type === 'ERROR') {
        const { code, message } = object as { code?: number; message?: string };
        expired = code === 410;
        reason = `the stream ended with ${code ?? 'an error'}: ${message ?? ''}`;
        return;
      }
      resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
      if (type === 'ADDED' || type === 'MODIFIED') handlers.changed(object, atMs);
      if (type === 'DELETED') handlers.deleted(object, atMs);
    };
    /** The next change; null at the end of the stream. What the connection failed with ends it, too. */
    const failed = (thrown: unknown): null => {
      reason = messageOf(silent.signal.aborted ? silent.signal.reason : thrown);
      return null;
    };
    try {
      const asked = open(
        `${path}${path.includes('?') ? '&' : '?'}${from}`,
        access,
        AbortSignal.any([signal, silent.signal]),
      );
      const response = await asked.catch(failed);
      if (response === null) return ended(reason, expired);
      const body = response.body.stream();
      if (response.httpStatusCode !== 200 || body === null) {
        await body?.cancel();
        return {
          reason: `HTTP ${response.httpStatusCode} for the watch of ${path}`,
          expired: response.httpStatusCode === 410,
        };
      }
      onOpen();
      const lines = linesOf(body, onData);
      const next = () => lines.next().then(({ done, value }) => (done === true ? null : (JSON.parse(value) as Change)));
      try {
        for (let change = await next().catch(failed); change !== null; change = await next().catch(failed))
          emit(change);
      } finally {
        await lines.return(undefined).catch(failed);
      }
      return ended(reason, expired);
    } finally {
      clearTimeout(timer);
    }
  };

  await relist();

  const follow = async (): Promise<void> => {
    let brokenAtMs: number | null = null;
    let how: 'resumed' | 'relisted' = 'resumed';
    let reason = '';
    let wait = 0;
    while (!signal.aborted) {
      const openedAtMs = nowMs();
      const ended = await stream(() => {
        if (brokenAtMs !== null) handlers.gap({ fromMs: brokenAtMs, toMs: nowMs(), how, reason });
        brokenAtMs = null;
        how = 'resumed';
      });
      if (signal.aborted) return;
      reason = ended.reason;
      if (brokenAtMs === null) {
        const atMs = nowMs();
        brokenAtMs = ended.lastDataMs ?? atMs;
        handlers.lost(reason, atMs, brokenAtMs);
      } else handlers.refused?.(reason);
      if (ended.expired) {
        how = 'relisted';
        await relist();
        wait = 0;
        continue;
      }
      // A stream that lived for a while is reopened at once; one that is refused again and again is not hammered.
      wait = nowMs() - openedAtMs > 1000 ? 0 : Math.min(1000, Math.max(50, wait * 2));
      if (wait > 0) await delay(wait, undefined, { signal });
    }
  };
  const done = follow().catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  return { done };
};
