import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { type ClusterAccess, endpointSlicesApi } from '../../cluster/index.ts';
import { contextText } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { type Api, createApi } from '../api/request.ts';
import { printable } from '../names.ts';
import { type ServiceChoice, serviceText } from './choice.ts';

/** Which endpoints of a Service a load comes to: those of one family, and of one of its ports. */
type CountedSlices = {
  readonly addressType: 'IPv4' | 'IPv6';
  /** Of the Service; '' where it has no name. */
  readonly portName: string;
};

type Slice = {
  readonly addressType?: string | undefined;
  readonly ports?: readonly { readonly name?: string | null | undefined }[] | null | undefined;
};

/**
 * Whether a slice holds such endpoints: a Service of two families has slices of each, and one whose pods have a port of a
 * name at other numbers has slices of its own for these.
 * @see kubernetes staging/src/k8s.io/endpointslice, reconciler: slices by address type, and by the hash of their ports
 */
export const countsSlice =
  ({ addressType, portName }: CountedSlices) =>
  (slice: Slice): boolean =>
    slice.addressType === addressType && (slice.ports ?? []).some(({ name }) => (name ?? '') === portName);

/** A Service of somebody's that may get a load, as it stands there. */
export type ServicePlace = CountedSlices & {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Its ClusterIP. */
  readonly host: string;
  readonly port: number;
  /** Ready endpoints; none is anything else. */
  readonly ready: number;
  /** Nodes that these are on, as far as the slices say so. */
  readonly nodes: readonly string[];
};

const named = z.object({ name: z.string().nullish() });

const serviceShape = z.object({
  metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().nullish() }),
  spec: z.object({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().nullish(),
    selector: z.record(z.string(), z.string()).nullish(),
    sessionAffinity: z.string().nullish(),
    internalTrafficPolicy: z.string().nullish(),
    publishNotReadyAddresses: z.boolean().nullish(),
    ports: z.array(named.extend({ port: z.int(), protocol: z.string().nullish() })).nullish(),
  }),
});

