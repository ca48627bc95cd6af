import { randomUUID } from 'node:crypto';
import type { ClusterAccess } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError, withMore } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace, createdBy, printable } from '../names.ts';
import { assertPodSecurity } from '../pod-security.ts';
import { namespaceLabels } from '../rights/rbac.ts';
import { readIdentity } from '../survey/read.ts';
import { createServerClock, type ServerClock } from './clock.ts';
import { type Hold, holdManifest, isOfHold, keepHold, leaseNeeds, lostBy, removeLease, type Taken } from './keep.ts';
import { type HoldLease, holderOf, holdPath, leaseShape, leasesPath } from './lease.ts';
import { ensureNamespace, readNamespace, removeNamespace } from './namespace.ts';

const takeBackMs = 90_000;

/** `nonce`: which hold it is to be; two processes may be given the same run's name. */
type Taking = { readonly run: string; readonly nonce: string; readonly signal: AbortSignal };

const held = ({ place }: Api, lease: HoldLease, nowMs: number): SkipbeatError => {
  const { run, who, isLive, silentMs } = holderOf(lease, nowMs);
  const since = silentMs === null ? 'without a time' : `renewed ${Math.round(silentMs / 1000)} s ago`;
  return new SkipbeatError(
    'CLUSTER_HELD',
    `${place.server}: expected a cluster that no other run holds, found ${run}${who === null ? '' : ` (${who})`}, ${since}${isLive ? '' : ', which is dead'}.`,
    {
      exitCode: exitCodes.environment,
      next: isLive ? 'wait until it has ended' : skipbeat(`cleanup ${contextText(place)}`),
    },
  );
};

/** The API server's time. */
const timeOf = async (api: Api, clock: ServerClock, signal: AbortSignal): Promise<number> => {
  const version = await api.request('GET', '/version', { needs: { verb: 'get', resource: '/version' }, signal });
  clock.see(version.dateMs);
  const nowMs = clock.nowMs();
  if (nowMs === null) throw lostBy(api, 'an API server that does not say its time');
  return nowMs;
};

const readLease = (api: Api, signal: AbortSignal): Promise<HoldLease | null> =>
  api.read(holdPath, leaseShape, { needs: leaseNeeds('get'), signal });

/** What stands there is this hold's: whoever sent its request on, or answered in the API server's place, may have sent it twice. */
const keepOr = async (
  api: Api,
  { run, nonce, signal }: Taking,
  { acquiredMs, clock }: Pick<Taken, 'acquiredMs' | 'clock'>,
  none: string,
): Promise<Hold> => {
  const lease = await readLease(api, signal);
  if (lease === null) throw lostBy(api, none);
  if (!isOfHold(lease, nonce)) throw held(api, lease, acquiredMs);
  return keepHold(api, { run, nonce, lease, acquiredMs, clock });
};

/** Makes the Lease. @throws SkipbeatError CLUSTER_HELD (exit 75) where one stands */
const make = async (api: Api, taking: Taking): Promise<Hold> => {
  const { run, nonce, signal } = taking;
  const clock = createServerClock();
  const acquiredMs = await timeOf(api, clock, signal);
  const body = holdManifest(run, nonce, acquiredMs, acquiredMs);
  const made = await api.request('POST', leasesPath, { needs: leaseNeeds('create'), signal, body, takes: [409] });
  if (made.status === 409) {
    return keepOr(api, taking, { acquiredMs, clock }, 'another Lease that came and went meanwhile');
  }
  const lease = parseAnswer(api.place, leasesPath, made, leaseShape);
  return keepHold(api, { run, nonce, lease, acquiredMs, clock });
};

/**
 * Removes what was made where the cluster could not be taken: a request without an answer may have made it all the same.
 * @returns what stays, or may, in words; null: nothing
 */
const takeBack = async (api: Api, { run, nonce }: Omit<Taking, 'signal'>): Promise<string | null> => {
  const within = AbortSignal.timeout(takeBackMs);
  const remove = async (): Promise<string | null> => {
    const lease = await readLease(api, within);
    if (lease !== null && isOfHold(lease, nonce)) await removeLease(api, lease, within);
    const found = await readNamespace(api, agentNamespace, within);
    if (found?.metadata.annotations[createdBy] !== run) return null;
    const kept = await removeNamespace(api, agentNamespace, { excepted: [], run }, within);
    return kept === null ? null : `The namespace ${agentNamespace} was made, and stays, for ${kept}`;
  };
  return remove().catch(
    (failed: unknown) => `What was made in ${agentNamespace}, if anything, stays: ${messageOf(failed)}`,
  );
};

