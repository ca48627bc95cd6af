import type { CoreV1Event, V1EndpointSlice, V1Lease, V1Node, V1Pod } from '@kubernetes/client-node';
import {
  type ClusterAccess,
  endpointSlicesApi,
  hollowPodSelector,
  leaderIn,
  shortNodeName,
  workloadName,
  workloadNamespace,
  workloadSelector,
} from '../cluster/index.ts';
import { pause } from '../common/wait.ts';
import type { EventBody, WatchedResource } from '../timeline/index.ts';
import type { WatchedObject } from './changes.ts';
import { keepSlices } from './endpoints.ts';
import { seeNode } from './nodes.ts';
import { podGone, seePod } from './pods.ts';
import { followReadyz } from './readyz.ts';
import type { Observed, ObservedNode, ObservedPod } from './state.ts';
import { createWaits, type Waits } from './waits.ts';
import { type WatchHandlers, watchResource } from './watch.ts';

export type Observer = {
  readonly now: () => Observed;
  readonly until: Waits['until'];
  /** Ends every watch, within 5 s. @throws what a handler threw */
  readonly stop: () => Promise<void>;
};

export type ObserverOptions = {
  readonly access: ClusterAccess;
  /** Of kind; '' for a cluster that is none of ours. */
  readonly cluster: string;
  /** null: nothing but nodes and their leases is watched, which takes no right to anything else. */
  readonly workload: Parameters<typeof workloadSelector>[0] | null;
  /** A Service of somebody's, of which the endpoint slices are watched that count, and nothing else. */
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly counts: (slice: V1EndpointSlice) => boolean;
  };
  /** Of a cluster of somebody else: of leases those of nodes alone, of Events those of the workload's namespace. */
  readonly isGuest?: boolean;
  /** Whether hollow nodes have pods, which are watched beside the workload's. */
  readonly hollowPods?: boolean;
  /** What a node is called in the plan; left out: by the cluster's name, as kind does. */
  readonly short?: (name: string) => string;
  /** Exact: some resources have other paths on old versions. */
  readonly kubernetesVersion: string;
  readonly nowMs: () => number;
  readonly record: (body: EventBody, atMs: number) => void;
  /** Called once when a watch can emit no more, for what was seen could not be taken: nothing that follows is known. */
  readonly failed: (thrown: unknown) => void;
  /** Until everything is watched; later, `stop` ends what is. */
  readonly signal: AbortSignal;
};

const stopMs = 4000;

const nodeLeaseNamespace = 'kube-node-lease';

const selected = (api: string, namespace: string, resource: string, selector: string): string =>
  `${api}/namespaces/${namespace}/${resource}?labelSelector=${encodeURIComponent(selector)}`;

const ownService = { namespace: workloadNamespace, name: workloadName, counts: () => true } as const;

/**
 * Watches everything that a run measures, emits each change once, and keeps the present state.
 * @throws the signal's reason; what a handler threw of a first list
 */
