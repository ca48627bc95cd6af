import { whatStarts } from '../shown.ts';
import type { Component } from '../types.ts';
import { bearingFlags } from './bearing.ts';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/*
 * The one list of what may stand in the files of a cluster that runs, and not in a run of the same settings, in silence. It is
 * right where the cluster runs, and has no part in heartbeats, detection, evictions, nor in whom clients reach. What stands in
 * no list here is named. What may differ between two files in silence is another matter, for a change may keep a component
 * from starting: `review/differences/harmless.ts` has the pairs of values that do not, and takes its feature gates from here.
 */

/** Those of `bearingFlags` that do more than decide whether a component starts and finds its cluster, or that name files which may. */
const doMore = new Set(
  // Nodes are registered with a taint, and deleted once their machine is gone: cloud-provider, controllers/nodelifecycle.
  names(`cloud-provider cloud-config
    admission-control-config-file authentication-config audit-webhook-config-file egress-selector-config-file
    encryption-provider-config experimental-encryption-provider-config token-auth-file
    topology-manager-policy enable-controller-attach-detach etcd-servers`),
);

/** Logs that go where they went, and profiles, of every component. */
const ofAll = names(`v help version profiling contention-profiling log-flush-frequency skip-headers add-dir-header
  one-output skip-log-headers alsologtostderr`);

/**
 * Flags that a run may leave out in silence, with every value that a component surely takes: in a cluster that runs they have
 * no part in heartbeats, detection and evictions, nor in whom clients reach.
 * @see kubernetes cmd/kube-controller-manager/app/options, cmd/kube-apiserver/app/options, cmd/kubelet/app/options, v1.11 to v1.37
 */
const ofComponent: Readonly<Record<Component, ReadonlySet<string>>> = {
  'kube-controller-manager': new Set([
    ...ofAll,
    ...names(`terminated-pod-gc-threshold concurrent-resource-quota-syncs resource-quota-sync-period
      concurrent-ttl-after-finished-syncs legacy-service-account-token-clean-up-period permit-port-sharing
      permit-address-sharing cluster-signing-duration experimental-cluster-signing-duration tls-min-version
      tls-cipher-suites authorization-always-allow-paths`),
  ]),
  'kube-apiserver': new Set([
    ...ofAll,
    ...names(`audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-compress event-ttl enable-logs-handler
      service-account-lookup service-account-jwks-uri kubelet-preferred-address-types permit-port-sharing
      permit-address-sharing`),
  ]),
  kubelet: new Set([
    ...ofAll,
    ...names(`volume-stats-agg-period streaming-connection-idle-timeout node-status-max-images
      tls-min-version tls-cipher-suites enable-debugging-handlers rotate-server-certificates`),
  ]),
};

/** Logs: where they go and their format. */
const logs =
  names(`logging-format logtostderr stderrthreshold log-dir log-file log-file-max-size log-backtrace-at vmodule
  log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size`);

/** Servers of a component itself, and who may ask them: kubelets and controllers show client certificates, or tokens. */
const servers = names(`secure-port port address insecure-port insecure-bind-address bind-address cert-dir
  requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers
  requestheader-username-headers requestheader-client-ca-file requestheader-uid-headers client-ca-file tls-cert-file
  tls-private-key-file tls-sni-cert-key tls-min-version tls-cipher-suites anonymous-auth strict-transport-security-directives
  authorization-always-allow-paths show-hidden-metrics-for-version allow-metric-labels disabled-metrics`);

/** Each acts on objects that no workload of a run has: autoscalers, volumes, jobs, quotas, certificates, namespaces. */
const otherControllers = names(`cluster-name horizontal-pod-autoscaler-cpu-initialization-period
  horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
  horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance horizontal-pod-autoscaler-downscale-delay
  horizontal-pod-autoscaler-upscale-delay concurrent-horizontal-pod-autoscaler-syncs concurrent-cron-job-syncs
  concurrent-job-syncs concurrent-ephemeralvolume-syncs concurrent-namespace-syncs concurrent-serviceaccount-token-syncs
  concurrent-validating-admission-policy-status-syncs namespace-sync-period pvclaimbinder-sync-period
  flex-volume-plugin-dir enable-hostpath-provisioner pv-recycler-increment-timeout-nfs pv-recycler-timeout-increment-hostpath
  pv-recycler-minimum-timeout-hostpath pv-recycler-minimum-timeout-nfs pv-recycler-pod-template-filepath-hostpath
  pv-recycler-pod-template-filepath-nfs cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
  cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
  cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
  cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file`);

