import { randomUUID } from 'node:crypto';
import type { ClusterAccess } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace } from '../names.ts';
import { assertPodSecurity } from '../pod-security.ts';
import { namespaceLabels } from '../rights/rbac.ts';
import { createServerClock, type ServerClock } from './clock.ts';
import { type Hold, holdManifest, keepHold, leaseNeeds, lostBy } from './keep.ts';
import { type HoldLease, holderOf, holdPath, leaseShape, leasesPath } from './lease.ts';
import { ensureNamespace, removeNamespace } from './namespace.ts';

const takeBackMs = 90_000;
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

/** Makes the Lease. @throws SkipbeatError CLUSTER_HELD (exit 75) where one stands */
const make = async (api: Api, run: string, signal: AbortSignal): Promise<Hold> => {
  const clock = createServerClock();
  const acquiredMs = await timeOf(api, clock, signal);
  const nonce = randomUUID();
  const body = holdManifest(run, nonce, acquiredMs, acquiredMs);
  const made = await api.request('POST', leasesPath, { needs: leaseNeeds('create'), signal, body, takes: [409] });
  if (made.status !== 409) {
    const lease = parseAnswer(api.place, leasesPath, made, leaseShape);
    return keepHold(api, { run, nonce, lease, acquiredMs, clock });
  }
  const other = await readLease(api, signal);
  throw other === null ? lostBy(api, 'another Lease that came and went meanwhile') : held(api, other, acquiredMs);
};

/** Removes the namespace that was made just now. @throws SkipbeatError of the same code, where it stays */
const takeBack = async (api: Api, thrown: unknown): Promise<void> => {
  const kept = await removeNamespace(api, agentNamespace, { excepted: [] }, AbortSignal.timeout(takeBackMs)).catch(
    messageOf,
  );
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
 * @param pod the agent's own, for admission
 * @throws SkipbeatError CLUSTER_HELD, POD_SECURITY_REFUSED (exit 75); as `Api.request`; the signal's reason
 */
export const holdCluster = async (
  access: ClusterAccess,
  { run, pod, signal }: { readonly run: string; readonly pod: object; readonly signal: AbortSignal },
): Promise<Hold> => {
  const api = createApi(access);
  const isMade = await ensureNamespace(api, { name: agentNamespace, labels: namespaceLabels, run }, signal);
  try {
    await assertPodSecurity(access, signal, pod);
  } catch (thrown) {
    if (isMade) await takeBack(api, thrown);
    throw thrown;
  }
  return make(api, run, signal);
};

/**
 * Takes the cluster over from a run that is dead, to finish what it left: nobody else holds it from one moment to the next.
 * Where there is no Lease it makes one, and the agents' namespace where that is gone.
 * @throws SkipbeatError CLUSTER_HELD (exit 75) where its run is live, or somebody was faster; as `Api.request`
 */
export const takeOverCluster = async (
  access: ClusterAccess,
  { run, signal }: { readonly run: string; readonly signal: AbortSignal },
): Promise<Hold> => {
  const api = createApi(access);
  await ensureNamespace(api, { name: agentNamespace, labels: namespaceLabels, run }, signal);
  const dead = await readLease(api, signal);
  if (dead === null) return make(api, run, signal);
  const clock = createServerClock();
  const acquiredMs = await timeOf(api, clock, signal);
  if (holderOf(dead, acquiredMs).isLive) throw held(api, dead, acquiredMs);
  const nonce = randomUUID();
  const { metadata, ...rest } = holdManifest(run, nonce, acquiredMs, acquiredMs);
  const { uid, resourceVersion } = dead.metadata;
  // Of this very version: whoever renews or takes it meanwhile keeps it.
  const body = { ...rest, metadata: { ...metadata, uid, resourceVersion } };
  const options = { needs: leaseNeeds('update'), signal, body, takes: [404, 409] };
  const answer = await api.request('PUT', holdPath, options);
  if (answer.status < 300) {
    const lease = parseAnswer(api.place, holdPath, answer, leaseShape);
    return keepHold(api, { run, nonce, lease, acquiredMs, clock });
  }
  const other = await readLease(api, signal);
  throw other === null ? lostBy(api, 'that its Lease is gone') : held(api, other, acquiredMs);
};
