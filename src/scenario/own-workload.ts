import * as z from 'zod';
import { isMapping, type Path, type Problem, valueAt } from './read/problems.ts';
import { describeValue, valueLabels } from './read/value-labels.ts';
import type { Stay, Workload } from './workload.ts';

const name = (description: string, expected: string) =>
  z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .meta({ description })
    .register(valueLabels, { expected });

/** What a scenario writes of a workload of one's own; all else of it is in the objects. */
export const ownWorkload = z.strictObject({
  manifest: z
    .union([z.string(), z.array(z.unknown()).min(1).max(50)])
    .meta({
      description:
        'Objects of Kubernetes: a file as kubectl apply takes it, from the scenario’s folder; or a list of them',
    })
    .register(valueLabels, { expected: 'the name of a file, or a list of 1 to 50 objects of Kubernetes' }),
  service: name('The Service among them that requests go to', 'the name of a Service in the manifest'),
  path: z
    .string()
    .regex(/^\/[!-~]{0,500}$/)
    .meta({ description: 'What is asked for; any status from 200 to 399 is an answer' })
    .register(valueLabels, { expected: 'a path that begins with /, such as /healthz' })
    .default('/'),
  port: z
    .union([z.int().min(1).max(65_535), name('', '')])
    .meta({ description: 'The Service’s port, by number or name; left out where it has one' })
    .register(valueLabels, { expected: 'a port of the Service, by its number or its name' })
    .optional(),
});

type Parsed = z.output<typeof ownWorkload>;

/** Whether a scenario's workload is one of its own. */
export const isOwnWorkload = (written: unknown): boolean =>
  isMapping(written) && ['manifest', 'service', 'path', 'port'].some((key) => Object.hasOwn(written, key));

const integerFrom = (value: unknown, min: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min;

/** What is applied; each by its group and kind. */
const applied: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^v1$/,
  Service: /^v1$/,
  ServiceAccount: /^v1$/,
  Deployment: /^apps\/v1$/,
  StatefulSet: /^apps\/v1$/,
  PodDisruptionBudget: /^policy\/v1(beta1)?$/,
  NetworkPolicy: /^networking\.k8s\.io\/v1$/,
};

const makers = ['Deployment', 'StatefulSet'];

/** Why some kinds are not applied, where that is not plain. */
const refusedBecause: Readonly<Record<string, string>> = {
  Secret: ': the run’s folder keeps the manifest',
  PersistentVolumeClaim: ': what becomes of volumes is not known',
  Namespace: ': all of it lives in the namespace skipbeat',
};

/** Of the Service that a run puts beside the one of the manifest, for its port on every node. */
const ownName = 'beat';

const at = (value: unknown, ...path: Path): unknown => valueAt(value, path);

const textAt = (value: unknown, ...path: Path): string | null => {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
};

const labelsAt = (value: unknown, ...path: Path): Readonly<Record<string, string>> | null => {
  const found = at(value, ...path);
  if (!isMapping(found)) return null;
  const entries = Object.entries(found);
  return entries.length > 0 && entries.every(([, text]) => typeof text === 'string')
    ? (found as Readonly<Record<string, string>>)
    : null;
};

const idOf = (object: unknown): string => `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`;

const checkObject = (object: unknown, path: Path): readonly Problem[] => {
  const kind = textAt(object, 'kind');
  const version = textAt(object, 'apiVersion');
  if (kind === null || version === null || textAt(object, 'metadata', 'name') === null) {
    const message = `expected an object with apiVersion, kind and metadata.name, received ${describeValue(object)}`;
    return [{ path, message }];
  }
  if (applied[kind]?.test(version) !== true) {
    const known = Object.keys(applied).join(', ');
    return [
      {
        path,
        message: `expected ${known}, received ${describeValue(`${version} ${kind}`)}${refusedBecause[kind] ?? ''}`,
      },
    ];
  }
  if (kind === 'Service' && textAt(object, 'metadata', 'name') === ownName) {
    return [{ path, message: `expected another name than ${ownName}, which is that of a run’s own Service` }];
  }
  return [];
};

