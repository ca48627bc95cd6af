import { isDeepStrictEqual } from 'node:util';
import type { V1EndpointSlice } from '@kubernetes/client-node';
import type { WatchedObject } from './changes.ts';
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

type Slices = {
  /** null: none was seen yet. */
  readonly now: () => ObservedEndpoints | null;
  readonly changed: (slice: WatchedObject, atMs: number) => void;
  readonly deleted: (slice: WatchedObject, atMs: number) => void;
  readonly listed: (slices: readonly WatchedObject[], atMs: number) => void;
};

/**
 * Keeps the slices of one Service, and calls back with each number of its endpoints that is another one.
 * @param counts whether a slice is one of those that are asked about
 */
export const keepSlices = (
  counts: (slice: V1EndpointSlice) => boolean,
  changedTo: (endpoints: ObservedEndpoints, atMs: number) => void,
): Slices => {
  const slices = new Map<string, V1EndpointSlice>();
  let endpoints: ObservedEndpoints | null = null;
  const count = (atMs: number): void => {
    const before = endpoints;
    const counted = countEndpoints([...slices.values()].filter(counts));
    endpoints = counted;
    if (!isDeepStrictEqual(counted, before)) changedTo(counted, atMs);
  };
  const put = (slice: WatchedObject): void => {
    slices.set(slice.metadata?.name ?? '', slice as unknown as V1EndpointSlice);
  };
  return {
    now: () => endpoints,
    changed: (slice, atMs) => {
      put(slice);
      count(atMs);
    },
    deleted: (slice, atMs) => {
      slices.delete(slice.metadata?.name ?? '');
      count(atMs);
    },
    listed: (objects, atMs) => {
      slices.clear();
      for (const slice of objects) put(slice);
      if (objects.length > 0 || endpoints !== null) count(atMs);
    },
  };
};
