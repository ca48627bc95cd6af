import type { TimelineEvent } from '../../../src/timeline/index.ts';

/** Whether something happened in a run: what a seed was taken for, so that one that no longer has it is noticed. */
export type Situation = (events: readonly TimelineEvent[]) => boolean;

type EventOf<T extends TimelineEvent['type']> = Extract<TimelineEvent, { type: T }>;

const workers = ['worker', 'worker2'] as const;

/** Of what happened from the first fault on, in order. */
const sinceFault = (events: readonly TimelineEvent[]) => {
  const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
  const faultMs = inOrder.find(({ type }) => type === 'fault.injecting')?.atMs;
  if (faultMs === undefined) throw new Error('a run without a fault');
  const all = inOrder.filter(({ atMs }) => atMs > faultMs);
  const of = <T extends TimelineEvent['type']>(type: T): EventOf<T>[] =>
    all.filter((event): event is EventOf<T> => event.type === type);
  const readies = of('node.ready');
  const evictions = of('pod').flatMap((event) =>
    event.change === 'deleting' && event.evicted && event.node !== null ? [{ ...event, node: event.node }] : [],
  );
  return {
    faultMs,
    evictions,
    of,
    /** The last change of a node's condition before a moment. */
    before: (node: string, atMs: number) => readies.findLast((event) => event.node === node && event.atMs <= atMs),
    wasLost: (node: string, untilMs: number): boolean =>
      readies.some((event) => event.node === node && event.status === 'Unknown' && event.atMs < untilMs),
    /** When the last endpoint was gone; null: never. */
    emptyMs: of('endpoints').find(({ ready }) => ready === 0)?.atMs ?? null,
  };
};

type Seen = ReturnType<typeof sinceFault>;

const otherThan = (node: string): string => (node === workers[0] ? workers[1] : workers[0]);

/** Its kubelet said it, and no controller manager had before. */
const saidItself = ({ before, wasLost }: Seen, node: string, atMs: number): boolean =>
  before(node, atMs)?.status === 'False' && !wasLost(node, atMs);

/** The endpoints follow a pod's deletion within milliseconds; the model's watches take 2 ms each. */
const followsMs = 60;

/** A pod was put on a node that was Ready again, and was evicted there while it was. */
export const evictsFromReady: Situation = (events) => {
  const { before, evictions, of } = sinceFault(events);
  return evictions.some(({ node, uid, atMs }) => {
    const ready = before(node, atMs);
    const seen = of('pod').find((event) => event.uid === uid && event.change === 'seen');
    return ready?.status === 'True' && seen !== undefined && ready.atMs < seen.atMs;
  });
};

/** The same, and a kubelet said NotReady. */
export const evictsFromReadyAfterOwnNotReady: Situation = (events) =>
  evictsFromReady(events) &&
  sinceFault(events)
    .of('node.ready')
    .some(({ status }) => status === 'False');

/** The first eviction is from the node that was tainted second, whose kubelet says NotReady; the other is Ready by then. */
export const evictsFromSecond: Situation = (events) => {
  const { before, evictions, of } = sinceFault(events);
  const tainted = of('node.taint').filter(({ effect, change }) => effect === 'NoExecute' && change === 'added');
  const [evicted] = evictions;
  if (evicted === undefined || tainted[1]?.node !== evicted.node || tainted[0]?.node === evicted.node) return false;
  return (
    before(evicted.node, evicted.atMs)?.status === 'False' &&
    before(otherThan(evicted.node), evicted.atMs)?.status === 'True'
  );
};

/** The first eviction is from a node that had been given up, and whose kubelet then says NotReady. */
export const evictsAfterLoss: Situation = (events) => {
  const { before, evictions, wasLost } = sinceFault(events);
  const [evicted] = evictions;
  return (
    evicted !== undefined &&
    before(evicted.node, evicted.atMs)?.status === 'False' &&
    wasLost(evicted.node, evicted.atMs)
  );
};

/** The same, while the other is Ready. */
export const evictsFromOneLost: Situation = (events) => {
  const { before, evictions } = sinceFault(events);
  const [evicted] = evictions;
  return (
    evictsAfterLoss(events) && evicted !== undefined && before(otherThan(evicted.node), evicted.atMs)?.status === 'True'
  );
};

/** The first eviction is from `worker2`, which nobody gave up: its kubelet said NotReady. */
export const evictsByOwnWord: Situation = (events) => {
  const seen = sinceFault(events);
  const [evicted] = seen.evictions;
  return evicted?.node === 'worker2' && saidItself(seen, evicted.node, evicted.atMs);
};

/** No endpoint is left as a pod is evicted from a node whose kubelet said NotReady; the other had been given up. */
export const emptiedByEviction: Situation = (events) => {
  const seen = sinceFault(events);
  const { emptyMs, evictions, wasLost } = seen;
  if (emptyMs === null) return false;
  const evicted = evictions.findLast(({ atMs }) => atMs <= emptyMs);
  if (evicted === undefined || evicted.atMs < emptyMs - followsMs) return false;
  return saidItself(seen, evicted.node, evicted.atMs) && wasLost(otherThan(evicted.node), emptyMs);
};

/** No endpoint is left after two evictions from nodes that nobody gave up: their kubelets said NotReady. */
export const emptiedByEvictions: Situation = (events) => {
  const seen = sinceFault(events);
  const { emptyMs, evictions } = seen;
  return (
    emptyMs !== null &&
    evictions.filter(({ atMs }) => atMs <= emptyMs).length >= 2 &&
    workers.every((node) => saidItself(seen, node, emptyMs))
  );
};

/** `worker2` was given up sooner than so long after the fault began. */
export const lostBefore =
  (ms: number): Situation =>
  (events) => {
    const { faultMs, wasLost } = sinceFault(events);
    return wasLost('worker2', faultMs + ms);
  };