const twice = (objects: readonly unknown[], path: Path): readonly Problem[] => {
  const seen = new Set<string>();
  return objects.flatMap((object, index): readonly Problem[] => {
    const id = idOf(object);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: [...path, index], message: `expected each object once, received ${id} again` }];
  });
};

type Port = { readonly number: number; readonly name: string | null; readonly target: number | string };

/** Ports of a Service; null of one that is none of TCP. */
const portsOf = (service: unknown): readonly (Port | null)[] => {
  const ports = at(service, 'spec', 'ports');
  if (!Array.isArray(ports)) return [];
  return ports.map((port) => {
    const number = at(port, 'port');
    const target = at(port, 'targetPort') ?? number;
    const isTcp = [undefined, 'TCP'].includes(at(port, 'protocol') as string | undefined);
    if (!isTcp || typeof number !== 'number') return null;
    if (typeof target !== 'number' && typeof target !== 'string') return null;
    return { number, name: textAt(port, 'name'), target };
  });
};

type Found<T> = { readonly value: T } | { readonly problem: Problem };

const servicePort = (service: unknown, asked: Parsed['port']): Found<Port> => {
  const ports = portsOf(service);
  const matching = ports.filter((port) =>
    asked === undefined ? true : port !== null && (port.number === asked || port.name === asked),
  );
  const [only = null] = matching;
  if (only !== null && matching.length === 1) return { value: only };
  const there = ports.map((port) => (port === null ? 'one that is not TCP' : `${port.name ?? port.number}`));
  const received = there.length === 0 ? 'none' : there.join(', ');
  const message =
    asked === undefined
      ? `expected port, or a Service with one port of TCP, received ${received}`
      : `expected a TCP port of the Service, received ${describeValue(asked)}; it has ${received}`;
  return { problem: { path: ['workload', 'port'], message } };
};

