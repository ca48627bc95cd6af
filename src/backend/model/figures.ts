import { type RequestOutcome, requestOutcomes } from '../../timeline/index.ts';
import { secondUs } from './engine/constants.ts';
import type { ModelSink } from './engine/sink.ts';
import { hasTaint, type NodeObject } from './engine/state.ts';

/** What one simulated run came to; times in µs since the first fault began, null where it never happened. */
export type ModelFigures = {
  /** Since the run's start; null where the plan has no fault. */
  readonly faultStartUs: number | null;
  readonly notReadyTransitions: number;
  /** Of these, by the kubelet's own word. */
  readonly notReadyByKubelet: number;
  readonly maxNotReady: number;
  /** From the start of the load (or of the first phase) to its end. */
  readonly notReadyNodeSeconds: number;
  readonly firstNotReadyUs: number | null;
  readonly firstTaintedUs: number | null;
  readonly firstEvictionUs: number | null;
  /** The last first loss of a node: from then on all that were lost had been. */
  readonly lastNotReadyUs: number | null;
  /** The first time that the Service had fewer ready endpoints than before. */
  readonly firstEndpointLostUs: number | null;
  /** The first pod that was seen first after an eviction, Ready. */
  readonly firstReplacementReadyUs: number | null;
  /** Requests that were due since the first fault and got no answer. */
  readonly lostRequests: number;
  readonly firstEndpointsEmptyUs: number | null;
  readonly firstRefusedUs: number | null;
  readonly lastRefusedUs: number | null;
  readonly lastReadyUs: number | null;
  readonly evicted: number;
  readonly leaseWrites: number;
  readonly statusWrites: number;
  readonly requests: { readonly offered: number } & Readonly<Record<RequestOutcome, number>>;
  /** Whether every wait ended within its time. */
  readonly recovered: boolean;
  readonly durationUs: number;
};

export type FigureCollector = ModelSink & { readonly result: () => ModelFigures };

/** Marks on nodes by their index, of as many as there turn out to be: many times cheaper than a set of thousands. */
class NodeMarks {
  #marks = new Uint8Array(64);

  has(index: number): boolean {
    return this.#marks[index] === 1;
  }

