import type { Component } from './types.ts';

/*
 * Flags that a component has or had, v1.11 to v1.37, as its sources register them: those that may stand alone, being
 * booleans, and those that take the next word where they bring no value.
 * @see kubernetes cmd/<component>/app; apiserver pkg/server/options; component-base; cloud-provider; klog; cadvisor
 */
type Flags = { readonly alone: string; readonly valued: string };

const common: Flags = {
  alone: `
    add-dir-header alsologtostderr help logtostderr one-output skip-headers skip-log-headers version
  `,
  valued: `
    log-backtrace-at log-dir log-file log-file-max-size log-flush-frequency stderr-threshold stderrthreshold v
    vmodule
  `,
};

const own: Readonly<Record<Component, Flags>> = {
  'kube-controller-manager': {
    alone: `
    allocate-node-cidrs allow-untagged-cloud also-stdout authentication-skip-lookup
    authentication-tolerate-lookup-failure configure-cloud-routes contention-profiling
    disable-attach-detach-reconcile-sync disable-force-detach-on-timeout disable-http2-serving
    enable-dynamic-provisioning enable-garbage-collector enable-hostpath-provisioner enable-leader-migration
    enable-taint-manager experimental-logging-sanitization horizontal-pod-autoscaler-use-rest-clients leader-elect
    log-json-split-stream log-text-split-stream permit-address-sharing permit-port-sharing profiling redirect-stderr
    use-service-account-credentials volume-host-allow-local-loopback
    `,
    valued: `
    address allow-metric-labels allow-metric-labels-manifest attach-detach-reconcile-sync-period
    authentication-kubeconfig authentication-token-webhook-cache-ttl authorization-always-allow-paths
    authorization-kubeconfig authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
    bind-address cert-dir cidr-allocator-type client-ca-file cloud-config cloud-provider
    cloud-provider-gce-l7lb-src-cidrs cloud-provider-gce-lb-src-cidrs cluster-cidr cluster-name
    cluster-signing-cert-file cluster-signing-duration cluster-signing-key-file
    cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
    cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
    cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
    cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file concurrent-cron-job-syncs
    concurrent-daemonset-syncs concurrent-deployment-syncs concurrent-device-taint-eviction-syncs
    concurrent-disruption-syncs concurrent-endpoint-syncs concurrent-ephemeralvolume-syncs concurrent-gc-syncs
    concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs concurrent-namespace-syncs
    concurrent-node-status-updates concurrent-node-syncs concurrent-replicaset-syncs concurrent-resource-quota-syncs
    concurrent-resourceclaim-syncs concurrent-service-endpoint-syncs concurrent-service-syncs
    concurrent-serviceaccount-token-syncs concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs
    concurrent-validating-admission-policy-status-syncs controller-start-interval controllers deleting-pods-burst
    deleting-pods-qps deployment-controller-sync-period disabled-metrics emulated-version
    endpoint-updates-batch-period endpointslice-updates-batch-period experimental-cluster-signing-duration
    external-cloud-volume-plugin feature-gates flex-volume-plugin-dir flush-interval
    horizontal-pod-autoscaler-cpu-initialization-period horizontal-pod-autoscaler-downscale-delay
    horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
    horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance
    horizontal-pod-autoscaler-upscale-delay http2-max-streams-per-connection insecure-bind-address
    insecure-experimental-approve-all-kubelet-csrs-for-group insecure-port kube-api-burst kube-api-content-type
    kube-api-qps kubeconfig large-cluster-size-threshold leader-elect-lease-duration leader-elect-renew-deadline
    leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace leader-elect-retry-period
    leader-migration-config legacy-service-account-token-clean-up-period log-file-age log-file-size
    log-json-info-buffer-size log-text-info-buffer-size logging-format master max-endpoints-per-slice
    min-compatibility-version min-resync-period mirroring-concurrent-service-endpoint-syncs
    mirroring-endpointslice-updates-batch-period mirroring-max-endpoints-per-subset namespace-sync-period
    node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 node-eviction-rate
    node-monitor-grace-period node-monitor-period node-startup-grace-period node-status-update-frequency
    node-sync-period pod-eviction-timeout port pv-recycler-increment-timeout-nfs pv-recycler-maximum-retry
    pv-recycler-minimum-timeout-hostpath pv-recycler-minimum-timeout-nfs pv-recycler-pod-template-filepath-hostpath
    pv-recycler-pod-template-filepath-nfs pv-recycler-timeout-increment-hostpath pvclaimbinder-sync-period
    register-retry-count requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix
    requestheader-group-headers requestheader-uid-headers requestheader-username-headers resource-quota-sync-period
    root-ca-file route-reconciliation-period secondary-node-eviction-rate secure-port
    service-account-private-key-file service-cluster-ip-range show-hidden-metrics-for-version
    terminated-pod-gc-threshold tls-cert-file tls-cipher-suites tls-curve-preferences tls-min-version
    tls-private-key-file tls-sni-cert-key unhealthy-zone-threshold volume-host-cidr-denylist
    `,
  },
  'kube-apiserver': {
    alone: `
    aggregator-reject-forwarding-redirect allocate-node-cidrs allow-privileged allow-untagged-cloud also-stdout
    anonymous-auth audit-dynamic-configuration audit-log-compress authentication-skip-lookup
    authentication-tolerate-lookup-failure configure-cloud-routes contention-profiling disable-http2-serving
    emulation-forward-compatible enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector
    enable-inflight-quota-handler enable-logs-handler enable-priority-and-fairness enable-swagger-ui
    encryption-provider-config-automatic-reload etcd-quorum-read experimental-logging-sanitization kubelet-https
    leader-elect log-json-split-stream log-text-split-stream permit-address-sharing permit-port-sharing profiling
    redirect-stderr repair-malformed-updates runtime-config-emulation-forward-compatible
    service-account-extend-token-expiration service-account-lookup shutdown-send-retry-after
    use-service-account-credentials watch-cache
    `,
    valued: `
    address admission-control admission-control-config-file advertise-address allow-metric-labels
    allow-metric-labels-manifest api-audiences apiserver-count audit-id audit-log-format audit-log-maxage
    audit-log-maxbackup audit-log-maxsize audit-log-path audit-log-version audit-policy-file
    audit-webhook-batch-initial-backoff audit-webhook-config-file audit-webhook-initial-backoff
    audit-webhook-version authentication-config authentication-kubeconfig authentication-token-webhook-cache-ttl
    authentication-token-webhook-config-file authentication-token-webhook-version authorization-always-allow-paths
    authorization-kubeconfig authorization-mode authorization-policy-file authorization-webhook-cache-authorized-ttl
    authorization-webhook-cache-unauthorized-ttl authorization-webhook-config-file authorization-webhook-version
    basic-auth-file bind-address cert-dir cidr-allocator-type client-ca-file cloud-config cloud-provider
    cloud-provider-gce-l7lb-src-cidrs cloud-provider-gce-lb-src-cidrs cluster-cidr cluster-name
    concurrent-node-status-updates concurrent-node-syncs concurrent-service-syncs
    coordinated-leadership-lease-duration coordinated-leadership-renew-deadline coordinated-leadership-retry-period
    cors-allowed-origins debug-socket-path default-not-ready-toleration-seconds
    default-unreachable-toleration-seconds default-watch-cache-size delete-collection-workers
    deserialization-cache-size disable-admission-plugins disabled-metrics egress-selector-config-file
    emulated-version enable-admission-plugins encryption-provider-config endpoint-reconciler-type etcd-cafile
    etcd-certfile etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval
    etcd-healthcheck-timeout etcd-keyfile etcd-prefix etcd-readycheck-timeout etcd-servers etcd-servers-overrides
    event-count event-ttl experimental-encryption-provider-config external-cloud-volume-plugin external-hostname
    feature-gates flush-interval goaway-chance http2-max-streams-per-connection identity-lease-duration-seconds
    identity-lease-renew-interval-seconds insecure-bind-address insecure-port kubeconfig
    kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-port
    kubelet-preferred-address-types kubelet-read-only-port kubelet-timeout kubernetes-service-node-port
    leader-elect-lease-duration leader-elect-renew-deadline leader-elect-resource-lock leader-elect-resource-name
    leader-elect-resource-namespace leader-elect-retry-period lease-reuse-duration-seconds livez-grace-period
    log-file-age log-file-size log-json-info-buffer-size log-text-info-buffer-size logging-format master
    master-service-namespace max-connection-bytes-per-sec max-mutating-requests-inflight max-requests-inflight
    min-compatibility-version min-request-timeout node-monitor-period node-status-update-frequency node-sync-period
    oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim
    oidc-signing-algs oidc-username-claim oidc-username-prefix peer-advertise-ip peer-advertise-port peer-ca-file
    port proxy-client-cert-file proxy-client-key-file request-timeout requestheader-allowed-names
    requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers
    requestheader-uid-headers requestheader-username-headers route-reconciliation-period runtime-config secure-port
    service-account-api-audiences service-account-issuer service-account-jwks-uri service-account-key-file
    service-account-max-token-expiration service-account-signing-endpoint service-account-signing-key-file
    service-cluster-ip-range service-node-port-range show-hidden-metrics-for-version shutdown-delay-duration
    shutdown-watch-termination-grace-period ssh-keyfile ssh-user storage-backend storage-initialization-timeout
    storage-media-type storage-versions strict-transport-security-directives sub target-ram-mb tls-cert-file
    tls-cipher-suites tls-curve-preferences tls-min-version tls-private-key-file tls-sni-cert-key token-auth-file
    tracing-config-file watch-cache-sizes
    `,
  },
  kubelet: {
    alone: `
    allow-privileged also-stdout anonymous-auth authentication-token-webhook cgroups-per-qos containerized
    contention-profiling cpu-cfs-quota docker-disable-shared-pid docker-only docker-tls
    enable-cadvisor-json-endpoints enable-controller-attach-detach enable-debugging-handlers enable-load-reader
    enable-server exit-on-lock-contention experimental-allocatable-ignore-eviction
    experimental-check-node-capabilities-before-mount experimental-dockershim experimental-fail-swap-on
    experimental-kernel-memcg-notification experimental-logging-sanitization fail-cgroupv1 fail-swap-on
    keep-terminated-pod-volumes kernel-memcg-notification leader-elect local-storage-capacity-isolation
    log-cadvisor-usage log-json-split-stream log-text-split-stream make-iptables-util-chains protect-kernel-defaults
    really-crash-for-testing redirect-container-streaming redirect-stderr register-node register-schedulable
    rotate-certificates rotate-server-certificates runonce seccomp-default serialize-image-pulls
    storage-driver-secure windows-service
    `,
    valued: `
    address allow-metric-labels allow-metric-labels-manifest allowed-unsafe-sysctls application-metrics-count-limit
    authentication-token-webhook-cache-ttl authorization-mode authorization-webhook-cache-authorized-ttl
    authorization-webhook-cache-unauthorized-ttl azure-container-registry-config boot-id-file
    bootstrap-checkpoint-path bootstrap-kubeconfig cadvisor-port cert-dir cgroup-driver cgroup-root chaos-chance
    client-ca-file cloud-config cloud-provider cluster-dns cluster-domain cni-bin-dir cni-cache-dir cni-conf-dir
    config config-dir container-hints container-log-max-files container-log-max-size container-runtime
    container-runtime-endpoint containerd containerd-namespace cpu-cfs-quota-period cpu-manager-policy
    cpu-manager-policy-options cpu-manager-reconcile-period disabled-metrics docker docker-endpoint
    docker-env-metadata-whitelist docker-root docker-tls-ca docker-tls-cert docker-tls-key dynamic-config-dir
    emulated-version enforce-node-allocatable event-burst event-qps event-storage-age-limit
    event-storage-event-limit eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim
    eviction-pressure-transition-period eviction-soft eviction-soft-grace-period experimental-bootstrap-kubeconfig
    experimental-dockershim-root-directory experimental-mounter-path feature-gates file-check-frequency
    flush-interval global-housekeeping-interval hairpin-mode healthz-bind-address healthz-port host-ipc-sources
    host-network-sources host-pid-sources hostname-override housekeeping-interval http-check-frequency
    image-credential-provider-bin-dir image-credential-provider-config image-gc-high-threshold
    image-gc-low-threshold image-pull-progress-deadline image-service-endpoint iptables-drop-bit
    iptables-masquerade-bit kube-api-burst kube-api-content-type kube-api-qps kube-reserved kube-reserved-cgroup
    kubeconfig kubelet-cgroups leader-elect-lease-duration leader-elect-renew-deadline leader-elect-resource-lock
    leader-elect-resource-name leader-elect-resource-namespace leader-elect-retry-period lock-file log-file-age
    log-file-size log-json-info-buffer-size log-text-info-buffer-size logging-format machine-id-file manifest-url
    manifest-url-header master-service-namespace max-open-files max-pods maximum-dead-containers
    maximum-dead-containers-per-container memory-manager-policy min-compatibility-version
    minimum-container-ttl-duration minimum-image-ttl-duration network-plugin network-plugin-mtu node-ip node-labels
    node-status-max-images node-status-update-frequency non-masquerade-cidr oom-score-adj pod-cidr
    pod-infra-container-image pod-manifest-path pod-max-pids pods-per-core port provider-id qos-reserved
    read-only-port register-with-taints registry-burst registry-qps reserved-cpus reserved-memory resolv-conf
    root-dir runtime-cgroups runtime-request-timeout seccomp-profile-root show-hidden-metrics-for-version
    storage-driver-buffer-duration storage-driver-db storage-driver-host storage-driver-password
    storage-driver-table storage-driver-user streaming-connection-idle-timeout sync-frequency system-cgroups
    system-reserved system-reserved-cgroup tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file
    topology-manager-policy topology-manager-policy-options topology-manager-scope volume-plugin-dir
    volume-stats-agg-period windows-priorityclass
    `,
  },
};

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const kinds = (component: Component): ReadonlyMap<string, 'alone' | 'valued'> =>
  new Map([
    ...words(`${common.alone} ${own[component].alone}`).map((name) => [name, 'alone'] as const),
    ...words(`${common.valued} ${own[component].valued}`).map((name) => [name, 'valued'] as const),
  ]);

const flags = {
  'kube-controller-manager': kinds('kube-controller-manager'),
  'kube-apiserver': kinds('kube-apiserver'),
  kubelet: kinds('kubelet'),
};

/** What a flag of a component does with the next word where it brings no value of its own; null: no flag of it is known. */
export const flagKind = (component: Component, name: string): 'alone' | 'valued' | null =>
  flags[component].get(name) ?? null;