const covers = (labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Who makes the pods that the Service selects: one Deployment or StatefulSet. */
const makerOf = (objects: readonly unknown[], selector: Readonly<Record<string, string>>): Found<unknown> => {
  const found = objects.filter(
    (object) =>
      makers.includes(textAt(object, 'kind') ?? '') &&
      covers(labelsAt(object, 'spec', 'template', 'metadata', 'labels') ?? {}, selector),
  );
  if (found.length === 1) return { value: found[0] };
  const received = found.length === 0 ? 'none' : found.map(idOf).join(', ');
  const message = `expected one Deployment or StatefulSet whose pods the Service selects, received ${received}`;
  return { problem: { path: ['workload', 'service'], message } };
};

const hasVolumes = (maker: unknown): boolean => {
  const volumes = at(maker, 'spec', 'template', 'spec', 'volumes');
  const claims = at(maker, 'spec', 'volumeClaimTemplates');
  const ofClaims =
    Array.isArray(volumes) &&
    volumes.some((volume) => isMapping(volume) && (volume.persistentVolumeClaim ?? volume.ephemeral) !== undefined);
  return ofClaims || (Array.isArray(claims) && claims.length > 0);
};

/**
 * For how long pods stay under a taint by their own tolerations: by the first that tolerates it. Where one has the taint's key
 * and does not tolerate it, for the taint has no value, admission gives them none of its own, and they go at once. undefined:
 * none has its key, and they have what admission gives.
 * @see kubernetes staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go GetMatchingTolerations;
 *   plugin/pkg/admission/defaulttolerationseconds/admission.go
 */
const stayUnder = (tolerations: readonly unknown[], taint: string): Stay | undefined => {
  const own = tolerations.filter(isMapping).filter((one) => {
    const [key, effect] = [one.key ?? '', one.effect ?? ''];
    return (key === taint || key === '') && (effect === '' || effect === 'NoExecute');
  });
  if (own.length === 0) return undefined;
  const first = own.find(({ operator, value }) => operator === 'Exists' || (value ?? '') === '');
  if (first === undefined) return 0;
  const { tolerationSeconds } = first;
  return typeof tolerationSeconds === 'number' ? Math.max(0, tolerationSeconds) : 'forever';
};

const tolerationsOf = (spec: unknown): Pick<Workload, 'tolerations'> => {
  const written = at(spec, 'tolerations');
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  const stays = (['not-ready', 'unreachable'] as const).flatMap((taint) => {
    const stay = stayUnder(list, `node.kubernetes.io/${taint}`);
    return stay === undefined ? [] : [[taint, stay] as const];
  });
  return stays.length === 0 ? {} : { tolerations: Object.fromEntries(stays) };
};

/** Containers that run beside each other: those of restartable init containers, too. */
const runningContainers = (spec: unknown): readonly unknown[] => {
  const [main, init] = [at(spec, 'containers'), at(spec, 'initContainers')];
  return [
    ...(Array.isArray(init) ? init.filter((one) => at(one, 'restartPolicy') === 'Always') : []),
    ...(Array.isArray(main) ? main : []),
  ];
};

/** v1.Probe: 0 is not set, and stands for these. @see kubernetes pkg/apis/core/v1/defaults.go SetDefaults_Probe */
const probeDefaults = { periodSeconds: 10, failureThreshold: 3 } as const;

/** A field of a readiness probe; null: no API server takes what is written there. */
const probeNumber = (probe: unknown, field: keyof typeof probeDefaults): number | null => {
  const written = at(probe, field) ?? 0;
  if (!integerFrom(written, 0) || (written as number) > maxInt32) return null;
  return written === 0 ? probeDefaults[field] : (written as number);
};

const maxInt32 = 2 ** 31 - 1;

type Probe = { readonly periodMs: number; readonly failureThreshold: number };

const probesOf = (spec: unknown): readonly (Probe | null)[] =>
  runningContainers(spec).flatMap((container) => {
    const probe = at(container, 'readinessProbe');
    if (!isMapping(probe)) return [];
    const [period, failureThreshold] = [probeNumber(probe, 'periodSeconds'), probeNumber(probe, 'failureThreshold')];
    return [period === null || failureThreshold === null ? null : { periodMs: period * 1000, failureThreshold }];
  });

/** The probe that fails first, of the containers: a pod is not Ready as soon as one of them is not. Left out where none is probed. */
const readinessOf = (spec: unknown): Pick<Workload, 'readiness'> => {
  const lengthMs = (one: Probe): number => one.periodMs * one.failureThreshold;
  const [first] = probesOf(spec)
    .filter((one) => one !== null)
    .toSorted((one, other) => lengthMs(one) - lengthMs(other));
  return first === undefined ? {} : { readiness: first };
};

/** What a Service says that changes nothing of who is asked, and by whom. */
const plainService: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...Object.fromEntries(
    [
      'allocateLoadBalancerNodePorts',
      'clusterIP',
      'clusterIPs',
      'healthCheckNodePort',
      'ipFamilies',
      'ipFamilyPolicy',
      'loadBalancerClass',
      'loadBalancerIP',
      'loadBalancerSourceRanges',
      'ports',
      'selector',
      'type',
    ].map((key) => [key, () => true]),
  ),
  externalTrafficPolicy: (value) => value === 'Cluster',
  internalTrafficPolicy: (value) => value === 'Cluster',
  publishNotReadyAddresses: (value) => value === false,
  sessionAffinity: (value) => value === 'None',
};

/** Spread over nodes as far as they can be, as the shipped workload is. */
const isSoftSpread = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((one) => at(one, 'whenUnsatisfiable') === 'ScheduleAnyway' && at(one, 'topologyKey') === hostnameKey);

const hostnameKey = 'kubernetes.io/hostname';

const isAway = ({ key = '', effect = '' }: Readonly<Record<string, unknown>>): boolean =>
  !(effect === '' || effect === 'NoSchedule') ||
  !(key === '' || /^node-role\.kubernetes\.io\/(control-plane|master)$/.test(String(key)));

