import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { ClusterAccess } from '../../cluster/index.ts';
import { errnoOf } from '../../common/errors.ts';
import type { Api } from '../api/request.ts';
import type { Self } from './survey.ts';

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

const podShape = z.object({ spec: z.object({ nodeName: z.string().optional() }) });

/** Whether the cluster of the kubeconfig is the one whose pod this is: nobody else has its certificate authority. */
const isSameCluster = ({ config }: ClusterAccess, ca: string): boolean => {
  const cluster = config.getCurrentCluster();
  const data = cluster?.caData;
  const named = data !== undefined ? Buffer.from(data, 'base64').toString('utf8') : fileOrNull(cluster?.caFile ?? '');
  return named?.trim() === ca.trim();
};

/**
 * Where this process runs, as far as it concerns that cluster. Nothing of ours runs in the cluster but agents, which no
 * controller keeps: what steers them is this process.
 * @param folder of the service account, in a pod
 */
export const findSelf = async (
  access: ClusterAccess,
  api: Api,
  signal: AbortSignal,
  folder: string | null = process.env.KUBERNETES_SERVICE_HOST === undefined ? null : account,
): Promise<Self> => {
  const host = hostname();
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) =>
    each.filter(({ internal }) => !internal).map(({ address }) => address),
  );
  const self = { host, addresses, node: null, unknown: null };
  if (folder === null) return self;
  const [ca, namespace] = [fileOrNull(join(folder, 'ca.crt')), fileOrNull(join(folder, 'namespace'))?.trim() ?? null];
  if (ca === null || namespace === null) {
    return { ...self, unknown: `this process is a pod, and ${folder} does not say of which cluster` };
  }
  if (!isSameCluster(access, ca)) return self;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(host)}`;
  const needs = { verb: 'get', resource: `pods in ${namespace}` };
  const pod = await api.read(path, podShape, { needs, signal });
  return pod?.spec.nodeName === undefined
    ? { ...self, unknown: `this process is a pod of this cluster, and no pod is named ${host} in ${namespace}` }
    : { ...self, node: pod.spec.nodeName };
};
