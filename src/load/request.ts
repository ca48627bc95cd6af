import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { errnoOf, messageOf } from '../common/errors.ts';
import { FreshAgent } from './fresh-agent.ts';
import { type Ending, endingOfStatus, outcomeOfErrorCode, ownCodes } from './outcome.ts';
import { createPortMemory, type PortMemory } from './port-memory.ts';

export type RequestSender = {
  /** Sends one GET now. `onEnd` is called exactly once, later, and within `timeoutMs` plus a turn of the event loop. */
  readonly send: (connection: 'fresh' | 'keep-alive', onEnd: (ending: Ending) => void) => void;
  /** Closes the idle connections. */
  readonly close: () => void;
};

/**
 * Sends requests to one target: on a TCP connection of its own each (`Connection: close`), or on pooled connections.
 * A pooled connection that the server closed while it was idle fails the next request on it, if that was sent before the
 * close was seen; such a request is a `reset`, for that is what a client with a pool sees. Nothing is ever sent again.
 */
export const createRequestSender = (
  target: { readonly host: string; readonly port: number; readonly path: string },
  timeoutMs: number,
): RequestSender => {
  const agents = {
    fresh: new FreshAgent(),
    'keep-alive': new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
  };
  const headers = { 'user-agent': 'skipbeat' };
  const ports = createPortMemory();
  const options = {
    fresh: { ...target, headers, agent: agents.fresh },
    'keep-alive': { ...target, headers, agent: agents['keep-alive'] },
  };
  return {
    send: (connection, onEnd) => sendOne(options[connection], timeoutMs, ports, onEnd),
    close: () => {
      agents.fresh.destroy();
      agents['keep-alive'].destroy();
    },
  };
};

const sendOne = (
  options: RequestOptions,
  timeoutMs: number,
  ports: PortMemory,
  onEnd: (ending: Ending) => void,
): void => {
  let status: number | null = null;
  let ended = false;
  const request = httpRequest(options);

  const end = (ending: Ending): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    onEnd(ending);
  };
  const fail = (code: string): void => end({ outcome: outcomeOfErrorCode(code), status, code });
  const onError = (error: Error): void => fail(errnoOf(error) ?? messageOf(error));

  // Timers run before sockets are looked at. A response that lies there already, because this thread was held up,
  // is not the server's timeout: so the sockets get one more look.
  const timer = setTimeout(() => setImmediate(onTimeout), timeoutMs);
  const onTimeout = (): void => {
    if (ended) return;
    const { connecting = true, localPort } = request.socket ?? {};
    if (!connecting) fail(ownCodes.responseTimeout);
    else fail(ports.leave(localPort, performance.now()) ? ownCodes.reusedPort : ownCodes.connectTimeout);
    // Reset, for closing first would keep the port (TIME_WAIT); one that never was a connection has nothing to reset.
    if (!connecting) request.socket?.resetAndDestroy();
    request.destroy();
  };

  request.on('error', onError);
  // With a response, its own 'end' or 'error' may still follow the close of the request.
  request.once('close', () => {
    if (status === null) fail(ownCodes.noResponse);
  });
  request.once('response', (response: IncomingMessage) => {
    const received = response.statusCode ?? 0;
    status = received;
    response.on('error', onError);
    response.once('end', () => end(endingOfStatus(received)));
    response.resume();
  });
  request.end();
};
