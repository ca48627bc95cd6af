import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterAccess } from '../../cluster/index.ts';
import { quoteArgument } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace, holdName, ownLabels, runLabel, runLabelOf } from '../names.ts';
import { thisOwner } from '../owner.ts';
import { assertPodSecurity } from '../pod-security.ts';
import { createServerClock, microTime, type ServerClock } from './clock.ts';
import { type HoldLease, holderOf, holdPath, holdSeconds, leaseShape, leasesPath, ownerAnnotation } from './lease.ts';
import { ensureNamespace, removeNamespace } from './namespace.ts';

const renewEveryMs = 10_000;
/** After one that failed. */
const retryEveryMs = 2000;
/** Without a renewal for so long a run lets go by itself, well before anybody else may take it for dead. */
const letGoMs = 40_000;
const takeBackMs = 90_000;
/** A Lease that changes under a renewal is read again; nobody but this run writes to it. */
const maxTries = 3;
/** The time that was written may be so far off the server's before it is written anew: this machine may have slept. */
const staleMs = 5000;

/** A cluster that this run holds. */
export type Hold = {
  /** Fires with HOLD_LOST (exit 75) once nobody can say any more that this run holds the cluster: it is to undo and end. */
  readonly lost: AbortSignal;
  /** Renews now: called before each step that writes. @throws SkipbeatError HOLD_LOST; as `Api.request` */
  readonly confirm: (signal: AbortSignal) => Promise<void>;
  /**
   * Lets go: the Lease goes, and the namespace with it where a run has made it and nothing else is in it. Safe twice.
   * @returns what stays, in words; null: nothing of ours
   */
  readonly release: (signal: AbortSignal) => Promise<string | null>;
};

const needs = (verb: string) => ({ verb, resource: `leases.coordination.k8s.io/${holdName} in ${agentNamespace}` });

/** Which of the holds of one run: two processes may be given the same run's name. */
const nonceAnnotation = 'skipbeat.dev/hold';

const manifest = (run: string, nonce: string, acquiredMs: number, nowMs: number) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {
    name: holdName,
    namespace: agentNamespace,
    labels: { ...ownLabels, [runLabel]: runLabelOf(run) },
    annotations: { [ownerAnnotation]: JSON.stringify(thisOwner()), [nonceAnnotation]: nonce },
  },
  spec: {
    holderIdentity: run,
    leaseDurationSeconds: holdSeconds,
    acquireTime: microTime(acquiredMs),
    renewTime: microTime(nowMs),
  },
});

const held = ({ place }: Api, lease: HoldLease, nowMs: number): SkipbeatError => {
  const { run, who, isLive, silentMs } = holderOf(lease, nowMs);
  const since = silentMs === null ? 'without a time' : `renewed ${Math.round(silentMs / 1000)} s ago`;
  const context = quoteArgument(place.context);
  return new SkipbeatError(
    'CLUSTER_HELD',
    `${place.server}: expected a cluster that no other run holds, found ${run}${who === null ? '' : ` (${who})`}, ${since}${isLive ? '' : ', which is dead'}.`,
    {
      exitCode: exitCodes.environment,
      next: isLive ? 'wait until it has ended' : skipbeat(`cleanup --context ${context}`),
    },
  );
};

const lostBy = ({ place }: Api, why: string): SkipbeatError =>
  new SkipbeatError('HOLD_LOST', `${place.server}: expected this run to hold the cluster, found ${why}.`, {
    exitCode: exitCodes.environment,
    next: skipbeat(`cleanup --context ${quoteArgument(place.context)} --dry-run`),
  });

/** Makes the Lease. @returns it, or the one that stands in its place */
const take = async (api: Api, run: string, nonce: string, clock: ServerClock, signal: AbortSignal) => {
  const version = await api.request('GET', '/version', { needs: { verb: 'get', resource: '/version' }, signal });
  clock.see(version.dateMs);
  const nowMs = clock.nowMs();
  if (nowMs === null) throw lostBy(api, 'an API server that does not say its time');
  const body = manifest(run, nonce, nowMs, nowMs);
  const made = await api.request('POST', leasesPath, { needs: needs('create'), signal, body, takes: [409] });
  if (made.status !== 409) return { mine: parseAnswer(api.place, leasesPath, made, leaseShape), nowMs };
  const other = await api.read(holdPath, leaseShape, { needs: needs('get'), signal });
  return { other, nowMs };
};

/** Removes the namespace that was made just now. @throws SkipbeatError of the same code, where it stays */
const takeBack = async (api: Api, thrown: unknown): Promise<void> => {
  const kept = await removeNamespace(api, agentNamespace, [], AbortSignal.timeout(takeBackMs)).catch(messageOf);
  if (kept === null || !(thrown instanceof SkipbeatError)) return;
  const { code, message, next, exitCode } = thrown;
  throw new SkipbeatError(code, `${message}\nThe namespace ${agentNamespace} was made, and stays, for ${kept}`, {
    ...{ exitCode, cause: thrown },
    ...(next === null ? {} : { next }),
  });
};

