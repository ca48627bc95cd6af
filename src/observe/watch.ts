import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { ClusterAccess } from '../cluster/index.ts';
import { messageOf } from '../common/errors.ts';
import type { WatchedResource } from '../timeline/index.ts';
import { type Change, changeOf, isNamed, isObject, linesOf, versionOf, type WatchedObject } from './changes.ts';
import { get, open } from './get.ts';

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

/**
 * Of these an API server keeps no watch cache by default (kubernetes#96052), and so sends no bookmarks (kubernetes#120348):
 * a cluster in which nothing happens says nothing for as long. Whether a silent stream stands is asked by a list.
 */
const withoutBookmarks: readonly WatchedResource[] = ['events'];

/** What an API server knows already may be on its way in the stream for so long. */
const onItsWayMs = 1000;

/**
 * `anew`: why everything has to be listed: the API server has forgotten the version, or brought what is no change; null:
 * it goes on where it was. `lastDataMs`: of a stream that was given up, when it last brought something. `goesOn`: it brought
 * something, or was found to lack nothing, so that what was before it has come.
 */
type Stream = {
  readonly reason: string;
  readonly anew: 'expired' | 'unexpected' | null;
  readonly lastDataMs?: number;
  readonly goesOn: boolean;
  readonly wasOpen: boolean;
};

const list = async (
  access: ClusterAccess,
  path: string,
  signal: AbortSignal,
): Promise<{ objects: WatchedObject[]; resourceVersion: string }> => {
  const { status, text } = await get(path, { access, signal, timeoutMs: 10_000 });
  if (status !== 200) throw Object.assign(new Error(`HTTP ${status} for ${path}`), { statusCode: status });
  const body: unknown = JSON.parse(text);
  const resourceVersion = versionOf(body);
  const items = isObject(body) ? body.items : null;
  // Somebody between here and there may answer in the API server's place; it is asked again.
  if (!Array.isArray(items) || !items.every(isNamed) || resourceVersion === null) throw new Error(`no list at ${path}`);
  return { objects: items, resourceVersion };
};

/**
 * Lists, then watches from there on, until the signal fires. A stream that breaks is resumed at the last
 * resourceVersion; where the API server has forgotten it (410), everything is listed anew. Either way the time that no
 * stream covered is emitted as a gap.
 * @returns resolves once the first list has been handled; `done` resolves when the watch has ended by the signal, and
 *   rejects with what a handler threw
 */
