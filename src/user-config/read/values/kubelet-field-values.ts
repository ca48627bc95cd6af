import { parseDurationMs } from '../../../common/duration.ts';
import { isMapping, type Mapping } from '../../../common/plain-data.ts';
import { isTakenBy } from './flag-values.ts';
import { areTaints, taintTexts } from './taints.ts';
import { maxVerbose } from './value-shapes.ts';

const namesIn = (names: string): readonly string[] => names.trim().split(/\s+/);

/** Fields by their types, which are the same in every minor. @see kubelet config/v1beta1/types.go, v1.11 to v1.37 */
const typed = {
  boolean: `enableContentionProfiling enableControllerAttachDetach enableDebugFlagsHandler enableDebuggingHandlers
    enableProfilingHandler enableServer enableSystemLogHandler enableSystemLogQuery failCgroupV1 failSwapOn
    kernelMemcgNotification localStorageCapacityIsolation makeIPTablesUtilChains mergeDefaultEvictionSettings
    protectKernelDefaults rotateCertificates runOnce seccompDefault serializeImagePulls serverTLSBootstrap
    singleProcessOOMKill cgroupsPerQOS cpuCFSQuota registerNode`,
  duration: `containerLogMonitorInterval cpuCFSQuotaPeriod cpuManagerReconcilePeriod evictionPressureTransitionPeriod
    fileCheckFrequency httpCheckFrequency imageMaximumGCAge imageMinimumGCAge runtimeRequestTimeout
    shutdownGracePeriod shutdownGracePeriodCriticalPods streamingConnectionIdleTimeout syncFrequency
    volumeStatsAggPeriod`,
  integer: `containerLogMaxFiles containerLogMaxWorkers eventBurst eventRecordQPS evictionMaxPodGracePeriod healthzPort
    imageGCHighThresholdPercent imageGCLowThresholdPercent iptablesDropBit iptablesMasqueradeBit kubeAPIBurst
    kubeAPIQPS maxOpenFiles maxParallelImagePulls maxPods nodeStatusMaxImages oomScoreAdj podPidsLimit podsPerCore port
    readOnlyPort registryBurst registryPullQPS`,
  number: 'memoryThrottlingFactor',
  text: `address cgroupDriver cgroupRoot clusterDomain configMapAndSecretChangeDetectionStrategy containerLogMaxSize
    containerRuntimeEndpoint contentType cpuManagerPolicy hairpinMode healthzBindAddress
    imagePullCredentialsVerificationPolicy imageServiceEndpoint kubeReservedCgroup kubeletCgroups memoryManagerPolicy
    memoryReservationPolicy podCIDR podLogsDir providerID reservedSystemCPUs resolvConf showHiddenMetricsForVersion
    staticPodPath staticPodURL systemCgroups systemReservedCgroup tlsCertFile tlsMinVersion tlsPrivateKeyFile
    topologyManagerPolicy topologyManagerScope volumePluginDir`,
  list: `allowedUnsafeSysctls clusterDNS enforceNodeAllocatable preloadedImagesVerificationAllowlist registerWithTaints
    reservedMemory shutdownGracePeriodByPodPriority tlsCipherSuites tlsCurvePreferences`,
  mapping: `authentication authorization cpuManagerPolicyOptions crashLoopBackOff defaultPodSysctls evictionHard
    evictionMinimumReclaim evictionSoft evictionSoftGracePeriod kubeReserved logging memorySwap qosReserved
    staticPodURLHeader systemReserved topologyManagerPolicyOptions tracing userNamespaces`,
} as const;

type FieldType = keyof typeof typed;

const typeOf = new Map(
  Object.entries(typed).flatMap(([type, names]) => namesIn(names).map((name) => [name, type as FieldType] as const)),
);

/** Fields whose flag has another name. */
const flagNames: Readonly<Record<string, string>> = {
  eventRecordQPS: 'event-qps',
  registryPullQPS: 'registry-qps',
  podPidsLimit: 'pod-max-pids',
  staticPodPath: 'pod-manifest-path',
  runOnce: 'runonce',
  makeIPTablesUtilChains: 'make-iptables-util-chains',
  contentType: 'kube-api-content-type',
  imageMinimumGCAge: 'minimum-image-ttl-duration',
  serverTLSBootstrap: 'rotate-server-certificates',
};

