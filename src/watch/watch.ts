import { apiAway, createAsk, loadClient, openContext } from '../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { createSittingClock } from './clock.ts';
import { documentOf, type Known } from './document.ts';
import type { WatchDocument } from './document-shape.ts';
import { createController } from './reach/controller.ts';
import { followCluster } from './reach/follow.ts';
import { probeCluster } from './reach/preflight.ts';
import { createSameCluster } from './reach/same-cluster.ts';
import { createWatchCounters } from './seen/counters.ts';
import type { Notable } from './seen/notable.ts';
import { maxSittings, openStore, type Store, type WatchState } from './store.ts';

/**
 * A watch goes on in a folder only if the cluster is the one of before, by the UID of its namespace kube-system.
 * @throws SkipbeatError WATCH_OF_ANOTHER (exit 64)
 */
const assertSameCluster = (folder: string, state: WatchState | null, clusterUid: string | null): void => {
  if (state === null) return;
  const refused = (found: string): SkipbeatError =>
    new SkipbeatError(
      'WATCH_OF_ANOTHER',
      `${folder}: expected a watch of this cluster, ${clusterUid ?? 'whose UID the token may not read'}, found ${found}.`,
      { exitCode: exitCodes.usage, next: 'name another folder with --out DIR' },
    );
  if (state.clusterUid === null) throw refused('one of a cluster whose UID could not be read');
  if (state.clusterUid !== clusterUid) throw refused(`one of ${state.clusterUid}`);
};

export type WatchOptions = {
  readonly context: string;
  /** null: as kubectl finds it. */
  readonly kubeconfig: string | null;
  /** Of this sitting, in ms; null: until the signal fires. */
  readonly forMs: number | null;
  readonly folder: string;
  /** What the user says that nodeMonitorGracePeriod is, in ms. */
  readonly graceMs: number | null;
  /** The share of it that has to stay unused, 0 to 1. */
  readonly margin: number;
  /** Ends it in order. */
  readonly signal: AbortSignal;
  /** Once a minute, and at the first list. */
  readonly onMinute: (document: WatchDocument) => void;
  readonly onNotable: (notable: Notable, atMs: number) => void;
};

const tickMs = 1000;
/** So often what was counted is put on the disk: what a kill loses at most. */
const saveEveryMs = 5000;
const minuteMs = 60_000;
/** Nodes and leases of the largest clusters are listed in less. */
const firstListMs = 300_000;

type Sittings = WatchState['sittings'];

/** Those of before, each over: one that did not say so was killed. */
const earlier = (state: WatchState | null): Sittings =>
  (state?.sittings ?? []).map((each) => ({ ...each, ended: each.ended ?? 'lost' })).slice(-maxSittings);

/**
 * Watches a cluster until the time is over, the signal fires or another cluster answers, and writes what it saw into the folder as it goes. Only
 * reads: GET, lists and watches.
 * @returns what was seen, by all sittings together
 * @throws SkipbeatError KUBECONFIG_UNREADABLE, CONTEXT_UNKNOWN, WATCH_FOLDER_INVALID, WATCH_OF_ANOTHER (exit 64),
 *   API_UNREACHABLE, CREDENTIALS_REFUSED, RIGHT_MISSING, WATCH_BUSY (exit 75); the signal's reason before the first list
 */
export const watchCluster = async (options: WatchOptions): Promise<WatchDocument> => {
  const access = openContext(await loadClient(), {
    context: options.context,
    kubeconfig: options.kubeconfig,
    env: process.env,
  });
  const server = access.config.getCurrentCluster()?.server ?? '';
  const ask = createAsk(access);
  const identity = await probeCluster(ask, { ...options, server }, options.signal);
  const store = await openStore(options.folder);
  try {
    assertSameCluster(options.folder, store.state, identity.clusterUid);
    const known = {
      context: options.context,
      server,
      clusterUid: identity.clusterUid,
      kubernetesVersion: identity.kubernetesVersion,
      margin: options.margin,
      statedGrace:
        options.graceMs === null ? null : ({ ms: options.graceMs, source: 'given', from: '--grace' } as const),
    };
    return await sit({ ...options, access, ask }, store, known, identity.missing);
  } finally {
    await store.close();
  }
};

type Place = WatchOptions & Pick<Parameters<typeof followCluster>[0], 'access' | 'ask'>;