export const watchResource = async (options: WatchOptions): Promise<{ readonly done: Promise<void> }> => {
  const { access, path, resource, handlers, nowMs, signal, silenceMs = maxSilenceMs } = options;
  let resourceVersion = '';
  /** Up to when all that changed is known to have come. */
  let knownToMs = 0;
  const hasBookmarks = !withoutBookmarks.includes(resource);
  /** Without bookmarks: the version of each object that lists and streams have brought, by name. */
  let brought = new Map<string, string | null>();
  const keyOf = ({ metadata }: WatchedObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
  /** That something is gone is brought, too. */
  const areBrought = (objects: readonly WatchedObject[]): boolean =>
    objects.length === brought.size && objects.every((object) => brought.get(keyOf(object)) === versionOf(object));
  const keepAll = (objects: readonly WatchedObject[]): void => {
    if (!hasBookmarks) brought = new Map(objects.map((object) => [keyOf(object), versionOf(object)]));
  };
  const keepOne = (object: WatchedObject, isGone: boolean): void => {
    if (hasBookmarks) return;
    if (isGone) brought.delete(keyOf(object));
    else brought.set(keyOf(object), versionOf(object));
  };
  const untilDone = { retries: Number.POSITIVE_INFINITY, minTimeout: 50, maxTimeout: 1000, factor: 2, signal } as const;
  const relist = async (): Promise<void> => {
    const onFailedAttempt = ({ error }: { readonly error: Error }): void => handlers.refused?.(messageOf(error));
    const found = await pRetry(() => list(access, path, signal), { ...untilDone, onFailedAttempt });
    resourceVersion = found.resourceVersion;
    keepAll(found.objects);
    knownToMs = nowMs();
    handlers.listed(found.objects, knownToMs);
  };

  /** @returns how the connection ended @throws what a handler threw */
  const stream = async (onOpen: () => void): Promise<Stream> => {
    const silent = new AbortController();
    const over = new AbortController();
    const giveUp = (): void => silent.abort(new Error(`nothing was received for ${silenceMs / 1000} s`));
    let lastDataMs = nowMs();
    let isOpen = false;
    let goesOn = false;
    const onData = (): void => {
      lastDataMs = nowMs();
      timer.refresh();
    };
    /** @returns whether the stream stands: it brings something meanwhile, or a list is what was brought */
    const stands = async (): Promise<boolean> => {
      const within = AbortSignal.any([signal, over.signal]);
      const askedMs = nowMs();
      const { objects, resourceVersion: listedVersion } = await list(access, path, within);
      if (!areBrought(objects)) await delay(onItsWayMs, undefined, { signal: within });
      if (within.aborted || lastDataMs > askedMs) return true;
      if (!areBrought(objects)) return false;
      goesOn = true;
      resourceVersion = listedVersion;
      lastDataMs = askedMs;
      timer.refresh();
      return true;
    };
    const onSilence = async (): Promise<void> => {
      const askedMs = nowMs();
      // A list that fails proves nothing: the stream is given up, and its silence is the reason, unless it has spoken meanwhile.
      const orNot = (): boolean => over.signal.aborted || lastDataMs > askedMs;
      // One that nobody has answered so far brings nothing, whatever there is.
      if (hasBookmarks || !isOpen || !(await stands().catch(orNot))) giveUp();
    };
    const timer = setTimeout(() => void onSilence(), silenceMs);
    timer.unref();
    let anew: Stream['anew'] = null;
    let reason = 'the stream ended';
    const ended = (): Stream => ({
      ...{ reason, anew, goesOn, wasOpen: isOpen },
      ...(silent.signal.aborted ? { lastDataMs } : {}),
    });
    const from = `resourceVersion=${encodeURIComponent(resourceVersion)}&allowWatchBookmarks=true&watch=true`;
    /** @returns whether it goes on */
    const emit = (change: Change): boolean => {
      const atMs = nowMs();
      switch (change.type) {
        case 'unexpected':
          [reason, anew] = [change.reason, 'unexpected'];
          return false;
        case 'ERROR':
          anew = change.code === 410 ? 'expired' : null;
          reason = `the stream ended with ${change.code ?? 'an error'}: ${change.message}`;
          return true;
        case 'BOOKMARK':
          goesOn = true;
          resourceVersion = change.resourceVersion ?? resourceVersion;
          return true;
        default:
          goesOn = true;
          resourceVersion = versionOf(change.object) ?? resourceVersion;
          keepOne(change.object, change.type === 'DELETED');
          if (change.type === 'DELETED') handlers.deleted(change.object, atMs);
          else handlers.changed(change.object, atMs);
          return true;
      }
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
      if (response === null) return ended();
      const body = response.body.stream();
      if (response.httpStatusCode !== 200 || body === null) {
        await body?.cancel();
        return {
          reason: `HTTP ${response.httpStatusCode} for the watch of ${path}`,
          anew: response.httpStatusCode === 410 ? 'expired' : null,
          ...{ goesOn, wasOpen: isOpen },
        };
      }
      isOpen = true;
      onOpen();
      const lines = linesOf(body, onData);
      const next = () => lines.next().then(({ done, value }) => (done === true ? null : changeOf(value)));
      try {
        for (let change = await next().catch(failed); change !== null; change = await next().catch(failed))
          if (!emit(change)) break;
      } finally {
        await lines.return(undefined).catch(failed);
      }
      return ended();
    } finally {
      over.abort();
      clearTimeout(timer);
    }
  };

  await relist();

  const follow = async (): Promise<void> => {
    let brokenAtMs: number | null = null;
    let openAtMs = Number.POSITIVE_INFINITY;
    let how: 'resumed' | 'relisted' = 'resumed';
    let reason = '';
    let wait = 0;
    while (!signal.aborted) {
      const openedAtMs = nowMs();
      const ended = await stream(() => {
        openAtMs = nowMs();
        if (brokenAtMs !== null) handlers.gap({ fromMs: brokenAtMs, toMs: openAtMs, how, reason });
        brokenAtMs = null;
        how = 'resumed';
      });
      if (signal.aborted) return;
      reason = ended.reason;
      const atMs = nowMs();
      const isLost = brokenAtMs === null;
      brokenAtMs ??= ended.wasOpen ? (ended.lastDataMs ?? atMs) : knownToMs;
      // API servers open a stream before they say in it that they have forgotten the version (k8s.io/apiserver, cacher.go,
      // Watch: newErrWatcher), as each does that was started anew, or end it, or it stalls: until a stream has brought something, or
      // stood for as long as that takes, what was before it has not come, and may be lost.
      const wasQuiet = ended.wasOpen && ended.anew === null && brokenAtMs - openAtMs > onItsWayMs;
      if (ended.goesOn || wasQuiet) knownToMs = brokenAtMs;
      else brokenAtMs = Math.min(brokenAtMs, knownToMs);
      if (isLost) handlers.lost(reason, atMs, brokenAtMs);
      else handlers.refused?.(reason);
      if (ended.anew !== null) {
        how = 'relisted';
        await relist();
      }
      if (ended.anew === 'expired') {
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