  set(index: number, is: boolean): void {
    const { length } = this.#marks;
    if (index >= length) {
      const larger = new Uint8Array(Math.max(2 * length, index + 1));
      larger.set(this.#marks);
      this.#marks = larger;
    }
    this.#marks[index] = Number(is);
  }
}

/** Counts as it goes; its memory does not grow with the run. Nodes and pods are counted from the first fault on. */
export const collectFigures = (): FigureCollector => {
  const outcomes = Object.fromEntries(requestOutcomes.map((outcome) => [outcome, 0])) as Record<RequestOutcome, number>;
  const down = new NodeMarks();
  let downCount = 0;
  let faultStart: number | null = null;
  let measuring = false;
  let sinceUs = 0;
  let lastUs = 0;
  let downUs = 0;
  let offered = 0;
  let leaseWrites = 0;
  let statusWrites = 0;
  let transitions = 0;
  let byKubelet = 0;
  let max = 0;
  let evicted = 0;
  let recovered = true;
  const first: Record<
    'notReady' | 'tainted' | 'eviction' | 'endpointLost' | 'empty' | 'refused' | 'replaced',
    number | null
  > = { notReady: null, tainted: null, eviction: null, endpointLost: null, empty: null, refused: null, replaced: null };
  const everLost = new NodeMarks();
  /** Pods that were first seen after an eviction. */
  const replacements = new Set<string>();
  let lastNotReady: number | null = null;
  let endpoints = 0;
  let lost = 0;
  let lastReady: number | null = null;
  let lastRefused: number | null = null;

  /** Counts from the fault on; without a fault from the start of measuring on. */
  const zero = (): number | null => faultStart;
  const since = (atUs: number): number => atUs - (zero() ?? 0);
  const counts = (): boolean => faultStart !== null;
  const mark = (what: keyof typeof first, atUs: number): void => {
    if (counts()) first[what] ??= since(atUs);
  };
  const add = (atUs: number): void => {
    if (measuring) downUs += (atUs - sinceUs) * downCount;
    sinceUs = atUs;
  };

  const hasNoExecute = (object: NodeObject): boolean =>
    hasTaint(object, 'NoExecute', 'unreachable') || hasTaint(object, 'NoExecute', 'not-ready');

  return {
    withoutNodeEvents: true,
    lease: () => {
      if (measuring) leaseWrites += 1;
    },
    heartbeats: (renewals, posts) => {
      if (!measuring) return;
      leaseWrites += renewals;
      statusWrites += posts;
    },
    node: (atUs, node, before, after) => {
      lastUs = atUs;
      if (measuring && before !== null && before.heartbeatUs !== after.heartbeatUs) statusWrites += 1;
      if (first.tainted === null && counts() && hasNoExecute(after)) mark('tainted', atUs);
      const isDown = after.ready !== 'True';
      const { index } = node;
      if (isDown === down.has(index)) return;
      add(atUs);
      down.set(index, isDown);
      if (isDown) {
        downCount += 1;
        if (before === null || !counts()) return;
        transitions += 1;
        if (after.ready === 'False') byKubelet += 1;
        max = Math.max(max, downCount);
        mark('notReady', atUs);
        if (!everLost.has(index)) lastNotReady = since(atUs);
        everLost.set(index, true);
      } else {
        downCount -= 1;
        if (counts()) lastReady = since(atUs);
      }
    },
    pod: (atUs, pod, change) => {
      if (change === 'seen' && first.eviction !== null) replacements.add(pod.uid);
      if (change === 'ready' && replacements.has(pod.uid)) mark('replaced', atUs);
      if (change !== 'deleting' || !pod.evicted || !counts()) return;
      evicted += 1;
      mark('eviction', atUs);
    },
    endpoints: (atUs, { ready }) => {
      if (ready < endpoints) mark('endpointLost', atUs);
      endpoints = ready;
      if (ready === 0) mark('empty', atUs);
    },
    requests: ({ firstSeq, count, stride, ending, dueUs }) => {
      offered += count;
      outcomes[ending.outcome] += count;
      if (counts() && ending.outcome !== 'ok' && ending.outcome !== 'httpError') lost += count;
      if (ending.outcome !== 'refused' || !counts()) return;
      mark('refused', dueUs(firstSeq) + ending.afterUs);
      lastRefused = since(dueUs(firstSeq + (count - 1) * stride) + ending.afterUs);
    },
    event: (atUs, body) => {
      lastUs = atUs;
      if (body.type === 'fault.injecting') {
        faultStart ??= atUs;
        max = Math.max(max, downCount);
      }
      if (body.type === 'load.started' || (body.type === 'step.started' && body.kind === 'steady')) {
        if (!measuring) sinceUs = atUs;
        measuring = true;
      }
      if (body.type === 'step.started' && body.kind === 'undo') {
        add(atUs);
        measuring = false;
      }
      if (body.type === 'step.ended' && body.outcome !== 'done') recovered = false;
    },
    result: () => ({
      faultStartUs: faultStart,
      notReadyTransitions: transitions,
      notReadyByKubelet: byKubelet,
      maxNotReady: max,
      notReadyNodeSeconds: downUs / secondUs,
      firstNotReadyUs: first.notReady,
      firstTaintedUs: first.tainted,
      firstEvictionUs: first.eviction,
      lastNotReadyUs: lastNotReady,
      firstEndpointLostUs: first.endpointLost,
      firstReplacementReadyUs: first.replaced,
      lostRequests: lost,
      firstEndpointsEmptyUs: first.empty,
      firstRefusedUs: first.refused,
      lastRefusedUs: lastRefused,
      lastReadyUs: lastReady,
      evicted,
      leaseWrites,
      statusWrites,
      requests: { offered, ...outcomes },
      recovered,
      durationUs: lastUs,
    }),
  };
};
