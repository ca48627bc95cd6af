import type { V1EndpointSlice } from '@kubernetes/client-node';
import type { ObservedEndpoints } from './state.ts';

/**
 * Counts the endpoints of one Service over all of its slices. An unset condition means what the API says it does:
 * `ready` unset is ready, `terminating` unset is not terminating (discovery.k8s.io/v1).
 */
export const countEndpoints = (slices: Iterable<V1EndpointSlice>): ObservedEndpoints => {
  const counted = { ready: 0, notReady: 0, terminating: 0 };
  for (const slice of slices) {
    // A Service without endpoints keeps a slice whose list is null.
    for (const { conditions } of slice.endpoints ?? []) {
      if (conditions?.terminating === true) counted.terminating += 1;
      else if (conditions?.ready === false) counted.notReady += 1;
      else counted.ready += 1;
    }
  }
  return counted;
};
