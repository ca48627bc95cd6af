import { entranceOf } from '../../../timeline/index.ts';
import type { Clock } from '../engine/clock.ts';
import type { ClientLoad } from '../engine/config.ts';
import { answerUs, refusalUs, secondUs } from '../engine/constants.ts';
import type { Rng } from '../engine/random.ts';
import type { Ending, ModelSink } from '../engine/sink.ts';
import type { NodeState, Pod } from '../engine/state.ts';
import type { KubeProxy } from './proxy.ts';

/** A node through which requests enter, and its kube-proxy. */
export type Entrance = { readonly node: NodeState; readonly proxy: KubeProxy };

export type LoadClient = {
  readonly begin: () => void;
  /** Finishes every request that was due before now, by the rules as they stand, and open ones by what goes on again. */
  readonly flush: () => void;
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
 * The open-loop client: request `seq` is due at start + seq / rate. Its outcome depends on the rules of the node through
 * which it enters at that moment, so requests are finished in runs between two changes of the rules, and cost nothing one by one.
 * A new connection goes to any endpoint of the rules, and is refused where there is none; a kept one goes on to the
 * endpoint it has, whatever the rules say, until that ends. Rules are the kernel's: a node whose processes are frozen
 * goes on by those that it had, and only one that is off answers nothing. It accepts connections for frozen processes, too,
 * and keeps what is asked on them: these answer it as soon as they go on, to those who still wait.
 */
export const createClient = (
  clock: Clock,
  load: ClientLoad,
  entrances: readonly Entrance[],
  sink: ModelSink,
  rng: Rng,
): LoadClient => {
  let startUs: number | null = null;
  let offered = 0;
  let lastFailed: number | null = null;
  let lastAnswered: number | null = null;
  const timedOut: Ending = { outcome: 'timeout', status: null, code: 'TIMEOUT_RESPONSE', afterUs: load.timeoutUs };
  const unconnected: Ending = { ...timedOut, code: 'TIMEOUT_CONNECT' };
  /** On a connection that stood. */
  const unanswered: Ending = { ...timedOut };

  const dueUs = (seq: number): number => (startUs ?? 0) + Math.round((seq * secondUs) / load.ratePerSecond);

  /** Requests of one kind of connection through one entrance: `first`, `first + stride` … */
  type Line = Entrance & {
    readonly first: number;
    readonly stride: number;
    readonly connection: 'fresh' | 'keep-alive';
    kept: Pod | null;
  };
  /** Whom a request went to, and how it ends as things stand; one to frozen processes ends by time-out unless they go on. */
  type Asked = { readonly pod: Pod | null; readonly ending: Ending };

  /** A request to frozen processes; `losses`: of their machine when it was sent, after another of which they are gone. */
  type Open = { readonly line: Line; readonly seq: number; readonly pod: Pod; readonly losses: number };
  const open = new Set<Open>();

  const connections = load.connection === 'both' ? (['fresh', 'keep-alive'] as const) : ([load.connection] as const);
  const round = connections.length * entrances.length;
  const lines: readonly Line[] = connections.flatMap((connection, place) =>
    entrances.map((entrance, index) => {
      const first = Array.from({ length: round }, (_, seq) => seq).find(
        (seq) => seq % connections.length === place && entranceOf(seq, load.connection, entrances.length) === index,
      );
      return { ...entrance, first: first ?? 0, stride: round, connection, kept: null };
    }),
  );

  /** What a fault that cuts all traffic of a node with control planes makes of the way from an entrance to a pod. */
  const between = (entrance: NodeState, node: NodeState | null): NodeState['unreachable'] => {
    if (node === null || node === entrance) return 'no';
    const own = node.role === 'control-plane' ? entrance.unreachable : 'no';
    return own === 'no' && entrance.role === 'control-plane' ? node.unreachable : own;
  };
  const endingOf = ({ node: entrance }: Line, pod: Pod): Ending => {
    const silent = pod.node?.silent ?? 'no';
    if (silent === 'frozen') return timedOut;
    const way = between(entrance, pod.node);
    if (way !== 'no') return way === 'drop' ? unconnected : reset;
    if (silent === 'off' || !pod.running) return unconnected;
    return pod.ended ? refused : ok;
  };

  const choose = ({ proxy }: Line): Pod | null => {
    const targets = proxy.targets();
    return targets[rng.below(targets.length)] ?? null;
  };
  const fresh = (line: Line): Asked => {
    const pod = choose(line);
    return { pod, ending: pod === null ? refused : endingOf(line, pod) };
  };
  /** A connection whose server has ended was closed by it in order; one to a silent machine is given up by time-out. */
  const isClosed = ({ ended, running, node }: Pod): boolean =>
    node?.silent !== 'frozen' && (ended || (!running && node?.silent !== 'off'));
  const keptAlive = (line: Line): Asked => {
    if (line.kept !== null && isClosed(line.kept)) line.kept = null;
    const stood = line.kept !== null;
    line.kept ??= choose(line);
    const pod = line.kept;
    if (pod === null) return { pod, ending: refused };
    const ending = endingOf(line, pod);
    if (ending !== ok) line.kept = null;
    return { pod, ending: stood && ending === unconnected ? unanswered : ending };
  };
  const next = (line: Line): Asked => {
    if (line.node.silent === 'off') {
      line.kept = null;
      return { pod: null, ending: unconnected };
    }
    return line.connection === 'fresh' ? fresh(line) : keptAlive(line);
  };

  const record = ({ stride, connection, node }: Line, firstSeq: number, count: number, ending: Ending): void => {
    if (count <= 0) return;
    const lastUs = dueUs(firstSeq + (count - 1) * stride) + ending.afterUs;
    if (ending.outcome === 'ok') lastAnswered = Math.max(lastAnswered ?? 0, lastUs);
    else lastFailed = Math.max(lastFailed ?? 0, lastUs);
    sink.requests({ firstSeq, count, stride, connection, entrance: node.name, ending, dueUs });
  };

  /** Finishes one request, or keeps it open while its processes are frozen. */
  const ask = (line: Line, seq: number): void => {
    const { pod, ending } = next(line);
    if (ending === timedOut && pod?.node) open.add({ line, seq, pod, losses: pod.node.losses });
    else record(line, seq, 1, ending);
  };

  /** Finishes open requests whose processes have gone on, and those that nobody waits for any longer. */
  const flushOpen = (): void => {
    for (const one of open) {
      const { line, seq, pod, losses } = one;
      const answeredUs = clock.now() - dueUs(seq) + answerUs;
      const isLate = answeredUs > load.timeoutUs;
      if (!isLate && (pod.node?.losses !== losses || endingOf(line, pod) !== ok)) continue;
      open.delete(one);
      record(line, seq, 1, isLate ? timedOut : { ...ok, afterUs: answeredUs });
    }
  };

  /** Finishes what of a line is in [from, to). */
  const flushLine = (line: Line, from: number, to: number): void => {
    const { first, stride, kept, node, proxy } = line;
    const start = first + Math.ceil((from - first) / stride) * stride;
    const count = Math.ceil((to - start) / stride);
    if (count <= 0) return;
    const isDead = (pod: Pod): boolean => endingOf(line, pod) !== ok;
    const alike = !proxy.targets().some(isDead) && (kept === null || !isDead(kept));
    if (alike || node.silent === 'off') {
      record(line, start, count, next(line).ending);
      return;
    }
    for (let seq = start; seq < to; seq += stride) ask(line, seq);
  };

  const flush = (): void => {
    if (startUs === null) return;
    flushOpen();
    const due = Math.max(offered, Math.ceil(((clock.now() - startUs) * load.ratePerSecond) / secondUs));
    if (due === offered) return;
    const from = offered;
    offered = due;
    for (const line of lines) flushLine(line, from, due);
  };

  const batch = (): void => {
    if (startUs === null) return;
    flush();
    clock.at(clock.now() + secondUs, batch, undefined);
  };

  return {
    begin: () => {
      startUs = clock.now();
      clock.at(clock.now() + secondUs, batch, undefined);
    },
    flush,
    end: () => {
      flush();
      for (const { line, seq } of open) record(line, seq, 1, timedOut);
      open.clear();
      startUs = null;
      return { offered };
    },
    lastFailedUs: () => lastFailed,
    lastAnsweredUs: () => lastAnswered,
  };
};
