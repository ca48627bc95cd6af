import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { bootId } from '../../common/host/process.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type LoadOptions, stopMarginMs } from '../load.ts';
import { checkLoadPlan, type LoadTarget } from '../options.ts';
import type { LoadSummary } from '../protocol.ts';
import type { Load } from '../supervise.ts';
import type { Asked, FromRemote, ToRemote } from './remote-protocol.ts';

/** The way to a generator in another place: lines there and back. */
export type RemoteChannel = {
  readonly send: (line: string) => void;
  /** Called for each whole line from now on. */
  readonly onLine: (take: (line: string) => void) => void;
  /** Never rejects. In words, how the program at the other end ended. */
  readonly ended: Promise<string>;
};

/**
 * The generator's monotonic clock beside this process's. On one kernel it is the same one, to the nanosecond.
 * `errorMs`: as far as `offsetNs` may be wrong, which is half of the fastest way there and back.
 */
export type RemoteClock = { readonly shared: boolean; readonly offsetNs: bigint; readonly errorMs: number };

const clockRounds = 20;
/** A program that has just been started in a container loads within a second; a busy machine takes longer. */
const answerMs = 30_000;

const remoteDied = (how: string, next: string): SkipbeatError =>
  new SkipbeatError(
    'LOAD_CONTAINER_DIED',
    `The load generator's container ended (${how}); its figures are incomplete.`,
    {
      exitCode: exitCodes.inconclusive,
      next,
    },
  );

/** What a generator in another place can be asked. Each call waits for its own answer. */
export type RemoteGenerator = {
  /** @throws SkipbeatError LOAD_CONTAINER_DIED (exit 2) */
  readonly clock: () => Promise<RemoteClock>;
  /** One request beside the load. @throws SkipbeatError LOAD_CONTAINER_DIED (exit 2) */
  readonly ask: (target: LoadTarget) => Promise<Asked>;
  /** As `startLoad`. `onClock` receives the clock just before the load and just before its end. */
  readonly start: (
    options: LoadOptions & { readonly onClock?: (moment: 'start' | 'end', clock: RemoteClock) => void },
  ) => Promise<Load>;
};

const engineNext = `${skipbeat('doctor')}   (is the engine well, and is there room?), then run again`;

/** @param next where to look when it has ended by itself */
export const remoteGenerator = (channel: RemoteChannel, next: string = engineNext): RemoteGenerator => {
  const died = channel.ended.then((how): never => {
    throw remoteDied(how, next);
  });
  const failed = Promise.withResolvers<never>();
  // A failure is kept for whoever asks, and must not end the process where nobody does.
  failed.promise.catch(() => undefined);
  died.catch(failed.reject);
  let onRecords: LoadOptions['onBatch'] = () => undefined;
  const waiting = new Map<FromRemote['type'], (message: FromRemote) => void>();
  const send = (message: ToRemote): void => channel.send(JSON.stringify(message));

  channel.onLine((line) => {
    try {
      const message = JSON.parse(line) as FromRemote;
      if (message.type === 'records') onRecords(message.records);
      else if (message.type === 'failed')
        failed.reject(new SkipbeatError(message.code, message.message, { exitCode: exitCodes.inconclusive }));
      else waiting.get(message.type)?.(message);
    } catch (thrown) {
      failed.reject(thrown);
    }
  });

  /** @throws SkipbeatError LOAD_WORKER_STUCK, and what `failed` rejects with */
  const answer = async <T extends FromRemote['type']>(
    type: T,
    asked: ToRemote,
    withinMs: number,
  ): Promise<Extract<FromRemote, { type: T }>> => {
    const answered = Promise.withResolvers<FromRemote>();
    waiting.set(type, answered.resolve);
    const limit = setTimeout(
      () =>
        answered.reject(
          new SkipbeatError(
            'LOAD_WORKER_STUCK',
            `The load generator's container did not answer "${asked.type}" within ${withinMs} ms; its figures are incomplete.`,
            { exitCode: exitCodes.inconclusive },
          ),
        ),
      withinMs,
    );
    try {
      send(asked);
      return (await Promise.race([answered.promise, failed.promise])) as Extract<FromRemote, { type: T }>;
    } finally {
      clearTimeout(limit);
      waiting.delete(type);
    }
  };

  const clock = async (): Promise<RemoteClock> => {
    const own = bootId();
    let best = { widthNs: BigInt(Number.MAX_SAFE_INTEGER), offsetNs: 0n, bootId: null as string | null };
    for (let round = 0; round < clockRounds; round += 1) {
      const fromNs = process.hrtime.bigint();
      const { nowNs, bootId: there } = await answer('clock', { type: 'clock' }, answerMs);
      const toNs = process.hrtime.bigint();
      const widthNs = toNs - fromNs;
      if (widthNs < best.widthNs) best = { widthNs, offsetNs: BigInt(nowNs) - (fromNs + toNs) / 2n, bootId: there };
    }
    const { widthNs, offsetNs } = best;
    const apartNs = offsetNs < 0n ? -offsetNs : offsetNs;
    // The same kernel may still show another clock in a time namespace.
    const shared = own !== null && own === best.bootId && apartNs * 2n <= widthNs;
    return shared ? { shared, offsetNs: 0n, errorMs: 0 } : { shared, offsetNs, errorMs: Number(widthNs / 2n) / 1e6 };
  };

  return {
    clock,
    ask: async (target) => {
      const { problem, isSent } = await answer('asked', { type: 'ask', target }, answerMs);
      return { problem, isSent };
    },
    start: async ({ onBatch, onClock, ...plan }) => {
      checkLoadPlan(plan);
      const before = await clock();
      onClock?.('start', before);
      onRecords = onBatch;
      const { runStartNs, ...rest } = plan;
      const remote = { ...rest, runStartNs: String(runStartNs + before.offsetNs) };
      await answer('started', { type: 'start', plan: remote }, answerMs);
      let ending: Promise<LoadSummary> | null = null;
      const end = async (atMs?: number): Promise<LoadSummary> => {
        // The end goes out before its clock is read: the moment may be near.
        const stop = { type: 'stop', ...(atMs === undefined ? {} : { atMs }) } as const;
        if (atMs === undefined) onClock?.('end', await clock());
        const ended = answer('ended', stop, plan.timeoutMs + 2 * stopMarginMs);
        // It is waited for below, once the clock is read: until then nobody is to call it unhandled.
        ended.catch(() => undefined);
        if (atMs !== undefined) onClock?.('end', await clock());
        const { summary } = await ended;
        return summary;
      };
      return {
        failed: failed.promise,
        stop: (atMs) => {
          ending ??= end(atMs);
          return ending;
        },
      };
    },
  };
};
