import * as z from 'zod';
import { parseDurationMs } from '../../../common/duration.ts';
import { count, maybe, quantity, text } from './scalars.ts';

/** A duration of Go in text. Null is no duration to it, but where a field points to one. */
const duration = z
  .string()
  .refine((value) => parseDurationMs(value) !== null, { error: 'is no duration' })
  .optional();

const integer = maybe(
  z
    .int()
    .min(-(2 ** 31))
    .max(2 ** 31 - 1),
);
const boolean = maybe(z.boolean());
const word = maybe(text);
const names = maybe(z.array(text));
const of = <T extends z.ZodRawShape>(fields: T) => maybe(z.looseObject(fields));

const output = of({ infoBufferSize: maybe(quantity), splitStream: boolean });

/**
 * Every field of a KubeProxyConfiguration v1alpha1 in its type, with which kubeadm reads the file.
 * @see kubernetes staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go of v1.13.12 and v1.34.4; component-base
 *   config/v1alpha1 and logs/api/v1
 */
export const proxyConfiguration = z.looseObject({
  apiVersion: z.literal('kubeproxy.config.k8s.io/v1alpha1'),
  kind: z.literal('KubeProxyConfiguration'),
  featureGates: maybe(z.record(text, z.boolean())),
  clientConnection: of({
    kubeconfig: word,
    acceptContentTypes: word,
    contentType: word,
    qps: maybe(z.number()),
    burst: integer,
  }),
  logging: of({
    format: word,
    flushFrequency: z.union([duration, z.int()]).optional(),
    verbosity: maybe(count),
    vmodule: maybe(z.array(z.looseObject({ filePattern: text, verbosity: count }))),
    options: of({ text: output, json: output }),
  }),
  hostnameOverride: word,
  bindAddress: word,
  healthzBindAddress: word,
  metricsBindAddress: word,
  bindAddressHardFail: boolean,
  enableProfiling: boolean,
  showHiddenMetricsForVersion: word,
  mode: word,
  iptables: of({
    masqueradeBit: integer,
    masqueradeAll: boolean,
    localhostNodePorts: boolean,
    syncPeriod: duration,
    minSyncPeriod: duration,
  }),
  ipvs: of({
    syncPeriod: duration,
    minSyncPeriod: duration,
    scheduler: word,
    excludeCIDRs: names,
    strictARP: boolean,
    tcpTimeout: duration,
    tcpFinTimeout: duration,
    udpTimeout: duration,
  }),
  nftables: of({ masqueradeBit: integer, masqueradeAll: boolean, syncPeriod: duration, minSyncPeriod: duration }),
  winkernel: of({
    networkName: word,
    sourceVip: word,
    enableDSR: boolean,
    rootHnsEndpointName: word,
    forwardHealthCheckVip: boolean,
  }),
  detectLocalMode: word,
  detectLocal: of({ bridgeInterface: word, interfaceNamePrefix: word }),
  clusterCIDR: word,
  nodePortAddresses: names,
  oomScoreAdj: integer,
  conntrack: of({
    max: integer,
    maxPerCore: integer,
    min: integer,
    tcpEstablishedTimeout: maybe(duration),
    tcpCloseWaitTimeout: maybe(duration),
    tcpBeLiberal: boolean,
    udpTimeout: duration,
    udpStreamTimeout: duration,
  }),
  configSyncPeriod: duration,
  portRange: word,
  resourceContainer: word,
  udpIdleTimeout: duration,
  windowsRunAsService: boolean,
});
