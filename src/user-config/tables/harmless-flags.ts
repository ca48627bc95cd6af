import type { Component } from '../types.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Logs that go where they went, and profiles, of every component. */
const ofAll = words(`v help version profiling contention-profiling log-flush-frequency skip-headers add-dir-header
  one-output skip-log-headers alsologtostderr`);

/**
 * Flags that may differ between two sides in silence, with every value that a component surely takes: they have no part in
 * heartbeats, detection, evictions, in whom clients reach, nor in whether a component starts. What does not stand here, and
 * differs, is not known, whatever it is called.
 * @see kubernetes cmd/kube-controller-manager/app/options, cmd/kube-apiserver/app/options, cmd/kubelet/app/options, v1.11 to v1.37
 */
export const harmlessFlags: Readonly<Record<Component, ReadonlySet<string>>> = {
  'kube-controller-manager': new Set([
    ...ofAll,
    ...words(`terminated-pod-gc-threshold concurrent-resource-quota-syncs resource-quota-sync-period
      concurrent-ttl-after-finished-syncs legacy-service-account-token-clean-up-period permit-port-sharing
      permit-address-sharing cluster-signing-duration experimental-cluster-signing-duration tls-min-version
      tls-cipher-suites authorization-always-allow-paths`),
  ]),
  'kube-apiserver': new Set([
    ...ofAll,
    ...words(`audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-compress event-ttl enable-logs-handler
      service-account-lookup service-account-jwks-uri kubelet-preferred-address-types permit-port-sharing
      permit-address-sharing`),
  ]),
  kubelet: new Set([
    ...ofAll,
    ...words(`volume-stats-agg-period streaming-connection-idle-timeout node-status-max-images
      tls-min-version tls-cipher-suites enable-debugging-handlers rotate-server-certificates`),
  ]),
};

/**
 * Flags that kubeadm or k3s pass where no file says them, beside those that bear on whether a component starts: between
 * files of two sources one that is missing says nothing.
 */
export const filledIn: ReadonlySet<string> = new Set(
  words(`authorization-mode enable-bootstrap-token-auth allow-privileged secure-port insecure-port port anonymous-auth
    requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers
    requestheader-username-headers kubelet-preferred-address-types enable-admission-plugins controllers register-with-taints
    node-labels read-only-port eviction-hard eviction-minimum-reclaim authentication-token-webhook authorization-mode
    tls-cipher-suites audit-log-path healthz-bind-address serialize-image-pulls`),
);

/**
 * Feature gates that may differ in silence, with both values of each: what they change is not written, logged, counted or
 * served to people, or is none of Linux.
 * @see kubernetes pkg/features/kube_features.go and those of apiserver and component-base, v1.11 to v1.37
 */
export const harmlessGates: ReadonlySet<string> = new Set(
  words(`APIResponseCompression RemainingItemCount StorageVersionHash WarningHeaders ContextualLogging ComponentSLIs
    ComponentFlagz ComponentStatusz APIServerTracing KubeletTracing DisableAcceleratorUsageMetrics TTLAfterFinished
    NodeLogQuery ContainerCheckpoint NativeHistograms WinDSR WinOverlay WindowsGMSA WindowsRunAsUserName
    WindowsHostProcessContainers WindowsGracefulNodeShutdown RotateKubeletServerCertificate`),
);

/** Fields of a KubeletConfiguration likewise, and those whose differences are told elsewhere, by what they ask and set. */
export const harmlessFields: ReadonlySet<string> = new Set(
  words(`apiVersion kind featureGates
    nodeStatusUpdateFrequency nodeStatusReportFrequency nodeLeaseDurationSeconds registerNode logging
    failSwapOn rotateCertificates enableControllerAttachDetach authentication authorization
    registerWithTaints shutdownGracePeriod shutdownGracePeriodCriticalPods protectKernelDefaults maxPods
    volumeStatsAggPeriod streamingConnectionIdleTimeout nodeStatusMaxImages tlsMinVersion
    tlsCipherSuites enableDebuggingHandlers enableSystemLogHandler enableProfilingHandler enableDebugFlagsHandler
    enableContentionProfiling serverTLSBootstrap`),
);