/** What a pod says that changes nothing of where it may stand, and of when it is Ready. */
const plainPod: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...Object.fromEntries(
    [
      'automountServiceAccountToken',
      'containers',
      'dnsConfig',
      'dnsPolicy',
      'enableServiceLinks',
      'hostAliases',
      'hostname',
      'imagePullSecrets',
      'initContainers',
      'os',
      'securityContext',
      'serviceAccount',
      'serviceAccountName',
      'setHostnameAsFQDN',
      'shareProcessNamespace',
      'subdomain',
      'terminationGracePeriodSeconds',
      'volumes',
    ].map((key) => [key, () => true]),
  ),
  hostNetwork: (value) => value === false,
  restartPolicy: (value) => value === 'Always',
  schedulerName: (value) => value === 'default-scheduler',
  // Pods that tolerate their taints may stand on control planes.
  tolerations: (value) => Array.isArray(value) && value.filter(isMapping).every(isAway),
  topologySpreadConstraints: isSoftSpread,
};

const isPlain = (known: typeof plainPod, key: string, value: unknown): boolean =>
  value === null || (Object.hasOwn(known, key) && known[key]?.(value) === true);

/** Fields of a mapping that bear on what is predicted, and are not modelled. */
const notModelled = (known: typeof plainPod, spec: unknown): readonly string[] =>
  isMapping(spec) ? Object.keys(spec).filter((key) => !isPlain(known, key, spec[key])) : [];

const hasHostPort = (spec: unknown): boolean => {
  const containers = at(spec, 'containers');
  return (Array.isArray(containers) ? containers : []).some((container) => {
    const ports = at(container, 'ports');
    return Array.isArray(ports) && ports.some((port) => at(port, 'hostPort') !== undefined);
  });
};

/** What of the Service and of its pods the model does not know; a prediction that leaves it out would be of another workload. */
const checkModelled = (service: unknown, maker: unknown, paths: { readonly service: Path; readonly maker: Path }) => {
  const pod = at(maker, 'spec', 'template', 'spec');
  const ofPods = [
    ...notModelled(plainPod, pod),
    ...(hasHostPort(pod) ? ['hostPort'] : []),
    ...(at(maker, 'spec', 'podManagementPolicy') === 'Parallel' ? ['podManagementPolicy'] : []),
  ];
  const ofService = notModelled(plainService, at(service, 'spec'));
  const problem = (path: Path, object: unknown, fields: readonly string[]): readonly Problem[] =>
    fields.length === 0
      ? []
      : [{ path, message: `expected ${idOf(object)} without ${fields.join(', ')}, of which no prediction is made` }];
  return [...problem(paths.service, service, ofService), ...problem(paths.maker, maker, ofPods)];
};

/** As many as a scenario may ask for itself. */
const maxReplicas = 10_000;

const checkMaker = (maker: unknown, path: Path): readonly Problem[] => {
  const id = idOf(maker);
  const spec = at(maker, 'spec', 'template', 'spec');
  const replicas = at(maker, 'spec', 'replicas') ?? 1;
  const grace = at(spec, 'terminationGracePeriodSeconds') ?? 30;
  const tolerations = at(spec, 'tolerations');
  const stays = (Array.isArray(tolerations) ? tolerations : []).map((one) => at(one, 'tolerationSeconds') ?? 0);
  const labels = labelsAt(maker, 'spec', 'template', 'metadata', 'labels') ?? {};
  const selects = covers(labels, labelsAt(maker, 'spec', 'selector', 'matchLabels') ?? {});
  const isSmall = (value: unknown, min: number, max: number): boolean =>
    integerFrom(value, min) && (value as number) <= max;
  const wrong = (isRight: boolean, message: string): readonly Problem[] => (isRight ? [] : [{ path, message }]);
  return [
    ...wrong(
      isSmall(replicas, 1, maxReplicas),
      `expected spec.replicas from 1 to ${maxReplicas} in ${id}, received ${describeValue(replicas)}`,
    ),
    ...wrong(
      isSmall(grace, 0, maxInt32),
      `expected terminationGracePeriodSeconds of whole seconds in ${id}, received ${describeValue(grace)}`,
    ),
    ...wrong(
      stays.every((stay) => integerFrom(stay, -maxInt32)),
      `expected tolerationSeconds of whole seconds in ${id}, received ${stays.map((stay) => describeValue(stay)).join(', ')}`,
    ),
    ...wrong(
      !probesOf(spec).includes(null),
      `expected readiness probes with a period and a threshold of 0 or more in ${id}, received others`,
    ),
    ...wrong(selects, `expected a selector of ${id} that its own template has the labels of, received another`),
    ...wrong(at(maker, 'spec', 'paused') !== true, `expected ${id} not to be paused, for it makes no pod`),
    ...wrong(!hasVolumes(maker), `expected no volumes of claims in ${id}: what becomes of them is not known`),
  ];
};

