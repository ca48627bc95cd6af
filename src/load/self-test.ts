import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { counted } from '../common/text/counted.ts';
import { startLoad } from './load.ts';
import { type LoadPlan, maxRatePerSecond } from './options.ts';

type Asked = Pick<LoadPlan, 'ratePerSecond' | 'connection'>;

/** A trial sends what the load sends in a second, so many times as fast where the generator can: most take 250 ms. */
const hurry = 4;
/** A trial that takes this long has failed, and shows by how much. */
const trialLimitMs = 1500;
/** A machine that does other work for a moment is not one that cannot. */
const trials = 3;
/** Of what is asked: the last request is due just before the second is over. */
const enough = 0.95;

/**
 * Sees whether this machine can offer a load now, by the generator itself against a server of its own on loopback: as many
 * requests as the load has in a second must be sent and answered in a second. A service elsewhere may be slower; a machine
 * that cannot do this would take its own lateness for the service's.
 * @throws SkipbeatError LOAD_BEYOND_MACHINE (exit code 75), if it cannot
 */
export const assertOffer = async (asked: Asked, attempts = trials): Promise<void> => {
  let best = 0;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    best = Math.max(best, await tryOffer(asked));
    if (best >= asked.ratePerSecond * enough) return;
  }
  throw beyondMachine(asked, best, attempts);
};

export const beyondMachine = (
  { ratePerSecond, connection }: Asked,
  bestPerSecond: number,
  attempts: number,
): SkipbeatError => {
  const connections = connection === 'both' ? 'fresh and kept connections' : `${connection} connections`;
  const best = Math.floor(bestPerSecond);
  return new SkipbeatError(
    'LOAD_BEYOND_MACHINE',
    `load.ratePerSecond: this machine cannot offer that load now. Expected ${counted(ratePerSecond, 'request')} a second on ${connections}, found ${best} at most, in ${counted(attempts, 'trial')} against a server of its own.`,
    {
      exitCode: exitCodes.environment,
      next:
        best >= 1
          ? `--set load.ratePerSecond=${roundedDown(best * 0.8)}, or end what else runs here`
          : 'ulimit -n   (how many files may be open)',
    },
  );
};

/** To two digits. */
const roundedDown = (value: number): number => {
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.floor(value / digit) * digit);
};

const trialOver = new Error('the trial is over');

/** A generator that was cut short, or does not end in time, could not offer the load; any other failure is one. */
const unlessTrialOver = (thrown: unknown): void => {
  const isOver = thrown instanceof SkipbeatError && (thrown.cause === trialOver || thrown.code === 'LOAD_WORKER_STUCK');
  if (!isOver) throw thrown;
};

/** @returns how many requests a second were sent and answered */
const tryOffer = async ({ ratePerSecond, connection }: Asked): Promise<number> => {
  await using server = await startAnswering();
  const requests = Math.ceil(ratePerSecond);
  const hurriedRate = Math.min(maxRatePerSecond, ratePerSecond * hurry);
  const all = Promise.withResolvers<true>();
  let [ended, answered, over] = [0, 0, false];
  let [firstDueMs, lastAnsweredMs] = [Number.POSITIVE_INFINITY, 0];
  const load = await startLoad({
    targets: [{ host: server.host, port: server.port, path: '/' }],
    ratePerSecond: hurriedRate,
    connection,
    timeoutMs: trialLimitMs,
    runStartNs: process.hrtime.bigint(),
    maxDurationMs: (requests * 1000) / hurriedRate,
    onBatch: (records) => {
      // What is due is sent, however late; a trial is not to last until then.
      if (over) throw trialOver;
      for (const { outcome, dueMs, endedMs } of records) {
        ended += 1;
        firstDueMs = Math.min(firstDueMs, dueMs);
        if (outcome !== 'ok') continue;
        answered += 1;
        lastAnsweredMs = endedMs;
      }
      if (ended >= requests) all.resolve(true);
    },
  });
  const inTime = await Promise.race([all.promise, load.failed, delay(trialLimitMs, false, { ref: false })]);
  if (!inTime) {
    over = true;
    await load.stop().catch(unlessTrialOver);
    return (answered * 1000) / trialLimitMs;
  }
  await load.stop();
  return answered === 0 ? 0 : (answered * 1000) / Math.max(1, lastAnsweredMs - firstDueMs);
};

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server on this thread that costs as little as one can, so that what is found is what the generator offers. */
const startAnswering = async (): Promise<AsyncDisposable & { readonly host: string; readonly port: number }> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A trial that is over resets what it has open.
    socket.on('error', () => socket.destroy());
    socket.on('data', (request) => {
      if (request.includes('Connection: close')) socket.end(answer);
      else socket.write(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return {
    host: address.address,
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