const sit = async (
  { access, ask, forMs, signal, onMinute, onNotable }: Place,
  store: Store,
  known: Omit<Known, 'firstMs' | 'sittings' | 'missing' | 'sameUnknown'>,
  missing: Known['missing'],
): Promise<WatchDocument> => {
  let isNotable = false;
  const counters = createWatchCounters({
    from: store.state?.counters ?? null,
    note: (notable, atMs) => {
      store.note({ at: new Date(atMs).toISOString(), ...notable });
      isNotable = true;
      onNotable(notable, atMs);
    },
  });
  const before = store.state;
  let markUnproven: (reason: string, fromMs: number) => void = () => undefined;
  const clock = createSittingClock(before?.counters.atMs ?? 0, (fromMs, toMs, reason) => {
    counters.take({ type: 'blind', source: 'process', reason, atMs: fromMs });
    markUnproven('what came meanwhile may still be held back', fromMs);
    counters.take({ type: 'sighted', source: 'process', atMs: toMs });
  });
  const fromMs = clock.nowMs();
  const allFromMs = before?.firstMs ?? before?.sittings[0]?.fromMs ?? fromMs;
  if (before !== null) {
    // Who was killed has asked nobody at the end whether a watch hung.
    const atMs = Math.min(before.knownMs ?? before.counters.atMs, before.counters.atMs);
    counters.take({ type: 'blind', source: 'unwatched', reason: 'nobody watched', atMs });
  }
  const ending = new AbortController();
  // It was there a moment ago; one that is away from now on would be waited for without an end.
  const firstMs = Math.min(forMs ?? firstListMs, firstListMs);
  const late = setTimeout(
    () =>
      ending.abort(
        apiAway({ ...known, kubeconfig: access.kubeconfig }, `no list of nodes and leases in ${firstMs} ms`),
      ),
    firstMs,
  );
  const leave = (): void => ending.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const asking = { access, ask, nowMs: clock.nowMs, take: counters.take, signal: ending.signal };
  const controller = createController({ ...asking, serverVersion: known.kubernetesVersion });
  let other = before?.otherCluster ?? null;
  let isOther = false;
  const same = createSameCluster({
    ...{ ask, nowMs: clock.nowMs, signal: ending.signal, uid: known.clusterUid },
    changed: (uid, sinceMs) => {
      [other, isOther] = [{ uid, atMs: sinceMs }, true];
      counters.take({ type: 'blind', source: 'cluster', reason: `another cluster answers: ${uid}`, atMs: sinceMs });
      // Nothing of it is asked: it is not the one that is watched.
      ending.abort();
    },
  });
  await controller.read();
  const following = await followCluster(asking).finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', leave);
  });
  markUnproven = following.markUnproven;
  let failure: { readonly thrown: unknown } | null = null;
  let isEnding = false;
  /** What the watches have not brought by now is not taken for stable. */
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    void same
      .isOther()
      .then(async (is) => {
        if (!is) await Promise.all([following.prove(), controller.read()]);
      })
      .catch((thrown: unknown) => {
        failure ??= { thrown };
      })
      .finally(() => ending.abort());
  };
  if (before !== null) counters.take({ type: 'sighted', source: 'unwatched', atMs: clock.nowMs() });

  const sittings = (ended: Sittings[number]['ended'], toMs: number): Sittings => [
    ...earlier(before),
    { fromMs, toMs, ended },
  ];
  const keep = (ended: Sittings[number]['ended']): WatchState => {
    const atMs = clock.nowMs();
    const state: WatchState = {
      schemaVersion: 2,
      clusterUid: known.clusterUid,
      sittings: sittings(ended, atMs),
      firstMs: allFromMs,
      ...(ended === null ? { knownMs: Math.min(atMs, following.knownMs()) } : {}),
      counters: counters.state(atMs),
      ...(other === null ? {} : { otherCluster: other }),
    };
    store.keep(state);
    return state;
  };
  const report = (state: WatchState): WatchDocument => {
    const all = [...missing, ...controller.missing(), ...following.missing(), ...same.missing()];
    const { sittings: sat, otherCluster } = state;
    const document = documentOf(
      {
        ...{
          ...known,
          missing: all,
          firstMs: allFromMs,
          sittings: sat,
          sameUnknown: same.missing()[0]?.reason ?? null,
        },
        ...(otherCluster === undefined ? {} : { otherCluster }),
      },
      state.counters,
    );
    store.report(document);
    return document;
  };

  let keptMs = fromMs;
  let reportedMs = fromMs;
  const tick = (): void => {
    const atMs = clock.nowMs();
    if (isNotable || atMs - keptMs >= saveEveryMs) {
      isNotable = false;
      keptMs = atMs;
      const state = keep(null);
      if (atMs - reportedMs >= minuteMs) {
        reportedMs = atMs;
        onMinute(report(state));
      }
    }
    if (forMs !== null && atMs - fromMs >= forMs) end();
  };
  const ticker = setInterval(() => {
    try {
      tick();
    } catch (thrown) {
      failure ??= { thrown };
      ending.abort();
    }
  }, tickMs);
  try {
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    onMinute(report(keep(null)));
    await Promise.all([following.done, controller.follow(), same.follow()]);
    if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
    return report(keep(isOther ? 'otherCluster' : signal.aborted ? 'interrupted' : 'for'));
  } finally {
    clearInterval(ticker);
    signal.removeEventListener('abort', end);
    ending.abort();
  }
};
