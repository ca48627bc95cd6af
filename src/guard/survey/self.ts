import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { ClusterAccess } from '../../cluster/index.ts';
import { errnoOf, SkipbeatError } from '../../common/errors.ts';
import type { Api } from '../api/request.ts';
import type { Self, SurveyedNode } from './survey.ts';

/** Where a pod finds its service account. @see kubernetes.io/docs/tasks/run-application/access-api-from-pod */
const account = '/var/run/secrets/kubernetes.io/serviceaccount';

const fileOrNull = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
};

const named = z.object({ name: z.string().min(1), uid: z.string().min(1) });

/** @see kubernetes pkg/serviceaccount/claims.go; `node` from v1.29 on, by default from v1.30 on */
const claimsShape = z.object({
  'kubernetes.io': z.object({ namespace: z.string().min(1), pod: named, node: named.optional() }),
});

type Claims = z.infer<typeof claimsShape>['kubernetes.io'];

/** Of whom a pod's own token is; null: there is none, or it does not say. Nothing is trusted to it but where this process is. */
const claimsOf = (token: string | null): Claims | null => {
  const [, payload = ''] = (token ?? '').split('.');
  try {
    return claimsShape.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))['kubernetes.io'];
  } catch {
    // A token of another kind, as of a Secret: then the pod is known by its host name alone.
    return null;
  }
};

/** Each certificate of a bundle by what it encodes, whatever its lines are like. */
const certificatesOf = (bundle: string): ReadonlySet<string> =>
  new Set(
    [...bundle.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(([, body = '']) =>
      body.replace(/\s+/g, ''),
    ),
  );

/** Whether the kubeconfig trusts an authority that this pod's own cluster has. */
const sharesAuthority = ({ config }: ClusterAccess, ca: string): boolean => {
  const cluster = config.getCurrentCluster();
  const data = cluster?.caData;
  const file = cluster?.caFile;
  const trusted = data !== undefined ? Buffer.from(data, 'base64').toString('utf8') : fileOrNull(file ?? '');
  const own = certificatesOf(ca);
  return [...certificatesOf(trusted ?? '')].some((each) => own.has(each));
};

const podShape = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ nodeName: z.string().optional() }),
});

type Found = Pick<Self, 'node' | 'unknown'>;

const unknown = (why: string): Found => ({ node: null, unknown: `this process is a pod${why}` });
const elsewhere: Found = { node: null, unknown: null };

/** By the pod itself, where the cluster has it. @param isShared the kubeconfig trusts the authority of this pod's own cluster */
const findByPod = async (
  api: Api,
  claims: Claims | null,
  { namespace, name, isShared }: { readonly namespace: string; readonly name: string; readonly isShared: boolean },
  signal: AbortSignal,
): Promise<Found> => {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  const needs = { verb: 'get', resource: `pods in ${namespace}` };
  let pod: z.infer<typeof podShape> | null;
  try {
    pod = await api.read(path, podShape, { needs, signal });
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError) || thrown.code !== 'RIGHT_MISSING') throw thrown;
    return unknown(`, and whether one of this cluster is not known without the right to get pods in ${namespace}`);
  }
  const isThis = pod !== null && (claims === null ? isShared : pod.metadata.uid === claims.pod.uid);
  if (isThis && pod?.spec.nodeName !== undefined) return { node: pod.spec.nodeName, unknown: null };
  // Whoever has the authority of this cluster and is no pod of it is something that nobody can explain.
  if (isThis || isShared) return unknown(` of this cluster, and no pod is named ${name} in ${namespace}`);
  return claims === null
    ? unknown(`, and its token does not say which: ${name} in ${namespace} may be another`)
    : elsewhere;
};

/**
 * Where this process runs, as far as it concerns that cluster. Nothing of ours runs in the cluster but agents, which no
 * controller keeps: what steers them is this process. A pod is looked for by what its own token says: the UID of its node among
 * the cluster's, then the UID of the pod. That the kubeconfig trusts another authority proves nothing: it may be a load balancer's.
 * @param folder of the service account, in a pod
 */
export const findSelf = async (
  access: ClusterAccess,
  api: Api,
  nodes: readonly Pick<SurveyedNode, 'name' | 'uid'>[],
  signal: AbortSignal,
  folder: string | null = process.env.KUBERNETES_SERVICE_HOST === undefined ? null : account,
): Promise<Self> => {
  const host = hostname();
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) =>
    each.filter(({ internal }) => !internal).map(({ address }) => address),
  );
  const self = { host, addresses };
  if (folder === null) return { ...self, ...elsewhere };
  const claims = claimsOf(fileOrNull(join(folder, 'token')));
  const namespace = claims?.namespace ?? fileOrNull(join(folder, 'namespace'))?.trim() ?? null;
  const ca = fileOrNull(join(folder, 'ca.crt'));
  if (ca === null || namespace === null) {
    return { ...self, ...unknown(`, and ${folder} does not say of which cluster`) };
  }
  const isShared = sharesAuthority(access, ca);
  const own = claims?.node;
  const byNode = nodes.find(({ uid }) => uid === own?.uid);
  if (byNode !== undefined) return { ...self, node: byNode.name, unknown: null };
  // A Node of that name may be its own, registered anew.
  if (own !== undefined && !isShared && !nodes.some(({ name }) => name === own.name)) return { ...self, ...elsewhere };
  const place = { namespace, name: claims?.pod.name ?? host, isShared };
  return { ...self, ...(await findByPod(api, claims, place, signal)) };
};