/**
 * Makes the agents' namespace where it is not there, then takes the cluster; where that fails what was made goes again.
 * @throws as `take`
 */
const inNamespace = async (
  api: Api,
  { run, signal }: Omit<Taking, 'nonce'>,
  take: (taking: Taking) => Promise<Hold>,
): Promise<Hold> => {
  const nonce = randomUUID();
  const found = await readNamespace(api, agentNamespace, signal);
  try {
    await ensureNamespace(api, found, { name: agentNamespace, labels: namespaceLabels, run }, signal);
    return await take({ run, nonce, signal });
  } catch (thrown) {
    // Whoever holds it needs the namespace.
    if (thrown instanceof SkipbeatError && thrown.code === 'CLUSTER_HELD') throw thrown;
    const stays = await takeBack(api, { run, nonce });
    throw stays === null ? thrown : withMore(thrown, stays);
  }
};

/**
 * Takes the cluster for this run: makes the agents' namespace where it is not there, asks admission once more, and makes a
 * Lease that it renews until it is released. The time in it is the API server's, for others judge it by that clock.
 * @param pod the agent's own, for admission
 * @throws SkipbeatError CLUSTER_HELD, POD_SECURITY_REFUSED (exit 75); as `Api.request`; the signal's reason
 */
export const holdCluster = async (
  access: ClusterAccess,
  { run, pod, signal }: { readonly run: string; readonly pod: object; readonly signal: AbortSignal },
): Promise<Hold> => {
  const api = createApi(access);
  return inNamespace(api, { run, signal }, async (taking) => {
    await assertPodSecurity(access, signal, pod);
    return make(api, taking);
  });
};

/** Takes over from a run that is dead, where one has left its Lease. */
const takeOver = async (api: Api, taking: Taking): Promise<Hold> => {
  const { run, nonce, signal } = taking;
  const dead = await readLease(api, signal);
  if (dead === null) return make(api, taking);
  const clock = createServerClock();
  const acquiredMs = await timeOf(api, clock, signal);
  if (holderOf(dead, acquiredMs).isLive) throw held(api, dead, acquiredMs);
  const { metadata, ...rest } = holdManifest(run, nonce, acquiredMs, acquiredMs);
  const { uid, resourceVersion } = dead.metadata;
  // Of this very version: whoever renews or takes it meanwhile keeps it.
  const body = { ...rest, metadata: { ...metadata, uid, resourceVersion } };
  const options = { needs: leaseNeeds('update'), signal, body, takes: [404, 409] };
  const answer = await api.request('PUT', holdPath, options);
  if (answer.status >= 300) return keepOr(api, taking, { acquiredMs, clock }, 'that its Lease is gone');
  const lease = parseAnswer(api.place, holdPath, answer, leaseShape);
  return keepHold(api, { run, nonce, lease, acquiredMs, clock });
};

/** @throws SkipbeatError HOLD_LOST (exit 75) where another cluster answers than the one that was surveyed */
const assertSame = async (api: Api, uid: string, signal: AbortSignal): Promise<void> => {
  const now = await readIdentity(api, signal);
  if (now.uid === uid) return;
  throw lostBy(api, `another cluster: kube-system has the UID ${printable(now.uid)}, and had ${uid}`);
};

/**
 * Takes the cluster over from a run that is dead, to finish what it left: nobody else holds it from one moment to the next.
 * Where there is no Lease it makes one, and the agents' namespace where that is gone.
 * @param uid of kube-system, when it was seen what is left: what is done by that is done in no other cluster
 * @throws SkipbeatError CLUSTER_HELD (exit 75) where its run is live, or somebody was faster; HOLD_LOST (exit 75) where another
 *   cluster answers by now; as `Api.request`
 */
export const takeOverCluster = async (
  access: ClusterAccess,
  { run, uid, signal }: { readonly run: string; readonly uid: string; readonly signal: AbortSignal },
): Promise<Hold> => {
  const api = createApi(access);
  await assertSame(api, uid, signal);
  const hold = await inNamespace(api, { run, signal }, (taking) => takeOver(api, taking));
  // From here on its Lease says whether it is this cluster.
  return assertSame(api, uid, signal).then(
    () => hold,
    async (thrown: unknown) => {
      const stays = await hold.release(AbortSignal.timeout(takeBackMs)).catch(messageOf);
      throw stays === null ? thrown : withMore(thrown, stays);
    },
  );
};
