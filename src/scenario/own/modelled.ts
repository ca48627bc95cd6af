import { isMapping, type Path } from '../../common/plain-data.ts';
import type { Problem } from '../read/problems.ts';
import { at, idOf, runningContainers } from './values.ts';

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

const hasHostPort = (spec: unknown): boolean =>
  runningContainers(spec).some((container) => {
    const ports = at(container, 'ports');
    return Array.isArray(ports) && ports.some((port) => at(port, 'hostPort') !== undefined);
  });

/** What of the Service and of its pods the model does not know; a prediction that leaves it out would be of another workload. */
export const checkModelled = (
  service: unknown,
  maker: unknown,
  paths: { readonly service: Path; readonly maker: Path },
) => {
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
