import { parseDurationMs } from '../../common/duration.ts';
import type { ValueKind } from '../../profile/index.ts';

/**
 * Defaults of durations, numbers and rates that have no rule of their own, of one component where two differ. Where they
 * are 0 or none, nothing stands here, and every other value is not read.
 * @see `--help` of kube-controller-manager, kube-apiserver and kubelet v1.34.4; of flags that it no longer has, the
 *   command line reference of Kubernetes' documentation for the minors that had them
 */
const defaults: Readonly<Record<string, string>> = {
  'kube-controller-manager authentication-token-webhook-cache-ttl': '10s',
  'kube-controller-manager authorization-webhook-cache-authorized-ttl': '10s',
  'kube-controller-manager authorization-webhook-cache-unauthorized-ttl': '10s',
  'authentication-token-webhook-cache-ttl': '2m',
  'authorization-webhook-cache-authorized-ttl': '5m',
  'authorization-webhook-cache-unauthorized-ttl': '30s',
  'horizontal-pod-autoscaler-cpu-initialization-period': '5m',
  'horizontal-pod-autoscaler-downscale-stabilization': '5m',
  'horizontal-pod-autoscaler-initial-readiness-delay': '30s',
  'horizontal-pod-autoscaler-sync-period': '15s',
  'horizontal-pod-autoscaler-tolerance': '0.1',
  'horizontal-pod-autoscaler-downscale-delay': '5m',
  'horizontal-pod-autoscaler-upscale-delay': '3m',
  'attach-detach-reconcile-sync-period': '1m',
  'legacy-service-account-token-clean-up-period': '8760h',
  'deployment-controller-sync-period': '30s',
  'log-flush-frequency': '5s',
  'min-resync-period': '12h',
  'namespace-sync-period': '5m',
  'pvclaimbinder-sync-period': '15s',
  'resource-quota-sync-period': '5m',
  'route-reconciliation-period': '10s',
  'concurrent-ttl-after-finished-syncs': '5',
  'concurrent-service-endpoint-syncs': '5',
  'concurrent-statefulset-syncs': '5',
  'mirroring-concurrent-service-endpoint-syncs': '5',
  'mirroring-max-endpoints-per-subset': '1000',
  'concurrent-ephemeralvolume-syncs': '5',
  'concurrent-horizontal-pod-autoscaler-syncs': '5',
  'concurrent-cron-job-syncs': '5',
  'concurrent-job-syncs': '5',
  'concurrent-validating-admission-policy-status-syncs': '5',
  'concurrent-daemonset-syncs': '2',
  'concurrent-service-syncs': '1',
  'concurrent-deployment-syncs': '5',
  'concurrent-endpoint-syncs': '5',
  'concurrent-gc-syncs': '20',
  'concurrent-namespace-syncs': '10',
  'concurrent-rc-syncs': '5',
  'concurrent-replicaset-syncs': '5',
  'concurrent-resource-quota-syncs': '5',
  'concurrent-serviceaccount-token-syncs': '5',
  'pv-recycler-increment-timeout-nfs': '30',
  'pv-recycler-minimum-timeout-hostpath': '60',
  'pv-recycler-minimum-timeout-nfs': '300',
  'pv-recycler-timeout-increment-hostpath': '30',
  'etcd-db-metric-poll-interval': '30s',
  'storage-initialization-timeout': '1m',
  'coordinated-leadership-lease-duration': '15s',
  'coordinated-leadership-renew-deadline': '10s',
  'coordinated-leadership-retry-period': '2s',
  'audit-log-batch-buffer-size': '10000',
  'audit-log-truncate-max-batch-size': '10485760',
  'audit-log-truncate-max-event-size': '102400',
  'audit-webhook-batch-buffer-size': '10000',
  'audit-webhook-batch-initial-backoff': '10s',
  'audit-webhook-initial-backoff': '10s',
  'audit-webhook-batch-max-wait': '30s',
  'audit-webhook-batch-throttle-burst': '15',
  'audit-webhook-batch-throttle-qps': '10',
  'audit-webhook-truncate-max-batch-size': '10485760',
  'audit-webhook-truncate-max-event-size': '102400',
  'etcd-compaction-interval': '5m',
  'etcd-count-metric-poll-period': '1m',
  'kubelet-timeout': '5s',
  'lease-reuse-duration-seconds': '60',
  'identity-lease-duration-seconds': '3600',
  'identity-lease-renew-interval-seconds': '10',
  'apiserver-count': '1',
  'delete-collection-workers': '1',
  'cpu-manager-reconcile-period': '10s',
  'eviction-pressure-transition-period': '5m',
  'file-check-frequency': '20s',
  'http-check-frequency': '20s',
  'minimum-image-ttl-duration': '2m',
  'sync-frequency': '1m',
  'volume-stats-agg-period': '1m',
  'image-pull-progress-deadline': '1m',
  'container-log-max-workers': '1',
};

const amountOf = (kind: ValueKind, value: string): number =>
  kind === 'duration' ? (parseDurationMs(value) ?? Number.NaN) : Number(value);

/** How many times smaller or larger than the default a value may be that nobody examined. */
const max = 10;

/** Whether a value is as near to the default as is usual; one that has none is not. */
export const isNearDefault = (component: string, name: string, kind: ValueKind, value: string): boolean => {
  const stated = defaults[`${component} ${name}`] ?? defaults[name];
  if (stated === undefined) return amountOf(kind, value) === 0;
  const share = amountOf(kind, value) / amountOf(kind, stated);
  return share >= 1 / max && share <= max;
};