/**
 * Takes the cluster for this run: makes the agents' namespace where it is not there, asks admission once more, and makes a
 * Lease that it renews until it is released. The time in it is the API server's, for others judge it by that clock.
 * @param options.pod the agent's own, for admission
 * @throws SkipbeatError CLUSTER_HELD, POD_SECURITY_REFUSED (exit 75); as `Api.request`; the signal's reason
 */
export const holdCluster = async (
  access: ClusterAccess,
  { run, pod, signal }: { readonly run: string; readonly pod?: object; readonly signal: AbortSignal },
): Promise<Hold> => {
  const api = createApi(access);
  const clock = createServerClock();
  const nonce = randomUUID();
  const isMade = await ensureNamespace(api, run, signal);
  try {
    await assertPodSecurity(access, signal, pod);
  } catch (thrown) {
    if (isMade) await takeBack(api, thrown);
    throw thrown;
  }
  const taken = await take(api, run, nonce, clock, signal);
  if (taken.mine === undefined) {
    if (taken.other === null) throw lostBy(api, 'another Lease that came and went meanwhile');
    throw held(api, taken.other, taken.nowMs);
  }
  let lease = taken.mine;
  let renewedMs = performance.now();
  const losing = new AbortController();
  const ending = new AbortController();

  /** Whose Lease stands there, after a write that was refused: ours may have been written by a request without an answer. */
  const reread = async (within: AbortSignal): Promise<void> => {
    const found = await api.read(holdPath, leaseShape, { needs: needs('get'), signal: within });
    if (found === null) throw lostBy(api, 'that its Lease is gone');
    if (found.metadata.annotations[nonceAnnotation] !== nonce) {
      throw lostBy(api, `that ${found.spec.holderIdentity ?? 'somebody'} holds it`);
    }
    lease = found;
  };
  /** @returns how far off the written time was */
  const write = async (within: AbortSignal): Promise<number> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const nowMs = clock.nowMs() ?? taken.nowMs;
      const { metadata, ...rest } = manifest(run, nonce, taken.nowMs, nowMs);
      const { uid, resourceVersion } = lease.metadata;
      const body = { ...rest, metadata: { ...metadata, uid, resourceVersion } };
      const sentMs = performance.now();
      const options = { needs: needs('update'), signal: within, body, takes: [404, 409] };
      const answer = await api.request('PUT', holdPath, options);
      clock.see(answer.dateMs);
      if (answer.status < 300) {
        lease = parseAnswer(api.place, holdPath, answer, leaseShape);
        renewedMs = sentMs;
        return Math.abs((clock.nowMs() ?? nowMs) - nowMs);
      }
      await reread(within);
    }
    throw lostBy(api, 'that somebody writes to its Lease all the time');
  };
  let turn: Promise<void> = Promise.resolve();
  /** One after another: each writes over the version of the one before it. */
  const renew = (within: AbortSignal): Promise<void> => {
    const next = turn.then(async () => {
      losing.signal.throwIfAborted();
      try {
        if ((await write(within)) > staleMs) await write(within);
      } catch (thrown) {
        if (thrown instanceof SkipbeatError && thrown.code === 'HOLD_LOST') losing.abort(thrown);
        throw thrown;
      }
    });
    turn = next.catch(() => undefined);
    return next;
  };
  const keep = async (): Promise<void> => {
    let waitMs = renewEveryMs;
    let failure = 'no answer';
    while (!ending.signal.aborted && !losing.signal.aborted) {
      await delay(waitMs, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
      if (ending.signal.aborted) return;
      waitMs = await renew(ending.signal).then(
        () => renewEveryMs,
        (thrown: unknown) => {
          failure = messageOf(thrown);
          return retryEveryMs;
        },
      );
      if (ending.signal.aborted || performance.now() - renewedMs <= letGoMs) continue;
      losing.abort(lostBy(api, `no renewal for ${Math.round((performance.now() - renewedMs) / 1000)} s: ${failure}`));
    }
  };
  const keeping = keep();
  /** Only as long as it is this run's: whoever took it over goes on with it. */
  const drop = async (within: AbortSignal): Promise<void> => {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const { uid, resourceVersion } = lease.metadata;
      const options = { needs: needs('delete'), signal: within, body: { preconditions: { uid, resourceVersion } } };
      const { status } = await api.request('DELETE', holdPath, { ...options, takes: [404, 409] });
      if (status !== 409) return;
      await reread(within);
    }
  };
  let released: Promise<string | null> | null = null;
  const release = async (within: AbortSignal): Promise<string | null> => {
    ending.abort();
    await keeping;
    await turn;
    // Somebody else finishes, or has finished, what this run left.
    if (losing.signal.aborted) return null;
    const kept = await removeNamespace(api, agentNamespace, [`Lease ${holdName}`], within).catch((thrown: unknown) =>
      messageOf(thrown),
    );
    if (kept === null) return null;
    await drop(within);
    return isMade ? `the namespace ${agentNamespace} stays, for ${kept}` : null;
  };
  return {
    lost: losing.signal,
    confirm: renew,
    release: (within) => {
      released ??= release(within).catch((thrown: unknown) => {
        released = null;
        throw thrown;
      });
      return released;
    },
  };
};
