import * as z from 'zod';
import { apiAway, type ClusterAccess, endpointSlicesApi } from '../../cluster/index.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { holderOf, holdPath, leaseShape } from '../hold/lease.ts';
import { agentNamespace, ownSelector, runLabel } from '../names.ts';
import { findSelf } from './self.ts';
import { type ApiServerPlace, type ClusterSurvey, type SurveyedNode, surveyedNode } from './survey.ts';

const versionShape = z.object({ gitVersion: z.string() });
const namespaceShape = z.object({
  metadata: z.object({ uid: z.string().min(1), creationTimestamp: z.iso.datetime({ offset: true }) }),
});
const sliceShape = z.object({
  endpoints: z.array(z.object({ addresses: z.array(z.string()) })).nullish(),
  ports: z.array(z.object({ port: z.int().positive().nullish() })).nullish(),
});
const listOf = <T>(item: z.ZodType<T>) =>
  z.object({ metadata: z.object({ continue: z.string().optional() }), items: z.array(item) });
const namedShape = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
});

const pageSize = 500;

/** @throws as `Api.request` */
export const readNodes = async (api: Api, apiServers: readonly string[], signal: AbortSignal) => {
  const needs = { verb: 'list', resource: 'nodes' };
  const shape = listOf(surveyedNode(apiServers));
  const nodes: SurveyedNode[] = [];
  let from = '';
  do {
    const path = `/api/v1/nodes?limit=${pageSize}${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`;
    const page = await api.read(path, shape, { needs, signal });
    if (page === null) throw apiAway(api.place, 'HTTP 404 to list nodes');
    nodes.push(...page.items);
    const next = page.metadata.continue ?? '';
    // As of somebody on the way who gives the first page for each.
    if (next !== '' && next === from) throw apiAway(api.place, 'a list of nodes that goes on with itself');
    from = next;
  } while (from !== '');
  return nodes;
};

/** Names of runs that left entries in the journal of the cluster, each once. */
const readUnfinished = async (api: Api, signal: AbortSignal): Promise<readonly string[]> => {
  const selector = encodeURIComponent(ownSelector);
  const path = `/api/v1/namespaces/${agentNamespace}/configmaps?labelSelector=${selector}`;
  const needs = { verb: 'list', resource: `configmaps in ${agentNamespace}` };
  const list = await api.read(path, listOf(namedShape), { needs, signal });
  const runs = (list?.items ?? []).map(({ metadata: { name, labels } }) => labels[runLabel] ?? name);
  return [...new Set(runs)];
};

/** Where the API servers are, which they keep in this slice: an address without a port is one all the same. */
const readSlice = async (
  api: Api,
  version: string,
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly string[]; readonly places: readonly ApiServerPlace[] }> => {
  const path = `${endpointSlicesApi(version)}/namespaces/default/endpointslices/kubernetes`;
  const needs = { verb: 'get', resource: 'endpointslices.discovery.k8s.io/kubernetes in default' };
  const slice = await api.read(path, sliceShape, { needs, signal });
  if (slice === null) throw apiAway(api.place, `nothing at ${path}, where API servers keep their addresses`);
  const addresses = [...new Set((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses))];
  const ports = (slice.ports ?? []).flatMap(({ port }) => port ?? []);
  return { addresses, places: addresses.flatMap((address) => ports.map((port) => ({ address, port }))) };
};

/** The API servers' own addresses. @throws as `Api.request` @see kubernetes pkg/controlplane/reconcilers */
export const readApiServers = async (api: Api, version: string, signal: AbortSignal): Promise<readonly string[]> =>
  (await readSlice(api, version, signal)).addresses;

/** Which cluster this is, and the API server's time. @throws as `Api.request` */
export const readIdentity = async (api: Api, signal: AbortSignal) => {
  const path = '/api/v1/namespaces/kube-system';
  const needs = { verb: 'get', resource: 'namespaces/kube-system' };
  const answer = await api.request('GET', path, { needs, signal });
  const { uid, creationTimestamp } = parseAnswer(api.place, path, answer, namespaceShape).metadata;
  if (answer.dateMs === null) throw apiAway(api.place, `no Date beside the answer at ${path}`);
  return { uid, createdAtMs: Date.parse(creationTimestamp), nowMs: answer.dateMs };
};

/** `v1.34.4`, without what a vendor adds. @throws as `Api.request` */
export const readVersion = async (api: Api, signal: AbortSignal): Promise<string> => {
  const version = await api.read('/version', versionShape, { needs: { verb: 'get', resource: '/version' }, signal });
  const found = /^v\d+\.\d+\.\d+/.exec(version?.gitVersion ?? '')?.[0];
  if (found === undefined) throw apiAway(api.place, 'no version of Kubernetes at /version');
  return found;
};

/**
 * Reads what has to be known of a cluster before a fault may be made on it; writes nothing.
 * @throws SkipbeatError API_UNREACHABLE, CREDENTIALS_REFUSED, RIGHT_MISSING (all exit 75); the signal's reason
 */
export const surveyCluster = async (access: ClusterAccess, signal: AbortSignal): Promise<ClusterSurvey> => {
  const api = createApi(access);
  const identity = await readIdentity(api, signal);
  const serverVersion = await readVersion(api, signal);
  const { addresses: apiServers, places: apiServerPlaces } = await readSlice(api, serverVersion, signal);
  const holdNeeds = { verb: 'get', resource: `leases.coordination.k8s.io in ${agentNamespace}` };
  const lease = await api.read(holdPath, leaseShape, { needs: holdNeeds, signal });
  const nodes = await readNodes(api, apiServers, signal);
  return {
    ...{
      context: api.place.context,
      kubeconfig: api.place.kubeconfig,
      clusterName: access.config.getCurrentCluster()?.name ?? '',
    },
    ...{ server: api.place.server, serverVersion, apiServers, apiServerPlaces, ...identity },
    nodes,
    holder: lease === null ? null : holderOf(lease, identity.nowMs),
    unfinished: await readUnfinished(api, signal),
    self: await findSelf(access, api, nodes, signal),
  };
};