/**
 * Users' tokens, addresses by which kubelets are asked for logs, aggregated APIs, and records of requests: with a record
 * that is kept in a file a request goes on whether it could be written or not; others are not read.
 * @see apiserver pkg/authentication/authenticatorfactory: client certificates come before tokens; plugin/pkg/audit/log
 */
const ofApi = names(`allow-privileged enable-bootstrap-token-auth service-node-port-range external-hostname etcd-prefix
  enable-aggregator-routing enable-swagger-ui kubelet-https kubelet-port kubelet-timeout
  oidc-issuer-url oidc-client-id oidc-username-claim oidc-username-prefix oidc-groups-claim oidc-groups-prefix
  oidc-required-claim oidc-signing-algs oidc-ca-file service-account-max-token-expiration
  service-account-extend-token-expiration service-account-api-audiences api-audiences
  audit-log-path audit-log-format audit-log-version`);

/**
 * Images (those of a run are on every node), logs of containers, events, ports, and who may ask a kubelet; and what acts
 * where a node is short of memory, disk or process ids, which no fault of a run makes it. What of that bears on whether a
 * kubelet starts is judged by what it asks of its machine.
 * @see pkg/kubelet/eviction/eviction_manager.go, synchronize: without a threshold that is met nothing is evicted
 */
const ofKubelet =
  names(`pod-infra-container-image container-log-max-size container-log-max-files container-log-max-workers
  container-log-monitor-interval image-gc-high-threshold image-gc-low-threshold minimum-image-ttl-duration
  maximum-image-ttl-duration image-maximum-gc-age serialize-image-pulls max-parallel-image-pulls registry-qps
  registry-burst event-qps event-burst read-only-port authorization-mode authentication-token-webhook
  protect-kernel-defaults max-pods pods-per-core pod-max-pids eviction-hard eviction-soft eviction-soft-grace-period
  eviction-minimum-reclaim eviction-max-pod-grace-period eviction-pressure-transition-period kube-reserved
  system-reserved kernel-memcg-notification volume-plugin-dir seccomp-default allowed-unsafe-sysctls hairpin-mode
  healthz-bind-address file-check-frequency http-check-frequency pod-cidr non-masquerade-cidr max-open-files
  iptables-masquerade-bit iptables-drop-bit cadvisor-port`);

const own: Readonly<Record<Component, readonly string[]>> = {
  'kube-controller-manager': otherControllers,
  'kube-apiserver': ofApi,
  kubelet: ofKubelet,
};

/** Flags of which one value or another has no part in what is run, each with those values. */
const values: Readonly<Record<string, RegExp>> = {
  // Where etcd is none of the control plane's own, other faults take it away.
  'kube-apiserver etcd-servers': /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):2379$/,
  'kube-apiserver authorization-mode': /^(?:Node,RBAC|RBAC,Node)$/,
  'kube-apiserver audit-log-mode': /^(?:batch|blocking)$/,
  'kube-apiserver cloud-provider': /^$/,
  'kube-controller-manager cloud-provider': /^$/,
  'kubelet cloud-provider': /^$/,
  'kubelet enable-controller-attach-detach': /^(?:true|1|t|T|TRUE|True)$/,
};

/** Whether a flag with that value has no part in what a run, or the model, is asked for. */
export const isHarmlessInRun = (component: Component, name: string, value: string | null): boolean =>
  ofComponent[component].has(name) ||
  logs.includes(name) ||
  servers.includes(name) ||
  own[component].includes(name) ||
  (bearingFlags[component].includes(name) && !doMore.has(name)) ||
  (value !== null && values[`${component} ${name}`]?.test(value) === true);

/** Fields of a KubeletConfiguration likewise, and those whose differences are reported elsewhere, by what they ask and set. */
export const harmlessFields: ReadonlySet<string> = new Set(
  names(`apiVersion kind featureGates
    nodeStatusUpdateFrequency nodeStatusReportFrequency nodeLeaseDurationSeconds registerNode logging
    failSwapOn rotateCertificates enableControllerAttachDetach authentication authorization
    registerWithTaints shutdownGracePeriod shutdownGracePeriodCriticalPods protectKernelDefaults maxPods
    volumeStatsAggPeriod streamingConnectionIdleTimeout nodeStatusMaxImages tlsMinVersion
    tlsCipherSuites enableDebuggingHandlers enableSystemLogHandler enableProfilingHandler enableDebugFlagsHandler
    enableContentionProfiling serverTLSBootstrap`),
);

