import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import type { ClusterAccess } from '../cluster/index.ts';
import { messageOf } from '../common/errors.ts';
import type { WatchedResource } from '../timeline/index.ts';
import { get } from './get.ts';

export type WatchedObject = KubernetesObject & Record<string, unknown>;

/** What a watch tells. `listed` brings all objects at once: those not among them are gone. */
export type WatchHandlers = {
  readonly listed: (objects: readonly WatchedObject[], atMs: number) => void;
  readonly changed: (object: WatchedObject, atMs: number) => void;
  readonly deleted: (object: WatchedObject, atMs: number) => void;
  /** The stream has ended: until the `gap` that follows nothing is seen live. */
  readonly lost: (reason: string, atMs: number) => void;
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
};

/**
 * The library ends a watch that is silent for 30 s, which a Service without changes is for minutes. With bookmarks the
 * API server speaks about once a minute (k8s.io/apiserver, watch cache); three missed ones mean that it is gone.
 */
const silenceMs = 180_000;

const patientWatch = ({ client, config }: ClusterAccess): InstanceType<ClusterAccess['client']['Watch']> => {
  const watch = new client.Watch(config);
  // The limit is private to the library's types alone; a test holds the name fast.
  (watch as unknown as { requestTimeoutMs: number }).requestTimeoutMs = silenceMs;
  return watch;
};

type Stream = { readonly reason: string; readonly expired: boolean };

const statusCodeOf = (thrown: unknown): number | null => {
  const code =
    (thrown as { statusCode?: unknown; code?: unknown } | null)?.statusCode ?? (thrown as { code?: unknown })?.code;
  return typeof code === 'number' ? code : null;
};

const list = async (
  access: ClusterAccess,
  path: string,
  signal: AbortSignal,
): Promise<{ objects: WatchedObject[]; resourceVersion: string }> => {
  const { status, text } = await get(path, { access, signal, timeoutMs: 10_000 });
  if (status !== 200) throw Object.assign(new Error(`HTTP ${status} for ${path}`), { statusCode: status });
  const body = JSON.parse(text) as { items: WatchedObject[]; metadata: { resourceVersion: string } };
  return { objects: body.items, resourceVersion: body.metadata.resourceVersion };
};

/**
 * Lists, then watches from there on, until the signal fires. A stream that breaks is resumed at the last
 * resourceVersion; where the API server has forgotten it (410), everything is listed anew. Either way the time that no
 * stream covered is told as a gap.
 * @returns resolves once the first list has been told; `done` resolves when the watch has ended
 */
export const watchResource = async (options: WatchOptions): Promise<{ readonly done: Promise<void> }> => {
  const { access, path, handlers, nowMs, signal } = options;
  let resourceVersion = '';
  const relist = async (): Promise<void> => {
    const found = await list(access, path, signal);
    resourceVersion = found.resourceVersion;
    handlers.listed(found.objects, nowMs());
  };

  const stream = (onOpen: () => void): Promise<Stream> =>
    new Promise((resolve, reject) => {
      const watch = patientWatch(access);
      let expired = false;
      let ended = false;
      const opened = watch.watch(
        path,
        { resourceVersion, allowWatchBookmarks: true },
        (phase: string, object: WatchedObject) => {
          const atMs = nowMs();
          if (phase === 'ERROR') {
            expired = (object as { code?: number }).code === 410;
            return;
          }
          resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
          if (phase === 'ADDED' || phase === 'MODIFIED') handlers.changed(object, atMs);
          if (phase === 'DELETED') handlers.deleted(object, atMs);
        },
        (thrown: unknown) => {
          ended = true;
          const status = statusCodeOf(thrown);
          resolve({
            reason: thrown === null || thrown === undefined ? 'the stream ended' : messageOf(thrown),
            expired: expired || status === 410,
          });
        },
      );
      opened.then((controller) => {
        if (signal.aborted) controller.abort();
        else signal.addEventListener('abort', () => controller.abort(), { once: true });
        // The promise resolves for a refused request too, after the stream was reported as ended.
        if (!ended) onOpen();
      }, reject);
    });

  const untilDone = { retries: Number.POSITIVE_INFINITY, minTimeout: 50, maxTimeout: 1000, factor: 2, signal } as const;
  await pRetry(relist, untilDone);

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
        brokenAtMs = nowMs();
        handlers.lost(reason, brokenAtMs);
      }
      if (ended.expired) {
        how = 'relisted';
        await pRetry(relist, untilDone);
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
