import { Worker } from 'node:worker_threads';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { startWithPriority } from '../common/host/worker-priority.ts';
import { skipbeat } from '../common/invocation.ts';
import { moduleBeside } from '../common/package.ts';
import type { Delay, Delays } from './delay.ts';
import type { FromWorker, RelayCounts, RelayPlan, ToWorker } from './protocol.ts';

/** A relay that runs. After its end, or its death, every call rejects. */
export type Relay = {
  /** One port a route, in their order. */
  readonly ports: readonly number[];
  /** Holds for what arrives from now on; what waits already keeps its time and its place. */
  readonly setDelays: (delays: Delays) => void;
  /** Passes on at once what waits, whatever was asked when it came. */
  readonly release: () => void;
  /** @throws SkipbeatError RELAY_DIED */
  readonly counts: () => Promise<RelayCounts>;
  /**
   * Takes no more connections, delays nothing any more, delivers what it holds, and ends each connection at the first
   * moment at which it carried nothing for `quietMs`: what either side had sent before reached the other. Connections
   * still busy after `withinMs` are reset and counted. Safe twice. @throws SkipbeatError RELAY_DIED
   */
  readonly drain: (limits?: { readonly quietMs?: number; readonly withinMs?: number }) => Promise<RelayCounts>;
  /** Resets whatever is open. Safe twice, and after a drain. @throws SkipbeatError RELAY_DIED */
  readonly close: () => Promise<RelayCounts>;
};

export type RelayOptions = Pick<RelayPlan, 'host' | 'routes' | 'delays' | 'seed'> &
  Partial<Pick<RelayPlan, 'bufferBytes' | 'maxConnections' | 'localPorts'>>;

/** With it, a direction carries up to 4 MiB a delay: 335 Mbit/s at 100 ms, 67 Mbit/s at 500 ms. */
const defaultBufferBytes = 4 * 1024 * 1024;
/** Two descriptors each, far below the usual limits of 20,000 and more. */
const defaultMaxConnections = 4096;
const defaultQuietMs = 20;
const defaultWithinMs = 5000;

const maxMs = 3_600_000;

const delayProblems = (name: string, { delayMs, jitterMs }: Delay): string[] =>
  Object.entries({ delayMs, jitterMs }).flatMap(([key, value]) =>
    value >= 0 && value <= maxMs
      ? []
      : [`delays.${name}.${key}: expected a number from 0 to ${maxMs}, received ${value}`],
  );

const checkDelays = ({ up, down }: Delays): void => {
  const problems = [...delayProblems('up', up), ...delayProblems('down', down)];
  if (problems.length > 0) {
    throw new SkipbeatError('RELAY_INVALID', problems.join('\n'), { exitCode: exitCodes.usage });
  }
};

/**
 * Starts a relay for TCP connections in a thread of its own. Each direction of each connection keeps its order and its
 * bytes; each piece leaves `delayMs ± jitterMs` after it arrived. An end of stream and a reset are passed on as such and
 * in their turn. A connection is taken before its target was reached: a target that refuses is seen as a reset.
 * @returns once every route listens
 * @throws SkipbeatError RELAY_INVALID (exit 64), RELAY_NOT_LISTENING (exit 75)
 */
export const startRelay = async (options: RelayOptions): Promise<Relay> => {
  checkDelays(options.delays);
  const plan: RelayPlan = {
    ...options,
    bufferBytes: options.bufferBytes ?? defaultBufferBytes,
    maxConnections: options.maxConnections ?? defaultMaxConnections,
  };
  const worker = startWithPriority(
    () =>
      new Worker(moduleBeside('./worker', import.meta.url), {
        workerData: plan,
        // No flags of this process: a test runner's would change what the thread loads.
        execArgv: [],
      }),
  );
  const listening = Promise.withResolvers<readonly number[]>();
  const ended = Promise.withResolvers<RelayCounts>();
  const asked = new Map<number, PromiseWithResolvers<RelayCounts>>();
  // A failure is kept for whoever asks, and must not end the process where nobody does.
  for (const { promise } of [listening, ended]) promise.catch(() => undefined);
  let last: RelayCounts | null = null;

  const died = (how: string, cause?: unknown): void => {
    const error = new SkipbeatError('RELAY_DIED', `The relay's thread ${how}; the connections through it are broken.`, {
      cause,
    });
    for (const { reject } of [listening, ended, ...asked.values()]) reject(error);
    asked.clear();
  };
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'listening') listening.resolve(message.ports);
    else if (message.type === 'failed') {
      listening.reject(
        new SkipbeatError('RELAY_NOT_LISTENING', `The relay cannot listen on ${plan.host}: ${message.message}.`, {
          exitCode: exitCodes.environment,
          next: skipbeat('doctor'),
        }),
      );
    } else if (message.type === 'counts') {
      asked.get(message.id)?.resolve(message.counts);
      asked.delete(message.id);
    } else last = message.counts;
  });
  worker.on('messageerror', (error) => died(`sent what cannot be read: ${messageOf(error)}`, error));
  worker.on('error', (error) => died(`failed: ${messageOf(error)}`, error));
  worker.on('exit', (code) => {
    if (last === null) return died(`ended by itself (exit code ${code})`);
    ended.resolve(last);
    for (const { resolve } of asked.values()) resolve(last);
    asked.clear();
  });
  const ports = await listening.promise;
  const send = (message: ToWorker): void => worker.postMessage(message);
  let questions = 0;
  const end = (quietMs: number, withinMs: number): Promise<RelayCounts> => {
    send({ type: 'end', quietMs, withinMs });
    return ended.promise;
  };
  return {
    ports,
    setDelays: (delays) => {
      checkDelays(delays);
      send({ type: 'delays', delays });
    },
    release: () => send({ type: 'release' }),
    counts: () => {
      if (last !== null) return ended.promise;
      const answer = Promise.withResolvers<RelayCounts>();
      questions += 1;
      asked.set(questions, answer);
      send({ type: 'count', id: questions });
      return answer.promise;
    },
    drain: ({ quietMs = defaultQuietMs, withinMs = defaultWithinMs } = {}) => end(quietMs, withinMs),
    close: () => end(maxMs, 0),
  };
};