/** Fields of a KubeletConfiguration whose flags have another name, or that have none. */
const fields = new Set(
  names(`staticPodPath authentication.x509.clientCAFile clusterDNS clusterDomain resolvConf failSwapOn rotateCertificates
    containerRuntimeEndpoint imageServiceEndpoint cgroupDriver cgroupRoot tlsCertFile tlsPrivateKeyFile address port
    healthzPort healthzBindAddress readOnlyPort providerID podLogsDir showHiddenMetricsForVersion tracing
    containerLogMaxSize containerLogMaxFiles containerLogMaxWorkers containerLogMonitorInterval
    imageGCHighThresholdPercent imageGCLowThresholdPercent imageMinimumGCAge imageMaximumGCAge serializeImagePulls
    maxParallelImagePulls registryPullQPS registryBurst eventRecordQPS eventBurst podsPerCore podPidsLimit
    evictionHard evictionSoft evictionSoftGracePeriod evictionMinimumReclaim evictionMaxPodGracePeriod
    evictionPressureTransitionPeriod mergeDefaultEvictionSettings kubeReserved systemReserved kernelMemcgNotification
    volumePluginDir seccompDefault allowedUnsafeSysctls hairpinMode fileCheckFrequency httpCheckFrequency podCIDR
    maxOpenFiles iptablesMasqueradeBit iptablesDropBit`),
);

/**
 * Feature gates by which nothing differs that a review knows, with both values of each: what they change is written, logged,
 * counted or served to people, or is none of Linux. `ofApiServer`: kube-apiserver has them, and no kubelet.
 * @see kubernetes pkg/features/kube_features.go and those of apiserver and component-base, v1.11 to v1.37
 */
export const silentGates: Readonly<Record<'ofApiServer' | 'ofAll', readonly string[]>> = {
  ofApiServer: names('APIResponseCompression RemainingItemCount WarningHeaders'),
  ofAll: names(`ContextualLogging ComponentSLIs ComponentFlagz ComponentStatusz NativeHistograms WinDSR WinOverlay
    WindowsGMSA WindowsRunAsUserName WindowsHostProcessContainers WindowsGracefulNodeShutdown`),
};

/**
 * Feature gates that a run may leave out in silence, with both values: those, others of which a change bears on a start, and
 * two that act where a node is shut down in order: of faults node-shutdown alone does so.
 * @see pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go, start
 */
export const harmlessGatesInRun: ReadonlySet<string> = new Set([
  ...Object.values(silentGates).flat(),
  ...names(`StorageVersionHash APIServerTracing KubeletTracing DisableAcceleratorUsageMetrics TTLAfterFinished NodeLogQuery
    ContainerCheckpoint RotateKubeletServerCertificate GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority`),
]);

/** The same for admission plug-ins that leave pods as they are; where images are always pulled, no registry is no pod. */
export const changesPods: readonly string[] = ['AlwaysPullImages'];

/**
 * Parts of documents by the kind of document and the key in it. Networks, names, certificates, tokens, sockets, images and
 * time limits of kubeadm's own steps: a cluster that runs has been set up. Endpoints of an `etcd.external` are none of them:
 * other faults take them away.
 * @see kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go; featureGates: cmd/kubeadm/app/features/features.go
 */
const ofKubeadm =
  /^(?:networking\.\w+|controlPlaneEndpoint|imageRepository|clusterName|certificatesDir|encryptionAlgorithm|(?:caC|c)ertificateValidityPeriod|caCertPath|certificateKey|bootstrapTokens|(?:discovery|timeouts|localAPIEndpoint)\.\S+|controlPlane\.\S+|nodeRegistration\.(?:name|criSocket|imagePullPolicy|imagePullSerial|ignorePreflightErrors)|(?:apiServer|controllerManager|scheduler)\.(?:certSANs|timeoutForControlPlane|extraVolumes\S*)|etcd\.external\.(?:ca|cert|key)File|etcd\.local\.(?:dataDir|imageRepository|imageTag|serverCertSANs|peerCertSANs)|dns\.(?:type|imageRepository|imageTag)|useHyperKubeImage|skipPhases|featureGates\.(?:EtcdLearnerMode|PublicKeysECDSA|RootlessControlPlane|UpgradeAddonsBeforeControlPlane|WaitForAllControlPlaneComponents|NodeLocalCRISocket))$/;

/**
 * Of a static pod what it is called, where its files are and what it may do. Its limits may make it slow, a kubelet refuses
 * it where it requests more than its machine has (pkg/kubelet/lifecycle/predicate.go; `pod-parts.ts` passes over little), its probes end
 * it, and other containers share its node: they are named. Whom its probes ask is judged in `probes.ts`.
 */
