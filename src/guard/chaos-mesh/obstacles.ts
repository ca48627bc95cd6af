import * as z from 'zod';
import { type ClusterAccess, refusalOf } from '../../cluster/index.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import { readGroupVersions } from '../api/groups.ts';
import { type Api, createApi, parseAnswer } from '../api/request.ts';
import { agentNamespace, printable } from '../names.ts';
import { type NetworkChaos, networkChaosApi } from './network-chaos.ts';
import { chaosPath, offer } from './objects.ts';

/** Where Chaos Mesh is, and what keeps it, as its chart names them. @see chaos-mesh helm/chaos-mesh */
export const chaosMeshNamespace = 'chaos-mesh';
export const chaosMeshController = 'chaos-controller-manager';

/** Annotation of a namespace that lets Chaos Mesh act in it, where its filter is on. @see pkg/selector/generic, CheckNamespace */
const injectAnnotation = { name: 'chaos-mesh.org/inject', value: 'enabled' } as const;

const resourcesShape = z.object({ resources: z.array(z.object({ name: z.string() })) });
const namespaceShape = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
});
const containerShape = z.object({
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
});
const deploymentShape = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(containerShape) }) }) }),
  status: z.object({ readyReplicas: z.int().default(0) }).prefault({}),
});

/** What is in the way of Chaos Mesh, and what of it nobody could be asked. */
export type ChaosMeshObstacles = { readonly problems: readonly string[]; readonly unknown: readonly string[] };

const resource = 'networkchaos.chaos-mesh.org';

/** Whether the cluster knows NetworkChaos, of the version that is written. @throws as `Api.request` */
const kindProblem = async (api: Api, signal: AbortSignal): Promise<string | null> => {
  const path = `/apis/${networkChaosApi}`;
  const [group = ''] = networkChaosApi.split('/');
  const served = (await readGroupVersions(api, signal)).filter((version) => version.startsWith(`${group}/`));
  if (served.includes(networkChaosApi)) {
    const found = await api.read(path, resourcesShape, { needs: { verb: 'get', resource: path }, signal });
    if (found?.resources.some(({ name }) => name === 'networkchaos') === true) return null;
  }
  const versions = served.map((version) => printable(version.slice(group.length + 1))).join(', ');
  return `expected the CustomResourceDefinition ${resource} of ${networkChaosApi}, found ${
    versions === '' ? `no ${group}: Chaos Mesh is not installed` : `${group} of ${versions} without it`
  }`;
};

/** What its controller was configured with, by its variables. @see chaos-mesh controllers/config */
const settingProblems = async (
  api: Api,
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const problems: string[] = [];
  const allowed = variables.get('ALLOW_HOST_NETWORK_TESTING') ?? 'none';
  if (allowed !== 'true') {
    problems.push(
      `expected ALLOW_HOST_NETWORK_TESTING of ${chaosMeshController} to be true, found ${printable(allowed)}: it refuses pods with the node's network, which an agent has (controllerManager.allowHostNetworkTesting of its chart)`,
    );
  }
  const target = variables.get('TARGET_NAMESPACE') ?? '';
  if (variables.get('CLUSTER_SCOPED') === 'false' && target !== agentNamespace) {
    problems.push(
      `expected ${chaosMeshController} to act in ${agentNamespace}, found that it acts in ${printable(target) || 'no namespace'} alone (clusterScoped and controllerManager.targetNamespace of its chart)`,
    );
  }
  if (variables.get('ENABLE_FILTER_NAMESPACE') !== 'true') return problems;
  const path = `/api/v1/namespaces/${agentNamespace}`;
  const needs = { verb: 'get', resource: `namespaces/${agentNamespace}` };
  const found = (await api.read(path, namespaceShape, { needs, signal }))?.metadata.annotations[injectAnnotation.name];
  if (found === injectAnnotation.value) return problems;
  return [
    ...problems,
    `expected the annotation ${injectAnnotation.name}=${injectAnnotation.value} of namespace ${agentNamespace}, without which ${chaosMeshController} does nothing in it (controllerManager.enableFilterNamespace of its chart), found ${found === undefined ? 'none' : printable(found)}`,
  ];
};

const controllerObstacles = async (api: Api, signal: AbortSignal): Promise<ChaosMeshObstacles> => {
  const path = `/apis/apps/v1/namespaces/${chaosMeshNamespace}/deployments/${chaosMeshController}`;
  const needs = { verb: 'get', resource: `deployments.apps/${chaosMeshController} in ${chaosMeshNamespace}` };
  const what = "what Chaos Mesh's controller allows is not known";
  const found = await api.read(path, deploymentShape, { needs, signal }).catch((thrown: unknown) => {
    if (thrown instanceof SkipbeatError && thrown.code === 'RIGHT_MISSING') return thrown;
    throw thrown;
  });
  if (found === null) {
    const where = `there is no Deployment ${chaosMeshController} in ${chaosMeshNamespace}`;
    return { problems: [], unknown: [`${what}: ${where}`] };
  }
  if (found instanceof SkipbeatError) return { problems: [], unknown: [`${what}: ${messageOf(found)}`] };
  const env = found.spec.template.spec.containers.flatMap((container) => container.env);
  const variables = new Map(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
  const isReady = found.status.readyReplicas > 0;
  return {
    problems: [
      ...(isReady ? [] : [`expected a ready pod of ${chaosMeshController}, found none`]),
      ...(await settingProblems(api, variables, signal)),
    ],
    unknown: [],
  };
};

const statusShape = z.object({ details: z.object({ kind: z.string().optional() }).optional() });

/** Asks the API server whether it would take the object: its schema, field by field, and every webhook; nothing is written. */
const dryRun = async (api: Api, object: NetworkChaos, signal: AbortSignal): Promise<ChaosMeshObstacles> => {
  const answer = await offer(api, object, { query: '&dryRun=All', takes: [500] }, signal);
  if (answer.status >= 200 && answer.status < 300) return { problems: [], unknown: [] };
  const isWithoutNamespace =
    answer.status === 404 && parseAnswer(api.place, chaosPath, answer, statusShape).details?.kind === 'namespaces';
  const what = `NetworkChaos ${object.metadata.name}`;
  return isWithoutNamespace
    ? {
        problems: [],
        unknown: [`whether the API server takes ${what} is known once the run has made ${agentNamespace}`],
      }
    : {
        problems: [`expected the API server to take ${what}, found ${printable(refusalOf(answer))}`],
        unknown: [],
      };
};

/**
 * What is in the way of asking Chaos Mesh for these objects, as far as the cluster says. Only reads.
 * @throws SkipbeatError API_UNREACHABLE, CREDENTIALS_REFUSED, RIGHT_MISSING (exit 75); the signal's reason
 */
export const chaosMeshObstacles = async (
  access: ClusterAccess,
  objects: readonly NetworkChaos[],
  signal: AbortSignal,
): Promise<ChaosMeshObstacles> => {
  const api = createApi(access);
  const missing = await kindProblem(api, signal);
  if (missing !== null) return { problems: [missing], unknown: [] };
  const found = await Promise.all([
    controllerObstacles(api, signal),
    ...objects.map((object) => dryRun(api, object, signal)),
  ]);
  return {
    problems: found.flatMap(({ problems }) => problems),
    unknown: [...new Set(found.flatMap(({ unknown }) => unknown))],
  };
};
