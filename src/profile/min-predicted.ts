/**
 * Below these a setting is taken by its component, and nothing is predicted of it. Kubelets give each request of a heartbeat
 * up after nodeStatusUpdateFrequency, or after the lease's duration where that is shorter, and Kubernetes promises no more
 * than that 99 % of its API calls that write end within 1 s: below that, whether a heartbeat arrives at all depends on the
 * cluster. Leases are renewed every quarter of their duration. Passes of the node monitor take time of their own, which
 * figures leave out: a tenth of the default period.
 * @see kubernetes cmd/kubelet/app/server.go (heartbeatClientConfig.Timeout); sig-scalability/slos/api_call_latency.md
 */
export const minPredictedMs = {
  nodeStatusUpdateFrequency: 1000,
  nodeLeaseDurationSeconds: 4000,
  nodeMonitorPeriod: 500,
} as const;
