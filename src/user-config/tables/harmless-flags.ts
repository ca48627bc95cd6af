import type { Component } from '../types.ts';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Logs that go where they went, and profiles, of every component. */
const ofAll = names(`v help version profiling contention-profiling log-flush-frequency skip-headers add-dir-header
  one-output skip-log-headers alsologtostderr`);

/**
 * Flags that a run may leave out in silence, with every value that a component surely takes: in a cluster that runs they have
 * no part in heartbeats, detection and evictions, nor in whom clients reach.
 * @see kubernetes cmd/kube-controller-manager/app/options, cmd/kube-apiserver/app/options, cmd/kubelet/app/options, v1.11 to v1.37
 */
export const harmlessFlags: Readonly<Record<Component, ReadonlySet<string>>> = {
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

/**
 * Feature gates likewise, with both values of each: what they change is written, logged, counted or served to people, or is
 * none of Linux.
 * @see kubernetes pkg/features/kube_features.go and those of apiserver and component-base, v1.11 to v1.37
 */
export const harmlessGates: ReadonlySet<string> = new Set(
  names(`APIResponseCompression RemainingItemCount StorageVersionHash WarningHeaders ContextualLogging ComponentSLIs
    ComponentFlagz ComponentStatusz APIServerTracing KubeletTracing DisableAcceleratorUsageMetrics TTLAfterFinished
    NodeLogQuery ContainerCheckpoint NativeHistograms WinDSR WinOverlay WindowsGMSA WindowsRunAsUserName
    WindowsHostProcessContainers WindowsGracefulNodeShutdown RotateKubeletServerCertificate`),
);

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