export const startObserver = async ({
  access,
  cluster,
  workload,
  service,
  isGuest = false,
  hollowPods: hasHollowPods = false,
  kubernetesVersion,
  nowMs,
  record,
  failed,
  signal,
  short: nameOf = (name) => shortNodeName(cluster, name),
}: ObserverOptions): Promise<Observer> => {
  const stopping = new AbortController();
  const nodes = new Map<string, ObservedNode>();
  const leases = new Map<string, string>();
  const otherLeases = new Map<string, string>();
  const leaders = new Map<string, string>();
  let otherLeasesSeen = 0;
  let leasesListed = false;
  const pods = new Map<string, ObservedPod>();
  const hollowPods = new Map<string, ObservedPod>();
  const { namespace, name: serviceName, counts } = service ?? ownService;
  const slices = keepSlices(counts, (endpoints, atMs) => record({ type: 'endpoints', ...endpoints }, atMs));
  const now = (): Observed => ({ nodes, leases, otherLeasesSeen, endpoints: slices.now(), pods, hollowPods });
  const waits = createWaits(now);
  const short = (name: string | undefined): string => nameOf(name ?? '');

  const onNode = (object: V1Node, atMs: number): void => {
    const node = short(object.metadata?.name);
    const { seen, events } = seeNode(node, object, nodes.get(node) ?? null);
    nodes.set(node, seen);
    for (const event of events) record(event, atMs);
  };
  const onLeader = (lease: V1Lease, atMs: number): void => {
    const leader = leaderIn(cluster, lease);
    if (leader === null) return;
    const { component, holder, transitions } = leader;
    const seen = `${holder} ${transitions}`;
    if (leaders.get(component) !== seen) record({ type: 'leader', ...leader }, atMs);
    leaders.set(component, seen);
  };
  /** Leaders and API servers keep leases too: they cost the same write, and are counted for the sake of the sum. */
  const onOtherLease = (lease: V1Lease, atMs: number): void => {
    onLeader(lease, atMs);
    const { metadata } = lease;
    const [name, version] = [`${metadata?.namespace}/${metadata?.name}`, metadata?.resourceVersion ?? ''];
    if (otherLeases.get(name) !== version && leasesListed) otherLeasesSeen += 1;
    otherLeases.set(name, version);
  };
  const onLease = (object: V1Lease, atMs: number): void => {
    if (object.metadata?.namespace !== nodeLeaseNamespace) {
      onOtherLease(object, atMs);
      return;
    }
    const node = short(object.metadata?.name);
    const renewTime = object.spec?.renewTime as unknown as string | undefined;
    if (renewTime === undefined || leases.get(node) === renewTime) return;
    leases.set(node, renewTime);
    record({ type: 'lease.renewed', node, renewTime }, atMs);
  };
  const onPod = (pods: Map<string, ObservedPod>, object: V1Pod, atMs: number): void => {
    const uid = object.metadata?.uid ?? '';
    const node = object.spec?.nodeName === undefined ? null : short(object.spec.nodeName);
    const { seen, events } = seePod(object, node, pods.get(uid) ?? null);
    pods.set(uid, seen);
    for (const event of events) record(event, atMs);
  };
  const onPodGone = (pods: Map<string, ObservedPod>, uid: string, atMs: number): void => {
    const before = pods.get(uid);
    if (before === undefined) return;
    pods.delete(uid);
    record(podGone(uid, before), atMs);
  };
  const onEvent = (object: CoreV1Event, atMs: number): void => {
    const { involvedObject: about } = object;
    if (about.kind !== 'Node' && about.namespace !== workloadNamespace) return;
    record(
      {
        type: 'kubernetes.event',
        reason: object.reason ?? '',
        object: `${about.kind}/${about.kind === 'Node' ? short(about.name) : about.name}`,
        source: object.source?.component || object.reportingComponent || '',
        message: object.message ?? '',
      },
      atMs,
    );
  };

  /** Handlers for a resource whose objects are emitted one by one; `each` is typed by the path that is watched. */
  const follow = (
    resource: WatchedResource,
    each: (object: WatchedObject, atMs: number) => void,
    gone: (object: WatchedObject, atMs: number) => void = () => undefined,
    listed: (objects: readonly WatchedObject[], atMs: number) => void = (objects, atMs) => {
      for (const object of objects) each(object, atMs);
    },
  ): WatchHandlers => {
    const then =
      <A extends readonly unknown[]>(emit: (...args: A) => void) =>
      (...args: A): void => {
        emit(...args);
        waits.changed();
      };
    return {
      listed: then(listed),
      changed: then(each),
      deleted: then(gone),
      lost: (reason, atMs, fromMs) =>
        record({ type: 'watch.lost', resource, reason, ...(fromMs < atMs ? { fromMs } : {}) }, atMs),
      gap: ({ fromMs, toMs, how, reason }) => record({ type: 'watch.gap', resource, fromMs, how, reason }, toMs),
    };
  };

  const start = (resource: WatchedResource, path: string, handlers: WatchHandlers): Promise<{ done: Promise<void> }> =>
    watchResource({ access, resource, path, handlers, nowMs, signal: stopping.signal });
  const leasesOf = workload !== null && !isGuest ? '/leases' : `/namespaces/${nodeLeaseNamespace}/leases`;
  const ofNodes = () => [
    start(
      'nodes',
      '/api/v1/nodes',
      follow(
        'nodes',
        (object, atMs) => onNode(object as V1Node, atMs),
        (object) => nodes.delete(short(object.metadata?.name)),
        (objects, atMs) => {
          const there = new Set(objects.map((object) => short(object.metadata?.name)));
          for (const name of [...nodes.keys()]) if (!there.has(name)) nodes.delete(name);
          for (const object of objects) onNode(object as V1Node, atMs);
        },
      ),
    ),
    start(
      'leases',
      `/apis/coordination.k8s.io/v1${leasesOf}`,
      follow(
        'leases',
        (object, atMs) => onLease(object as V1Lease, atMs),
        undefined,
        (objects, atMs) => {
          for (const object of objects) onLease(object as V1Lease, atMs);
          leasesListed = true;
        },
      ),
    ),
  ];
  const ofEndpoints = () =>
    start(
      'endpointslices',
      selected(
        endpointSlicesApi(kubernetesVersion),
        namespace,
        'endpointslices',
        `kubernetes.io/service-name=${serviceName}`,
      ),
      follow('endpointslices', slices.changed, slices.deleted, slices.listed),
    );
  const ofPods = (seen: Map<string, ObservedPod>, selector: string) =>
    start(
      'pods',
      selected('/api/v1', workloadNamespace, 'pods', selector),
      follow(
        'pods',
        (object, atMs) => onPod(seen, object as V1Pod, atMs),
        (object, atMs) => onPodGone(seen, object.metadata?.uid ?? '', atMs),
        (objects, atMs) => {
          const there = new Set(objects.map((object) => object.metadata?.uid));
          for (const uid of [...seen.keys()]) if (!there.has(uid)) onPodGone(seen, uid, atMs);
          for (const object of objects) onPod(seen, object as V1Pod, atMs);
        },
      ),
    );
  const ofOthers = (own: NonNullable<typeof workload>) => [
    ofPods(pods, workloadSelector(own)),
    ...(hasHollowPods ? [ofPods(hollowPods, hollowPodSelector)] : []),
    start(
      'events',
      isGuest ? `/api/v1/namespaces/${workloadNamespace}/events` : '/api/v1/events',
      // What had happened before we came is not this run's: a list emits nothing.
      follow(
        'events',
        (object, atMs) => onEvent(object as unknown as CoreV1Event, atMs),
        undefined,
        () => undefined,
      ),
    ),
  ];
  const starting = Promise.all([
    ...ofNodes(),
    ...(workload === null && service === undefined ? [] : [ofEndpoints()]),
    ...(workload === null ? [] : ofOthers(workload)),
  ]);

  const callOff = (): void => stopping.abort(signal.reason);
  signal.addEventListener('abort', callOff, { once: true });
  if (signal.aborted) callOff();
  const watches = await starting
    .catch((thrown: unknown) => {
      stopping.abort();
      throw thrown;
    })
    .finally(() => signal.removeEventListener('abort', callOff));

  const readyz = followReadyz({
    access,
    nowMs,
    silent: (fromMs, reason, atMs) => record({ type: 'api.silent', fromMs, reason }, atMs),
    answered: (fromMs, reason, atMs) => record({ type: 'api.answered', fromMs, reason }, atMs),
    signal: stopping.signal,
  });

  const ended = Promise.all([...watches.map(({ done }) => done), readyz]);
  ended.catch(failed);

  return {
    now,
    until: waits.until,
    stop: async () => {
      stopping.abort();
      const limit = new AbortController();
      // Where `limit` calls it off nobody waits for it any more.
      const late = pause(stopMs, limit.signal).then(() => 'late');
      try {
        if ((await Promise.race([ended, late])) === 'late')
          record({ type: 'note', text: `watches had not ended ${stopMs / 1000} s after they were aborted` }, nowMs());
      } finally {
        limit.abort();
      }
    },
  };
};
