import type { Endpoints, Slices } from './endpoints.ts';
import type { NodeObject, NodeState, Pod } from './state.ts';
import type { World } from './world.ts';

/** The cluster as an observer's watches have it. */
export type Observed = {
  readonly ready: () => number;
  readonly tainted: () => number;
  readonly leased: () => number;
  readonly notReadyNames: () => readonly string[];
  readonly endpoints: () => Endpoints['counts'];
  /** Calls once at the next change of a node, a pod or the endpoints. */
  readonly onChange: (told: () => void) => void;
};

/** Watches what a real run's observer watches, and tells the sink each change once. */
export const createObserver = (world: World, slices: Slices): Observed => {
  const { clock, nodes, sink, store } = world;
  const seenNodes = new Map<NodeState, NodeObject>();
  const seenPods = new Map<Pod, { ready: boolean; deleting: boolean }>();
  const leased = new Set<NodeState>();
  let endpoints = slices.current().counts;
  let ready = 0;
  let tainted = 0;
  let waiting: (() => void)[] = [];

  const changed = (): void => {
    const told = waiting;
    waiting = [];
    for (const each of told) each();
  };
  store.watch({
    node: (node, object) => {
      const before = seenNodes.get(node) ?? null;
      seenNodes.set(node, object);
      ready += Number(object.ready === 'True') - Number(before?.ready === 'True');
      tainted += Number(object.taints.length > 0) - Number((before?.taints.length ?? 0) > 0);
      sink.node(clock.now(), node, before, object);
      if (before?.ready !== object.ready || before.taints !== object.taints) changed();
    },
    lease: (node, renewUs) => {
      leased.add(node);
      sink.lease(clock.now(), node, renewUs);
    },
    pod: (pod) => {
      const before = seenPods.get(pod);
      const nowUs = clock.now();
      if (before === undefined) sink.pod(nowUs, pod, 'seen');
      const { ready: isReady, deleting } = pod.seen;
      if (!pod.gone && isReady !== (before?.ready ?? false)) sink.pod(nowUs, pod, isReady ? 'ready' : 'notReady');
      if (deleting && !(before?.deleting ?? false)) sink.pod(nowUs, pod, 'deleting');
      seenPods.set(pod, { ready: isReady, deleting });
      if (pod.gone) {
        seenPods.delete(pod);
        sink.pod(nowUs, pod, 'gone');
      }
      changed();
    },
  });
  slices.watch((told) => {
    endpoints = told.counts;
    sink.endpoints(clock.now(), told.counts);
    changed();
  });
  return {
    ready: () => ready,
    tainted: () => tainted,
    leased: () => leased.size,
    notReadyNames: () => nodes.filter((node) => seenNodes.get(node)?.ready !== 'True').map(({ name }) => name),
    endpoints: () => endpoints,
    onChange: (told) => waiting.push(told),
  };
};