/** `imageGCHighThresholdPercent` is `--image-gc-high-threshold`; a field without a flag is called likewise. */
const flagOf = (name: string): string =>
  flagNames[name] ??
  name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/-percent$/, '');

/** Only these keys, each as it should be; what is left out is as well. */
const shaped = (value: unknown, keys: Readonly<Record<string, (value: unknown) => boolean>>): boolean =>
  value === undefined || (isMapping(value) && Object.entries(value).every(([key, each]) => keys[key]?.(each) === true));

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isInteger = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;
const isDuration = (value: unknown): boolean => typeof value === 'string' && (parseDurationMs(value) ?? -1) >= 0;
const msOf = (value: unknown): number => parseDurationMs(String(value)) ?? Number.NaN;
/** None, or a second at least. */
const isShutdownPeriod = (value: unknown): boolean => isDuration(value) && (msOf(value) === 0 || msOf(value) >= 1000);
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
const within =
  (keys: Readonly<Record<string, (value: unknown) => boolean>>) =>
  (value: unknown): boolean =>
    shaped(value, keys);

/** A number is one of nanoseconds, and 0 the default. @see component-base logs/api/v1/types.go, TimeOrMetaDuration */
const isFlushFrequency = (value: unknown): boolean =>
  value === 0 || (isInteger(value) && isTakenBy('kubelet', 'log-flush-frequency', `${value}ns`, 'duration'));

const isBuffer = within({ infoBufferSize: isOneOf('0') });
const isTtl = { cacheTTL: isDuration, cacheAuthorizedTTL: isDuration, cacheUnauthorizedTTL: isDuration };

const isText = (value: unknown): value is string => typeof value === 'string';

const isPath = (value: unknown): boolean => isText(value) && isTakenBy('kubelet', 'tls-cert-file', value, 'text');

/** Fields that have parts, or bear on one another. */
const ofOwn: Readonly<Record<string, (value: unknown, document: Mapping) => boolean>> = {
  authentication: within({
    anonymous: within({ enabled: isBoolean }),
    webhook: within({ enabled: isBoolean, ...isTtl }),
    x509: within({ clientCAFile: (file) => file === '' || isPath(file) }),
  }),
  authorization: within({ mode: isOneOf('', 'Webhook', 'AlwaysAllow'), webhook: within(isTtl) }),
  logging: within({
    format: isOneOf('', 'text', 'json'),
    flushFrequency: isFlushFrequency,
    verbosity: (value) => isInteger(value) && Number(value) <= maxVerbose,
    options: within({ json: isBuffer, text: isBuffer }),
  }),
  registerWithTaints: areTaints,
  evictionSoft: (value, { evictionSoftGracePeriod: grace }) =>
    isMapping(value) &&
    isMapping(grace) &&
    isTakenBy('kubelet', 'eviction-hard', joined(value, '<'), 'text') &&
    Object.keys(value).every((key) => isDuration(grace[key])),
  evictionSoftGracePeriod: (value) => isMapping(value) && Object.values(value).every(isDuration),
  evictionHard: (value) => isMapping(value) && isTakenBy('kubelet', 'eviction-hard', joined(value, '<'), 'text'),
  cgroupsPerQOS: (value, { enforceNodeAllocatable: enforced }) =>
    value === true || (Array.isArray(enforced) && enforced.every(isOneOf('none'))),
  enforceNodeAllocatable: (value, { cgroupsPerQOS }) =>
    isOneOf('["pods"]', '["none"]')(JSON.stringify(value)) && (cgroupsPerQOS ?? true) === true,
  maxParallelImagePulls: (value, { serializeImagePulls }) =>
    isInteger(value) && (value === 1 || (Number(value) > 1 && serializeImagePulls === false)),
  tlsCertFile: (value, { tlsPrivateKeyFile: key }) => isPath(value) && isPath(key),
  tlsPrivateKeyFile: (value, { tlsCertFile: certificate }) => isPath(value) && isPath(certificate),
  containerLogMonitorInterval: (value) => (parseDurationMs(String(value)) ?? 0) >= 3000,
  configMapAndSecretChangeDetectionStrategy: isOneOf('Get', 'Cache', 'Watch'),
  cpuCFSQuotaPeriod: isOneOf('100ms'),
  enableSystemLogQuery: isOneOf(false),
  failCgroupV1: isOneOf(false),
  singleProcessOOMKill: isOneOf(true),
  memoryThrottlingFactor: (value) => Number(value) > 0 && Number(value) <= 1,
  podLogsDir: isOneOf('/var/log/pods'),
  // What their values do is judged elsewhere.
  registerNode: isBoolean,
  kubeAPIQPS: isInteger,
  kubeAPIBurst: isInteger,
  imageMaximumGCAge: (value, { imageMinimumGCAge: min }) =>
    isDuration(value) &&
    (parseDurationMs(String(value)) ?? 0) >
      (isDuration(min) && parseDurationMs(String(min)) !== 0 ? (parseDurationMs(String(min)) ?? 0) : 120_000),
  shutdownGracePeriod: (value, { shutdownGracePeriodByPodPriority: by }) =>
    isShutdownPeriod(value) && (!Array.isArray(by) || by.length === 0),
  shutdownGracePeriodCriticalPods: (value, { shutdownGracePeriod: all }) =>
    isShutdownPeriod(value) && isDuration(all) && msOf(value) <= msOf(all),
  imageGCLowThresholdPercent: (value, { imageGCHighThresholdPercent: high }) =>
    isInteger(value) && Number(value) < Number(high ?? 85) && Number(high ?? 85) <= 100,
  imageGCHighThresholdPercent: (value, { imageGCLowThresholdPercent: low }) =>
    isInteger(value) && Number(value) > Number(low ?? 80) && Number(value) <= 100,
};

