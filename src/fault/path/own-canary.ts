import { Agent, get } from 'node:https';
import { median } from '../../common/statistics.ts';

/** Sends one request, and resolves with the time in ms from when it went out to the first of its answer. */
const ask = (port: number, agent: Agent, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    let sentMs = performance.now();
    const request = get(
      { host: '127.0.0.1', port, path: '/version', agent, signal, rejectUnauthorized: false },
      (response) => {
        const tripMs = performance.now() - sentMs;
        response.resume();
        response.once('error', reject);
        if (response.statusCode === 200) response.once('end', () => resolve(tripMs));
        else reject(new Error(`the API server answered ${response.statusCode}`));
      },
    );
    request.once('error', reject);
    // On a new connection the request goes out once its handshake is over, which is no part of a round trip.
    request.once('socket', (socket) => {
      socket.once('secureConnect', () => {
        sentMs = performance.now();
      });
    });
  });

/**
 * Asks the API server from this process, over a connection of its own, one request after the other; anonymous users may ask
 * for `/version`.
 * @param port of this machine
 * @param withinMs none is waited for any longer
 * @returns the median of the round trips that were over by then, ms; null where none was, or one was not answered as it should be
 */
export const askThrough = async (
  port: number,
  requests: number,
  withinMs: number,
  signal?: AbortSignal,
): Promise<number | null> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const limit = AbortSignal.timeout(Math.ceil(withinMs));
  const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const tripsMs: number[] = [];
  try {
    while (tripsMs.length < requests) tripsMs.push(await ask(port, agent, either));
  } catch {
    // Whoever was not answered in time says nothing; anything else is a path that does not answer.
    signal?.throwIfAborted();
    if (!limit.aborted) return null;
  } finally {
    agent.destroy();
  }
  return median(tripsMs.toSorted((one, other) => one - other));
};
