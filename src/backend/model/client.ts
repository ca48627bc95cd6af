import type { Clock } from './clock.ts';
import { answerUs, refusalUs, secondUs } from './constants.ts';
import type { KubeProxy } from './proxy.ts';
import type { Stream } from './random.ts';
import type { Ending, ModelSink } from './sink.ts';
import type { Pod } from './state.ts';

export type ClientLoad = {
  readonly ratePerSecond: number;
  readonly connection: 'fresh' | 'keep-alive' | 'both';
  readonly timeoutUs: number;
};

export type LoadClient = {
  readonly begin: () => void;
  /** Settles every request that was due before now, by the rules as they stand. */
  readonly settle: () => void;
  readonly end: () => { readonly offered: number };
  /** When the last request ended that was not answered; null while all were. */
  readonly lastFailedUs: () => number | null;
  readonly lastAnsweredUs: () => number | null;
};

const ok: Ending = { outcome: 'ok', status: 200, code: null, afterUs: answerUs };
/** What a reject with tcp-reset of the node between gives to a connection that is being made. */
const reset: Ending = { outcome: 'refused', status: null, code: 'ECONNREFUSED', afterUs: answerUs };
const refused: Ending = { outcome: 'refused', status: null, code: 'ECONNREFUSED', afterUs: refusalUs };

/**
 * The open-loop client: request `seq` is due at start + seq / rate. Its outcome depends on the rules of the node that it
 * asks at that moment, so requests are settled in runs between two changes of the rules, and cost nothing one by one.
 * A new connection goes to any endpoint of the rules, and is refused where there is none; a kept one goes on to the
 * endpoint it has, whatever the rules say, until that ends.
 */
export const createClient = (
  clock: Clock,
  load: ClientLoad,
  proxy: () => KubeProxy,
  sink: ModelSink,
  stream: Stream,
  entersByControlPlane = false,
): LoadClient => {
  let startUs: number | null = null;
  let offered = 0;
  let lastFailed: number | null = null;
  let lastAnswered: number | null = null;
  let kept: Pod | null = null;
  const timedOut: Ending = { outcome: 'timeout', status: null, code: 'TIMEOUT_RESPONSE', afterUs: load.timeoutUs };
  const unconnected: Ending = { ...timedOut, code: 'TIMEOUT_CONNECT' };

  const dueUs = (seq: number): number => (startUs ?? 0) + Math.round((seq * secondUs) / load.ratePerSecond);

  const endingOf = (pod: Pod): Ending => {
    const silent = pod.node?.silent ?? 'no';
    if (silent === 'frozen') return timedOut;
    const between = entersByControlPlane ? (pod.node?.unreachable ?? 'no') : 'no';
    if (between !== 'no') return between === 'drop' ? unconnected : reset;
    return silent === 'off' || !pod.running ? unconnected : ok;
  };
  const isDead = (pod: Pod): boolean => endingOf(pod) !== ok;

  const choose = (): Pod | null => {
    const targets = proxy().targets();
    return targets[stream.below(targets.length)] ?? null;
  };
  const fresh = (): Ending => {
    const pod = choose();
    return pod === null ? refused : endingOf(pod);
  };
  const keptAlive = (): Ending => {
    // A connection whose server has ended is closed by it in order; one to a silent machine is given up by time-out.
    if (kept !== null && !kept.running && kept.node?.silent !== 'frozen') kept = null;
    kept ??= choose();
    if (kept === null) return refused;
    const ending = endingOf(kept);
    if (ending !== ok) kept = null;
    return ending;
  };

  const tell = (
    firstSeq: number,
    count: number,
    stride: 1 | 2,
    connection: 'fresh' | 'keep-alive',
    ending: Ending,
  ): void => {
    if (count <= 0) return;
    const lastUs = dueUs(firstSeq + (count - 1) * stride) + ending.afterUs;
    if (ending === ok) lastAnswered = Math.max(lastAnswered ?? 0, lastUs);
    else lastFailed = Math.max(lastFailed ?? 0, lastUs);
    sink.requests({ firstSeq, count, stride, connection, ending, dueUs });
  };

  /** Settles requests [from, to) of one kind of connection. */
  const settleRange = (from: number, to: number, stride: 1 | 2, connection: 'fresh' | 'keep-alive'): void => {
    const count = Math.ceil((to - from) / stride);
    const next = connection === 'fresh' ? fresh : keptAlive;
    if (!proxy().targets().some(isDead) && (kept === null || !isDead(kept))) {
      if (count > 0) tell(from, count, stride, connection, next());
      return;
    }
    for (let seq = from; seq < to; seq += stride) tell(seq, 1, stride, connection, next());
  };

  const settle = (): void => {
    if (startUs === null) return;
    const due = Math.max(offered, Math.ceil(((clock.now() - startUs) * load.ratePerSecond) / secondUs));
    if (due === offered) return;
    const from = offered;
    offered = due;
    if (load.connection !== 'both') {
      settleRange(from, due, 1, load.connection);
      return;
    }
    settleRange(from + (from % 2), due, 2, 'fresh');
    settleRange(from + ((from + 1) % 2), due, 2, 'keep-alive');
  };

  const batch = (): void => {
    if (startUs === null) return;
    settle();
    clock.at(clock.now() + secondUs, batch, undefined);
  };

  return {
    begin: () => {
      startUs = clock.now();
      clock.at(clock.now() + secondUs, batch, undefined);
    },
    settle,
    end: () => {
      settle();
      startUs = null;
      return { offered };
    },
    lastFailedUs: () => lastFailed,
    lastAnsweredUs: () => lastAnswered,
  };
};