const joined = (value: Mapping, sign: string): string =>
  Object.entries(value)
    .map(([key, each]) => `${key}${sign}${isText(each) ? each : '?'}`)
    .join(',');

const isOfType: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  boolean: isBoolean,
  duration: isDuration,
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  text: isText,
  list: Array.isArray,
  mapping: isMapping,
};

/** What is not there to a kubelet. A null where a duration should be is empty text to it. */
const isEmpty = (value: unknown, type: FieldType): boolean => {
  if (value === null) return type !== 'duration';
  if (!isOfType[type](value)) return false;
  if (type === 'duration') return parseDurationMs(String(value)) === 0;
  return type === 'integer' ? value === 0 : type !== 'boolean' && Object.keys(Object(value)).length === 0;
};

const flagText = (name: string, value: unknown): string =>
  name === 'registerWithTaints' ? taintTexts(value) : plainText(value);

const plainText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((each) => (isText(each) ? each : '?')).join(',')
    : isMapping(value)
      ? joined(value, '=')
      : String(value);

/** Fields in which 0 or nothing is a value of its own, not the default. */
const literal =
  /^(?:enforceNodeAllocatable|evictionHard|containerLogM.*|cpuCFSQuotaPeriod|imageGC.*ThresholdPercent|maxParallelImagePulls|memoryThrottlingFactor)$/;

/** A field as the flag of that name would have it; null where it is not there to a kubelet, or not of its type. */
export const fieldAsFlag = (name: string, value: unknown): { readonly name: string; readonly value: string } | null => {
  const type = typeOf.get(name);
  if (type === undefined || !isOfType[type](value) || isEmpty(value, type)) return null;
  const text = /^eviction(?:Hard|Soft)$/.test(name) && isMapping(value) ? joined(value, '<') : flagText(name, value);
  return { name: flagOf(name), value: text };
};

/** How a field of KubeletConfiguration is read; null where none is known by that name. */
export const fieldKind = (name: string): FieldType | null => typeOf.get(name) ?? null;

/** Whether a field that is known is as if it were not there, so that the default holds. */
export const isLeftOut = (name: string, value: unknown): boolean => {
  const type = typeOf.get(name);
  return type !== undefined && isEmpty(value, type) && (value === null || !literal.test(name));
};

/**
 * Whether a kubelet surely starts with a field of KubeletConfiguration as it stands, and is then as predicted; fields
 * that it does not know, it leaves out. Those about heartbeats and feature gates are judged elsewhere.
 * @see kubernetes pkg/kubelet/apis/config/validation/validation.go; what is checked there only by a gate is left out
 */
export const isSurelyTakenField = (name: string, value: unknown, document: Mapping): boolean => {
  const type = typeOf.get(name);
  if (type === undefined || isLeftOut(name, value)) return true;
  if (!isOfType[type](value)) return false;
  const kind = type === 'mapping' || type === 'list' ? 'text' : type;
  return ofOwn[name]?.(value, document) ?? isTakenBy('kubelet', flagOf(name), flagText(name, value), kind);
};