const ofPod =
  /^(?:metadata\.(?:name|namespace|labels|annotations)\S*|hostNetwork|priority|priorityClassName|tolerations|imagePullSecrets|securityContext\.\S+|enableServiceLinks|nodeSelector\.\S+|the name of its container|the program of its image|the volume .*|containers\.kube-[\w-]+\.(?:imagePullPolicy|volumeMounts\.\S+|securityContext\.\S+|terminationMessage\w+|ports\S*|\w+Probe\.httpGet\.(?:host|path|port|scheme)))$/;

/** Those that kubeadm writes, which a run has. @see kubernetes cmd/kubeadm/app/util/staticpod/utils.go, LivenessProbe */
const kubeadmProbe: Readonly<Record<string, readonly string[]>> = {
  // 15 where there is no startupProbe yet.
  'livenessProbe.initialDelaySeconds': ['10', '15'],
  'livenessProbe.timeoutSeconds': ['15'],
  'livenessProbe.periodSeconds': ['10'],
  'livenessProbe.failureThreshold': ['8'],
  'readinessProbe.timeoutSeconds': ['15'],
  'readinessProbe.periodSeconds': ['1'],
  'readinessProbe.failureThreshold': ['3'],
  'startupProbe.initialDelaySeconds': ['10'],
  'startupProbe.timeoutSeconds': ['15'],
  'startupProbe.periodSeconds': ['10'],
  'startupProbe.failureThreshold': ['24'],
};

/**
 * An image without a tag beside that of its version, and a program that is started by itself, or by one that only sends its
 * output to a file. RKE2 builds its image from the tag of Kubernetes itself.
 * @see component-base logs/kube-log-runner; rancher/image-build-kubernetes, Dockerfile
 */
const ofPodValue: Readonly<Record<string, RegExp>> = {
  'its image beside its version':
    /^(?:[\w./:-]*\/)?(?:(?:kube-apiserver|kube-controller-manager|hyperkube)(?:-amd64)?|hardened-kubernetes-rke2r\d+(?:-build\d+)?)(?:@sha256:\w+)?$/,
  [whatStarts]: /^(?:\/?(?:\S+\/)?hyperkube )?(?:\/\S+\/)?(?:kube-apiserver|kube-controller-manager)$/,
};

const goRunner = /^\/?go-runner(?: --?(?:log-file|also-stdout|redirect-stderr)(?:=\S+)?)* (?=\S+$)/;

/**
 * Networks, names, tokens, addresses, snapshots and addons of k3s and RKE2 by which nobody finds a node or a pod. Another
 * datastore, a profile and the cloud controller of their own are named.
 */
const ofDistribution =
  /^(?:tls-san(?:-security)?|token|token-file|agent-token|agent-token-file|server|cluster-init|cluster-cidr|service-cidr|service-node-port-range|cluster-dns|cluster-domain|write-kubeconfig(?:-mode|-group)?|node-name|node-ip|node-external-ip|bind-address|advertise-address|advertise-port|https-listen-port|flannel-\w[\w-]*|cni|disable|disable-(?:network-policy|helm-controller)|etcd-(?:snapshot|s3)[\w-]*|data-dir|selinux|system-default-registry|private-registry|default-local-storage-path|resolv-conf|log|alsologtostderr|v|vmodule|pause-image|container-runtime-endpoint|prefer-bundled-bin|embedded-registry)\+?$/;

const quoted = (value: string): string => (value.startsWith('"') ? String(JSON.parse(value)) : value);

/** Whether a part of a document has no part in what a run, or the model, is asked for; its value as `ConfigPart` has it. */
export const isHarmlessPart = (unit: string, key: string, value: string): boolean => {
  // A part of that name says that a kubelet attaches volumes itself.
  if (key === 'enableControllerAttachDetach') return false;
  if (unit === 'KubeletConfiguration') return harmlessFields.has(key) || fields.has(key);
  if (/^(?:Cluster|Init|Join)Configuration$/.test(unit)) return ofKubeadm.test(key);
  if (!unit.startsWith('Pod ')) return ofDistribution.test(key);
  const probe = kubeadmProbe[key.replace(/^containers\.[^.]+\./, '')];
  return (
    ofPod.test(key) ||
    probe?.includes(value) === true ||
    ofPodValue[key]?.test(quoted(value).replace(goRunner, '')) === true
  );
};

/** Fields of a KubeProxyConfiguration that say where it listens and what it writes, or whose packets it marks. */
export const harmlessOfProxy =
  /^(?:metricsBindAddress|healthzBindAddress|bindAddressHardFail|hostnameOverride|clusterCIDR|detectLocal\S*|logging\.\S+|showHiddenMetricsForVersion|(?:iptables|nftables|ipvs)\.(?:masquerade\w+)|clientConnection\.(?:kubeconfig|contentType|acceptContentTypes))$/;
