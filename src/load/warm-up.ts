import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequestSender } from './http/request.ts';
import { connectionOf } from './schedule.ts';

const atMostMs = 1000;
const timeoutMs = 1000;
/** The higher the rate, the more requests are late while the compiler still works; one after the other they take less time. */
const requestsFor = (ratePerSecond: number): number => Math.min(1500, Math.max(50, Math.ceil(ratePerSecond * 1.5)));

/**
 * Sends requests to a server of its own in this very thread, one after the other, so that code is loaded and compiled
 * before the first request that counts: in a cold thread that one takes some 15 ms, and those due meanwhile are late.
 * What becomes of these requests is of no account; their number and their time are bounded.
 */
export const warmUp = async (ratePerSecond: number): Promise<void> => {
  const server = createServer((_request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sender = createRequestSender({ host: '127.0.0.1', port, path: '/' }, timeoutMs);
  const requests = requestsFor(ratePerSecond);
  const untilMs = performance.now() + atMostMs;
  for (let request = 0; request < requests && performance.now() < untilMs; request += 1) {
    await new Promise((resolve) => sender.send(connectionOf(request, 'both'), resolve));
  }
  sender.close();
  server.close();
};