const slicesShape = z.object({
  items: z.array(
    z.object({
      addressType: z.string(),
      ports: z.array(named).nullish(),
      endpoints: z
        .array(
          z.object({
            conditions: z.object({ ready: z.boolean().nullish(), terminating: z.boolean().nullish() }).nullish(),
            nodeName: z.string().nullish(),
            hints: z.object({}).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

type Service = z.infer<typeof serviceShape>;
type Port = NonNullable<Service['spec']['ports']>[number];

const portText = ({ name, port, protocol }: Port): string =>
  `${name ? `${printable(name)} ` : ''}${port}${(protocol ?? 'TCP') === 'TCP' ? '' : `/${protocol}`}`;

/** The port that is meant, or why there is none. */
const portOf = ({ spec: { ports } }: Service, asked: ServiceChoice['port']): Port | string => {
  const all = ports ?? [];
  const some = all.map(portText).join(', ') || 'none';
  const fitting = asked === null ? all : all.filter(({ name, port }) => port === asked || name === asked);
  const [port] = fitting;
  if (asked !== null && port === undefined) return `it has no port ${asked}; its ports: ${some}`;
  if (port === undefined) return 'it has no port';
  const overTcp = fitting.find(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
  if (asked === null && all.length > 1) return `it has several ports, and none is named: ${some}`;
  return overTcp ?? `port ${portText(port)} is not of TCP, and requests are HTTP`;
};

/** Why such a Service gets no load, whatever its endpoints are: each reason by itself. */
const kindProblems = ({ metadata, spec }: Service): readonly string[] => {
  if (spec.type === 'ExternalName') return ['it is of type ExternalName: what is behind it is not in this cluster'];
  const { clusterIP, selector, sessionAffinity, internalTrafficPolicy, publishNotReadyAddresses } = spec;
  return [
    ...(metadata.deletionTimestamp ? ['it is being deleted'] : []),
    ...(!clusterIP || clusterIP === 'None' ? ['it has no address of its own (headless)'] : []),
    ...(Object.keys(selector ?? {}).length === 0
      ? ['it selects no pods: its endpoints were written by somebody, and may be anywhere']
      : []),
    ...(sessionAffinity === 'ClientIP'
      ? ['its sessionAffinity is ClientIP: all requests of one generator go to one pod, and tell of no other']
      : []),
    ...(internalTrafficPolicy === 'Local'
      ? ["its internalTrafficPolicy is Local: requests stay on the generator's node, which no fault hits"]
      : []),
    ...(publishNotReadyAddresses === true
      ? ['it publishes addresses that are not ready: its endpoints say nothing of its pods']
      : []),
  ];
};

type Endpoints = { readonly ready: number; readonly nodes: readonly string[]; readonly problems: readonly string[] };

const endpointsOf = async (
  api: Api,
  choice: ServiceChoice,
  counted: CountedSlices,
  version: string,
  signal: AbortSignal,
): Promise<Endpoints> => {
  const { namespace, name } = choice;
  const selector = encodeURIComponent(`kubernetes.io/service-name=${name}`);
  const path = `${endpointSlicesApi(version)}/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  const needs = { verb: 'list', resource: `endpointslices.discovery.k8s.io in ${namespace}` };
  const slices = (await api.read(path, slicesShape, { needs, signal }))?.items ?? [];
  const all = slices.filter(countsSlice(counted)).flatMap(({ endpoints }) => endpoints ?? []);
  const ready = all.filter(({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true);
  const others = all.length - ready.length;
  const problems = [
    ...(ready.length === 0 ? ['it has no ready endpoint'] : []),
    ...(others > 0
      ? [`${others} of its endpoints ${others === 1 ? 'is' : 'are'} not ready: what it loses would not be the fault's`]
      : []),
    ...(all.some(({ hints }) => hints !== null && hints !== undefined)
      ? ['its endpoints bear hints: a node keeps to some of them (trafficDistribution), and requests tell of no other']
      : []),
  ];
  const nodes = [...new Set(ready.flatMap(({ nodeName }) => nodeName ?? []))].sort();
  return { ready: ready.length, nodes, problems };
};

const refused = ({ place }: Api, choice: ServiceChoice, problems: readonly string[]): SkipbeatError => {
  const { namespace, name } = choice;
  const kubectl = `kubectl ${contextText(place)} --namespace ${namespace}`;
  return new SkipbeatError(
    'SERVICE_REFUSED',
    `${place.server}: expected a Service ${serviceText(choice)} that may get a load, found:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    {
      exitCode: exitCodes.environment,
      next: `${kubectl} get service,endpointslices --selector kubernetes.io/service-name=${name}   (or leave --service out)`,
    },
  );
};

/**
 * Reads a Service of somebody's, and whether requests to it would tell of its pods. Only reads.
 * @param version of the cluster, exact
 * @throws SkipbeatError SERVICE_REFUSED (exit 75) with everything that is in the way; as `Api.request`
 */
export const readService = async (
  access: ClusterAccess,
  choice: ServiceChoice,
  version: string,
  signal: AbortSignal,
): Promise<ServicePlace> => {
  const api = createApi(access);
  const { namespace, name } = choice;
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  const needs = { verb: 'get', resource: `services/${name} in ${namespace}` };
  const service = await api.read(path, serviceShape, { needs, signal });
  if (service === null) throw refused(api, choice, ['it is not there']);
  const port = portOf(service, choice.port);
  const problems = [...kindProblems(service), ...(typeof port === 'string' ? [port] : [])];
  if (problems.length > 0 || typeof port === 'string') throw refused(api, choice, problems);
  const host = service.spec.clusterIP ?? '';
  const counted: CountedSlices = { addressType: isIPv6(host) ? 'IPv6' : 'IPv4', portName: port.name ?? '' };
  const endpoints = await endpointsOf(api, choice, counted, version, signal);
  if (endpoints.problems.length > 0) throw refused(api, choice, endpoints.problems);
  const { ready, nodes } = endpoints;
  return { namespace, name, uid: service.metadata.uid, host, port: port.port, ready, nodes, ...counted };
};

/**
 * Reads it once more just before the load is brought: a person may have taken long to confirm.
 * @throws SkipbeatError SERVICE_REFUSED (exit 75) where it is another one by now, or has another number of ready endpoints; as `readService`
 */
export const assertSameService = async (
  access: ClusterAccess,
  before: ServicePlace,
  version: string,
  signal: AbortSignal,
): Promise<void> => {
  const choice = { ...before, path: null };
  const now = await readService(access, choice, version, signal);
  const problems = [
    ...(now.uid === before.uid && now.host === before.host ? [] : ['it was made anew since it was surveyed']),
    ...(now.ready === before.ready ? [] : [`ready endpoints: ${now.ready}, and ${before.ready} when it was surveyed`]),
  ];
  if (problems.length > 0) throw refused(createApi(access), choice, problems);
};