/** What is written without a value is left out to an API server, wherever it stands. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  const present = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(present.map(([key, one]) => [key, withoutNulls(one)]));
};

type Derived = { readonly workload: Workload } | { readonly problems: readonly Problem[] };

/** The workload that a manifest's objects come to; or everything that is wrong with them. */
export const readOwnWorkload = ({ manifest, service: name, path, port: asked }: Parsed): Derived => {
  const here: Path = ['workload', 'manifest'];
  if (typeof manifest === 'string') {
    const message = `expected the objects themselves, which a file of a run holds, received ${describeValue(manifest)}`;
    return { problems: [{ path: here, message }] };
  }
  const objects = manifest.map(withoutNulls);
  const problems = objects.flatMap((object, index) => checkObject(object, [...here, index]));
  if (problems.length > 0) return { problems };
  const repeated = twice(objects, here);
  if (repeated.length > 0) return { problems: repeated };
  const services = objects.filter((object) => textAt(object, 'kind') === 'Service');
  const service = services.find((object) => textAt(object, 'metadata', 'name') === name);
  if (service === undefined) {
    const there = services.map((object) => textAt(object, 'metadata', 'name')).join(', ');
    const message = `expected a Service of the manifest, received ${describeValue(name)}; it has ${there === '' ? 'none' : there}`;
    return { problems: [{ path: ['workload', 'service'], message }] };
  }
  const selector = labelsAt(service, 'spec', 'selector');
  if (selector === null || textAt(service, 'spec', 'type') === 'ExternalName') {
    const message = `expected a Service that selects pods, received ${describeValue(name)}, which does not`;
    return { problems: [{ path: ['workload', 'service'], message }] };
  }
  const port = servicePort(service, asked);
  if ('problem' in port) return { problems: [port.problem] };
  const maker = makerOf(objects, selector);
  if ('problem' in maker) return { problems: [maker.problem] };
  const placeOf = (object: unknown): Path => [...here, objects.indexOf(object)];
  const paths = { service: placeOf(service), maker: placeOf(maker.value) };
  const wrong = [...checkMaker(maker.value, paths.maker), ...checkModelled(service, maker.value, paths)];
  if (wrong.length > 0) return { problems: wrong };
  const spec = at(maker.value, 'spec', 'template', 'spec');
  const grace = (at(spec, 'terminationGracePeriodSeconds') ?? 30) as number;
  return {
    workload: {
      replicas: (at(maker.value, 'spec', 'replicas') as number | undefined) ?? 1,
      ...(textAt(maker.value, 'kind') === 'StatefulSet' ? { kind: 'statefulset' as const } : {}),
      ...(grace === 30 ? {} : { terminationGracePeriodMs: grace * 1000 }),
      ...tolerationsOf(spec),
      ...readinessOf(spec),
      manifest: {
        service: name,
        path,
        targetPort: port.value.target,
        selector,
        objects: manifest as NonNullable<Workload['manifest']>['objects'],
      },
    },
  };
};
