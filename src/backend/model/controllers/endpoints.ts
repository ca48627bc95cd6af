import { deadConnectionUs, endpointRetryUs, watchUs } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { EndpointCounts } from '../engine/sink.ts';
import type { Pod } from '../engine/state.ts';
import { type ApiClient, newRequest } from '../network/apiserver.ts';

/** The Service's endpoints, all slices together. */
export type Endpoints = {
  readonly ready: readonly Pod[];
  /** Of those being deleted, the ones that still serve. */
  readonly servingTerminating: readonly Pod[];
  readonly counts: EndpointCounts;
};

export const noEndpoints: Endpoints = {
  ready: [],
  servingTerminating: [],
  counts: { ready: 0, notReady: 0, terminating: 0 },
};

const endpointsOf = (pods: Iterable<Pod>): Endpoints => {
  const placed = [...pods].filter(({ seen, gone }) => seen.node !== null && !gone);
  const ready = placed.filter(({ seen }) => seen.ready && !seen.deleting);
  const terminating = placed.filter(({ seen }) => seen.deleting);
  return {
    ready,
    servingTerminating: terminating.filter(({ seen }) => seen.ready),
    counts: {
      ready: ready.length,
      notReady: placed.length - ready.length - terminating.length,
      terminating: terminating.length,
    },
  };
};

const same = (a: Endpoints, b: Endpoints): boolean =>
  a.ready.length === b.ready.length &&
  a.ready.every((pod, index) => pod === b.ready[index]) &&
  a.counts.notReady === b.counts.notReady &&
  a.counts.terminating === b.counts.terminating &&
  a.servingTerminating.length === b.servingTerminating.length;

/** The slices as the API server has them, and who watches them. */
export type Slices = {
  readonly write: (endpoints: Endpoints) => void;
  readonly current: () => Endpoints;
  readonly watch: (listener: (endpoints: Endpoints) => void) => void;
};

export const createSlices = (simulation: Pick<Simulation, 'clock'>): Slices => {
  const watchers: ((endpoints: Endpoints) => void)[] = [];
  let current = noEndpoints;
  const notify = (endpoints: Endpoints): void => {
    for (const listener of watchers) listener(endpoints);
  };
  return {
    current: () => current,
    watch: (listener) => watchers.push(listener),
    write: (endpoints) => {
      if (same(endpoints, current)) return;
      current = endpoints;
      simulation.clock.at(simulation.clock.now() + watchUs, notify, endpoints);
    },
  };
};

/**
 * The endpoint slice controller: a sync at every change of a pod, one at a time; after an error again in 1, 2, 4 … s.
 * @see kubernetes pkg/controller/endpointslice
 */
export const createEndpointController = (
  simulation: Simulation,
  client: ApiClient,
  slices: Slices,
  isAlive: () => boolean,
): { readonly sync: () => void } => {
  const { api, clock, pods } = simulation;
  let writing = false;
  let dirty = false;
  let retryUs = endpointRetryUs;
  const sync = (): void => {
    if (!isAlive()) return;
    dirty = writing;
    if (writing) return;
    const wanted = endpointsOf(pods);
    if (same(wanted, slices.current())) return;
    writing = true;
    const commit = (): 'ok' => {
      slices.write(wanted);
      return 'ok';
    };
    const done = (_: unknown, reply: string): void => {
      writing = false;
      if (reply !== 'ok') {
        clock.at(clock.now() + retryUs, sync, undefined);
        retryUs *= 2;
        return;
      }
      retryUs = endpointRetryUs;
      if (dirty) sync();
    };
    api.send(newRequest(client, 'write', deadConnectionUs, null, commit, done));
  };
  return { sync };
};
