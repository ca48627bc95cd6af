// Made by tools/kubernetes-flags.ts from the sources of Kubernetes; not to be edited.

/**
 * Flags by how their value is read, and by the minors of v1 in which a component has them, first to last; `?`: not
 * known of those.
 */
export const flagTable = {
  'kube-controller-manager': {
    boolean: `
    ?11-12 13-25: skip-headers
    ?11-12 19-37: permit-port-sharing
    ?11-12 20-23: experimental-logging-sanitization
    ?11-12 20-30: volume-host-allow-local-loopback
    ?11-12 21-37: enable-leader-migration permit-address-sharing
    ?11-12 23-37: log-json-split-stream
    ?11-12 30-37: disable-force-detach-on-timeout log-text-split-stream
    ?11-12 31-37: disable-http2-serving
    ?11-13 14-37: authentication-tolerate-lookup-failure
    ?11-19 20-25: add-dir-header one-output skip-log-headers
    11-21: horizontal-pod-autoscaler-use-rest-clients
    11-25: alsologtostderr logtostderr
    11-26: enable-taint-manager
    11-37: allocate-node-cidrs allow-untagged-cloud authentication-skip-lookup configure-cloud-routes
      contention-profiling disable-attach-detach-reconcile-sync enable-dynamic-provisioning enable-garbage-collector
      enable-hostpath-provisioner help leader-elect profiling use-service-account-credentials version
    `,
    duration: `
    ?11 12-37: horizontal-pod-autoscaler-cpu-initialization-period horizontal-pod-autoscaler-downscale-stabilization
      horizontal-pod-autoscaler-initial-readiness-delay
    ?11-12 16-37: endpoint-updates-batch-period
    ?11-12 18-37: endpointslice-updates-batch-period
    ?11-12 19-37: cluster-signing-duration mirroring-endpointslice-updates-batch-period
    ?11-12 28-37: legacy-service-account-token-clean-up-period
    ?11-12 35-37: controller-shutdown-timeout
    11-23: deployment-controller-sync-period
    11-24: experimental-cluster-signing-duration
    11-26: pod-eviction-timeout
    11-30: horizontal-pod-autoscaler-downscale-delay horizontal-pod-autoscaler-upscale-delay
    11-37: attach-detach-reconcile-sync-period authentication-token-webhook-cache-ttl
      authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
      controller-start-interval horizontal-pod-autoscaler-sync-period leader-elect-lease-duration
      leader-elect-renew-deadline leader-elect-retry-period log-flush-frequency min-resync-period
      namespace-sync-period node-monitor-grace-period node-monitor-period node-startup-grace-period node-sync-period
      pvclaimbinder-sync-period resource-quota-sync-period route-reconciliation-period
    `,
    integer: `
    ?11 12-37: concurrent-ttl-after-finished-syncs
    ?11-12 16-37: concurrent-service-endpoint-syncs concurrent-statefulset-syncs max-endpoints-per-slice
    ?11-12 17-37: node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6
    ?11-12 19-37: mirroring-concurrent-service-endpoint-syncs mirroring-max-endpoints-per-subset
    ?11-12 23-37: concurrent-ephemeralvolume-syncs
    ?11-12 26-37: concurrent-horizontal-pod-autoscaler-syncs
    ?11-12 28-37: concurrent-cron-job-syncs concurrent-job-syncs concurrent-validating-admission-policy-status-syncs
    ?11-12 32-37: concurrent-daemonset-syncs
    ?11-12 35-37: concurrent-device-taint-eviction-syncs
    ?11-12 36-37: concurrent-resourceclaim-syncs
    ?11-12 37: concurrent-disruption-syncs
    11-23: port
    11-24: deleting-pods-burst register-retry-count
    11-36: concurrent-service-syncs
    11-37: concurrent-deployment-syncs concurrent-endpoint-syncs concurrent-gc-syncs concurrent-namespace-syncs
      concurrent-rc-syncs concurrent-replicaset-syncs concurrent-resource-quota-syncs
      concurrent-serviceaccount-token-syncs http2-max-streams-per-connection kube-api-burst
      large-cluster-size-threshold node-cidr-mask-size pv-recycler-increment-timeout-nfs
      pv-recycler-minimum-timeout-hostpath pv-recycler-minimum-timeout-nfs pv-recycler-timeout-increment-hostpath
      secure-port terminated-pod-gc-threshold
    `,
    number: `
    11-24: deleting-pods-qps
    11-37: horizontal-pod-autoscaler-tolerance kube-api-qps node-eviction-rate secondary-node-eviction-rate
      unhealthy-zone-threshold
    `,
    text: `
    11-12: insecure-experimental-approve-all-kubelet-csrs-for-group
    ?11 12-37: authorization-always-allow-paths
    ?11-12 13-25: log-file
    ?11-12 13-30: cloud-provider-gce-lb-src-cidrs
    ?11-12 16-37: leader-elect-resource-name leader-elect-resource-namespace
    ?11-12 18-37: show-hidden-metrics-for-version
    ?11-12 19-37: cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
      cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
      cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
      cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file logging-format
    ?11-12 20-30: volume-host-cidr-denylist
    ?11-12 21-37: allow-metric-labels disabled-metrics leader-migration-config
    ?11-12 23-37: log-json-info-buffer-size
    ?11-12 29-37: allow-metric-labels-manifest
    ?11-12 30-37: log-text-info-buffer-size
    ?11-12 31-37: emulated-version
    ?11-12 32-37: requestheader-uid-headers
    ?11-12 35-37: min-compatibility-version
    ?11-12 36-37: tls-curve-preferences
    ?11-19 20-25: log-file-max-size
    11-23: address
    11-25: log-backtrace-at log-dir stderrthreshold
    11-37: authentication-kubeconfig authorization-kubeconfig bind-address cert-dir cidr-allocator-type client-ca-file
      cloud-config cloud-provider cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file
      controllers external-cloud-volume-plugin feature-gates flex-volume-plugin-dir kube-api-content-type kubeconfig
      leader-elect-resource-lock master pv-recycler-pod-template-filepath-hostpath
      pv-recycler-pod-template-filepath-nfs requestheader-allowed-names requestheader-client-ca-file
      requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers root-ca-file
      service-account-private-key-file service-cluster-ip-range tls-cert-file tls-cipher-suites tls-min-version
      tls-private-key-file tls-sni-cert-key v vmodule
    `,
  },
  'kube-apiserver': {
    boolean: `
    11-12: etcd-quorum-read
    ?11-12 13-18: audit-dynamic-configuration
    ?11-12 13-25: skip-headers
    ?11-12 15-17: enable-inflight-quota-handler
    ?11-12 18-37: enable-priority-and-fairness
    ?11-12 19-37: permit-port-sharing service-account-extend-token-expiration
    ?11-12 20-23: experimental-logging-sanitization
    ?11-12 20-37: audit-log-compress
    ?11-12 21-37: permit-address-sharing
    ?11-12 23-37: log-json-split-stream shutdown-send-retry-after
    ?11-12 26-37: encryption-provider-config-automatic-reload
    ?11-12 30-37: log-text-split-stream
    ?11-12 31-37: disable-http2-serving
    ?11-12 33-37: emulation-forward-compatible runtime-config-emulation-forward-compatible
    ?11-12 ?22-25 26-37: aggregator-reject-forwarding-redirect
    11-13: repair-malformed-updates
    ?11-19 20-25: add-dir-header one-output skip-log-headers
    11-21: kubelet-https
    11-23: enable-swagger-ui
    11-25: alsologtostderr logtostderr
    11-37: allow-privileged anonymous-auth audit-log-batch-throttle-enable audit-log-truncate-enabled
      audit-webhook-batch-throttle-enable audit-webhook-truncate-enabled contention-profiling
      enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector enable-logs-handler help
      profiling service-account-lookup version watch-cache
    `,
    duration: `
    ?11 12-37: service-account-max-token-expiration
    ?11-12 16-37: livez-grace-period shutdown-delay-duration
    ?11-12 19-37: etcd-db-metric-poll-interval
    ?11-12 20-37: etcd-healthcheck-timeout
    ?11-12 25-37: etcd-readycheck-timeout
    ?11-12 27-37: shutdown-watch-termination-grace-period
    ?11-12 31-37: storage-initialization-timeout
    ?11-12 34-37: coordinated-leadership-lease-duration coordinated-leadership-renew-deadline
      coordinated-leadership-retry-period
    11-37: audit-log-batch-max-wait audit-webhook-batch-initial-backoff audit-webhook-batch-max-wait
      audit-webhook-initial-backoff authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
      authorization-webhook-cache-unauthorized-ttl etcd-compaction-interval etcd-count-metric-poll-period event-ttl
      kubelet-timeout log-flush-frequency request-timeout
    `,
    integer: `
    ?11-12 20-25: identity-lease-duration-seconds identity-lease-renew-interval-seconds
    ?11-12 ?18-20 21-37: lease-reuse-duration-seconds
    11-23: deserialization-cache-size insecure-port port target-ram-mb
    11-37: apiserver-count audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-throttle-burst
      audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-truncate-max-batch-size
      audit-log-truncate-max-event-size audit-webhook-batch-buffer-size audit-webhook-batch-max-size
      audit-webhook-batch-throttle-burst audit-webhook-truncate-max-batch-size audit-webhook-truncate-max-event-size
      default-not-ready-toleration-seconds default-unreachable-toleration-seconds default-watch-cache-size
      delete-collection-workers http2-max-streams-per-connection kubelet-port kubelet-read-only-port
      kubernetes-service-node-port max-connection-bytes-per-sec max-mutating-requests-inflight max-requests-inflight
      min-request-timeout secure-port
    `,
    number: `
    ?11-12 18-37: goaway-chance
    11-37: audit-log-batch-throttle-qps audit-webhook-batch-throttle-qps
    `,
    text: `
    ?11-12 13-25: log-file
    ?11-12 13-30: cloud-provider-gce-lb-src-cidrs
    ?11-12 13-37: api-audiences encryption-provider-config
    ?11-12 16-37: egress-selector-config-file
    ?11-12 17-30: cloud-provider-gce-l7lb-src-cidrs
    ?11-12 17-37: authentication-token-webhook-version authorization-webhook-version show-hidden-metrics-for-version
    ?11-12 18-37: service-account-jwks-uri
    ?11-12 19-37: logging-format
    ?11-12 21-37: allow-metric-labels disabled-metrics strict-transport-security-directives
    ?11-12 22-37: tracing-config-file
    ?11-12 23-37: log-json-info-buffer-size
    ?11-12 27-37: debug-socket-path
    ?11-12 28-37: peer-advertise-ip peer-advertise-port peer-ca-file
    ?11-12 29-37: allow-metric-labels-manifest authentication-config authorization-config
    ?11-12 30-37: log-text-info-buffer-size
    ?11-12 31-37: emulated-version
    ?11-12 32-37: requestheader-uid-headers service-account-signing-endpoint
    ?11-12 35-37: min-compatibility-version
    ?11-12 36-37: tls-curve-preferences
    11-13: storage-versions
    11-18: basic-auth-file
    ?11-19 20-25: log-file-max-size
    11-21: ssh-keyfile ssh-user
    11-23: address experimental-encryption-provider-config insecure-bind-address
    11-24: service-account-api-audiences
    11-25: log-backtrace-at log-dir stderrthreshold
    11-26: master-service-namespace
    11-32: cloud-config cloud-provider
    11-37: admission-control admission-control-config-file advertise-address audit-log-format audit-log-mode
      audit-log-path audit-log-version audit-policy-file audit-webhook-config-file audit-webhook-mode
      audit-webhook-version authentication-token-webhook-config-file authorization-mode authorization-policy-file
      authorization-webhook-config-file bind-address cert-dir client-ca-file cors-allowed-origins
      disable-admission-plugins enable-admission-plugins endpoint-reconciler-type etcd-cafile etcd-certfile
      etcd-keyfile etcd-prefix etcd-servers etcd-servers-overrides external-hostname feature-gates
      kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types
      oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim
      oidc-signing-algs oidc-username-claim oidc-username-prefix proxy-client-cert-file proxy-client-key-file
      requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix
      requestheader-group-headers requestheader-username-headers runtime-config service-account-issuer
      service-account-key-file service-account-signing-key-file service-cluster-ip-range service-node-port-range
      storage-backend storage-media-type tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file
      tls-sni-cert-key token-auth-file v vmodule watch-cache-sizes
    `,
  },
  kubelet: {
    boolean: `
    11: docker-disable-shared-pid
    11-13: experimental-fail-swap-on
    11-14: allow-privileged
    11-15: containerized
    11-18: experimental-dockershim
    ?11-19 20-25: add-dir-header one-output skip-log-headers
    11-21: redirect-container-streaming
    11-23: docker-only docker-tls experimental-check-node-capabilities-before-mount really-crash-for-testing
    11-24: experimental-kernel-memcg-notification
    11-25: alsologtostderr logtostderr
    11-30: keep-terminated-pod-volumes
    11-33: register-schedulable
    11-36: enable-load-reader log-cadvisor-usage storage-driver-secure
    11-37: anonymous-auth authentication-token-webhook cgroups-per-qos contention-profiling cpu-cfs-quota
      enable-controller-attach-detach enable-debugging-handlers enable-server exit-on-lock-contention
      experimental-allocatable-ignore-eviction fail-swap-on help make-iptables-util-chains protect-kernel-defaults
      register-node rotate-certificates runonce serialize-image-pulls version
    12-37: rotate-server-certificates
    13-25: skip-headers
    15-20: enable-cadvisor-json-endpoints
    19-37: kernel-memcg-notification
    20-23: experimental-logging-sanitization
    22-37: seccomp-default
    23-37: log-json-split-stream
    25-37: local-storage-capacity-isolation
    30-37: log-text-split-stream
    31-37: fail-cgroupv1
    `,
    duration: `
    11-23: image-pull-progress-deadline
    11-37: authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
      authorization-webhook-cache-unauthorized-ttl cpu-manager-reconcile-period eviction-pressure-transition-period
      file-check-frequency http-check-frequency log-flush-frequency minimum-container-ttl-duration
      minimum-image-ttl-duration node-status-update-frequency runtime-request-timeout
      streaming-connection-idle-timeout sync-frequency volume-stats-agg-period
    12-37: cpu-cfs-quota-period
    `,
    integer: `
    11: cadvisor-port
    11-23: network-plugin-mtu
    11-30: iptables-drop-bit iptables-masquerade-bit
    11-37: container-log-max-files event-burst event-qps eviction-max-pod-grace-period healthz-port
      image-gc-high-threshold image-gc-low-threshold kube-api-burst kube-api-qps max-open-files max-pods
      maximum-dead-containers maximum-dead-containers-per-container node-status-max-images oom-score-adj pod-max-pids
      pods-per-core port read-only-port registry-burst registry-qps
    `,
    number: `
    11-21: chaos-chance
    `,
    text: `
    11-12: google-json-key
    11-14: host-ipc-sources host-network-sources host-pid-sources
    11-18: bootstrap-checkpoint-path
    ?11-19 20-25: log-file-max-size
    11-22: experimental-bootstrap-kubeconfig seccomp-profile-root
    11-23: cni-bin-dir cni-conf-dir docker docker-endpoint docker-env-metadata-whitelist docker-root docker-tls-ca
      docker-tls-cert docker-tls-key dynamic-config-dir experimental-dockershim-root-directory network-plugin
      non-masquerade-cidr
    11-25: log-backtrace-at log-dir stderrthreshold
    11-26: container-runtime master-service-namespace
    11-29: azure-container-registry-config
    11-33: cloud-config
    11-34: pod-infra-container-image
    11-36: application-metrics-count-limit boot-id-file container-hints containerd event-storage-age-limit
      event-storage-event-limit global-housekeeping-interval housekeeping-interval machine-id-file
      storage-driver-buffer-duration storage-driver-db storage-driver-host storage-driver-password
      storage-driver-table storage-driver-user
    11-37: address allowed-unsafe-sysctls authorization-mode bootstrap-kubeconfig cert-dir cgroup-driver cgroup-root
      client-ca-file cloud-provider cluster-dns cluster-domain config container-log-max-size
      container-runtime-endpoint cpu-manager-policy enforce-node-allocatable eviction-hard eviction-minimum-reclaim
      eviction-soft eviction-soft-grace-period experimental-mounter-path feature-gates hairpin-mode
      healthz-bind-address hostname-override image-service-endpoint kube-api-content-type kube-reserved
      kube-reserved-cgroup kubeconfig kubelet-cgroups lock-file manifest-url manifest-url-header node-ip node-labels
      pod-cidr pod-manifest-path provider-id qos-reserved register-with-taints resolv-conf root-dir runtime-cgroups
      system-cgroups system-reserved system-reserved-cgroup tls-cert-file tls-cipher-suites tls-min-version
      tls-private-key-file v vmodule volume-plugin-dir
    13-25: log-file
    16-23: cni-cache-dir
    16-37: topology-manager-policy
    17-37: reserved-cpus
    19-37: logging-format
    20-36: containerd-namespace
    20-37: image-credential-provider-bin-dir image-credential-provider-config topology-manager-scope
    21-37: memory-manager-policy reserved-memory
    22-37: cpu-manager-policy-options
    23-37: log-json-info-buffer-size
    26-37: topology-manager-policy-options
    28-37: config-dir
    30-37: log-text-info-buffer-size
    `,
  },
} as const;
