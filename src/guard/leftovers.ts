import * as z from 'zod';
import type { ClusterAccess } from '../cluster/index.ts';
import { type PollResult, waitUntil } from '../common/wait.ts';
import { createApi, evenAway } from './api/request.ts';
import { leaseNeeds } from './hold/keep.ts';
import { holderOf, holdPath, leaseShape } from './hold/lease.ts';
import { isOurs, readNamespace } from './hold/namespace.ts';
import { type FoundEntry, readClusterJournal } from './journal/journal.ts';
import { agentNamespace, ownSelector } from './names.ts';
import { readApiServers, readIdentity, readNodes, readVersion } from './survey/read.ts';
import type { Holder, SurveyedNode } from './survey/survey.ts';

const podsPath = `/api/v1/namespaces/${agentNamespace}/pods`;
const podNeeds = (verb: string) => ({ verb, resource: `pods in ${agentNamespace}` });
const podsShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({ nodeName: z.string().default('') }),
    }),
  ),
});

/** A pod's containers have 30 s to end; a kubelet that stands still takes none away. */
const podGoneMs = 90_000;

/** A pod of ours that is still there. */
export type LeftPod = {
  readonly name: string;
  readonly node: string;
  /** Resolves once it is gone. Safe twice. @throws SkipbeatError WAIT_TIMED_OUT (exit 2); as `Api.request` */
  readonly remove: (signal: AbortSignal) => Promise<void>;
};

/** Everything of ours in somebody's cluster. */
export type Leftovers = {
  /** Of the cluster's namespace kube-system. */
  readonly uid: string;
  readonly clusterName: string;
  readonly server: string;
  /** The API server's clock, ms since 1970. */
  readonly nowMs: number;
  readonly holder: Holder | null;
  readonly entries: readonly FoundEntry[];
  readonly pods: readonly LeftPod[];
  readonly nodes: readonly SurveyedNode[];
  /** Whether the agents' namespace is there, and whether a run made it. */
  readonly namespace: 'none' | 'ours' | 'theirs';
};

/** Finds what is left of runs in a cluster; writes nothing. @throws SkipbeatError API_UNREACHABLE, CREDENTIALS_REFUSED, RIGHT_MISSING (exit 75) */
export const readLeftovers = async (access: ClusterAccess, signal: AbortSignal): Promise<Leftovers> => {
  const api = createApi(access);
  const { uid, nowMs } = await readIdentity(api, signal);
  const namespace = await readNamespace(api, agentNamespace, signal);
  const there = {
    uid,
    clusterName: access.config.getCurrentCluster()?.name ?? '',
    server: api.place.server,
    nowMs,
  };
  if (namespace === null) {
    return { ...there, holder: null, entries: [], pods: [], nodes: [], namespace: 'none' };
  }
  const lease = await api.read(holdPath, leaseShape, { needs: leaseNeeds('get'), signal });
  const selected = `${podsPath}?labelSelector=${encodeURIComponent(ownSelector)}`;
  const pods = (await api.read(selected, podsShape, { needs: podNeeds('list'), signal }))?.items ?? [];
  const apiServers = await readApiServers(api, await readVersion(api, signal), signal);
  const isThere = async (name: string, uid: string, within: AbortSignal): Promise<boolean> => {
    const found = await api.read(`${podsPath}/${name}`, podsShape.shape.items.element, {
      needs: podNeeds('get'),
      signal: within,
    });
    return found?.metadata.uid === uid;
  };
  const removePod = async (name: string, uid: string, within: AbortSignal): Promise<void> => {
    const options = { needs: podNeeds('delete'), signal: within, body: { preconditions: { uid } } };
    await api.request('DELETE', `${podsPath}/${name}`, { ...options, takes: [404, 409] });
    const read = async (ending: AbortSignal): Promise<PollResult<true>> =>
      (await isThere(name, uid, ending)) ? { seen: 'it is there' } : { found: true };
    const probe = (ending: AbortSignal) => evenAway(read(ending), ({ message: seen }) => ({ seen }));
    await waitUntil(`the pod ${name} to be gone`, probe, { timeoutMs: podGoneMs, everyMs: 500, signal: within });
  };
  return {
    ...there,
    holder: lease === null ? null : holderOf(lease, nowMs),
    entries: await readClusterJournal(access, signal),
    pods: pods.map(({ metadata: { name, uid }, spec }) => ({
      name,
      node: spec.nodeName,
      remove: (within) => removePod(name, uid, within),
    })),
    nodes: await readNodes(api, apiServers, signal),
    namespace: isOurs(namespace) ? 'ours' : 'theirs',
  };
};
