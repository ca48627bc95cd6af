/**
 * Of agents, where no other is asked for: Kubernetes' own test server, by digest, for its image holds a shell and nsenter.
 * @see kubernetes test/utils/image/manifest.go at v1.34.4, test/images/agnhost/Dockerfile
 */
export const defaultAgentImage =
  'registry.k8s.io/e2e-test-images/agnhost:2.56@sha256:352a050380078cb2a1c246357a0dfa2fcf243ee416b92ff28b44a01d1b4b0294';
