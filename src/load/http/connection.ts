import { connect } from 'node:net';
import { errnoOf, messageOf } from '../../common/errors.ts';
import { createResponseReader } from './http-response.ts';
import { type Ending, endingOfStatus, outcomeOfErrorCode, ownCodes } from './outcome.ts';
import type { PortMemory } from './port-memory.ts';

/** A server that was asked to close does so at once; one that has not after this long is not waited for. */
const patienceMs = 1000;

/** Where the bytes of every connection of this thread are read into, one after the other. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** A TCP connection to the target; it carries one request at a time. */
export type Connection = {
  /** Sends one GET. `onEnd` is called exactly once, later, and within the timeout plus a turn of the event loop. */
  readonly send: (onEnd: (ending: Ending) => void) => void;
  /** Whether it can take another request, as far as is known. */
  readonly usable: () => boolean;
  /** Lets go of it, whatever it does. */
  readonly close: () => void;
};

export type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  /** A whole GET request. */
  readonly request: string;
  readonly timeoutMs: number;
  readonly ports: PortMemory;
  /** Called before a request's end is told, where the connection can take another; null: each takes one alone. */
  readonly onFree: ((connection: Connection) => void) | null;
  /** Called once: nothing of it is left. */
  readonly onClose: (connection: Connection) => void;
};

/**
 * Opens a connection. One that serves no more requests is closed by the server first: who closes first keeps the port
 * for another 60 s (TIME_WAIT), and a client runs out of its 28,000 within a minute at some 470 requests a second; a
 * server has one port for all of them. A server that does not close is reset: so neither keeps anything.
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { host, port, request, timeoutMs, ports, onFree, onClose } = options;
  const reader = createResponseReader();
  let awaiting: ((ending: Ending) => void) | null = null;
  let timer: NodeJS.Timeout | undefined;
  /** Until when it may wait for another request. */
  let usableUntilMs = 0;

  const finish = (ending: Ending): void => {
    const onEnd = awaiting;
    awaiting = null;
    onEnd?.(ending);
  };
  const fail = (code: string): void => {
    if (awaiting === null) return;
    clearTimeout(timer);
    finish({ outcome: outcomeOfErrorCode(code), status: reader.status(), code });
  };
  const succeed = (): void => {
    clearTimeout(timer);
    if (onFree !== null && reader.reusableMs() > 0) {
      usableUntilMs = performance.now() + reader.reusableMs();
      onFree(connection);
    } else timer = setTimeout(() => socket.resetAndDestroy(), patienceMs);
    finish(endingOfStatus(reader.status() ?? 0));
  };

  const take = (length: number): true => {
    if (awaiting === null) {
      // What nobody asked for says that the server is about to end the connection, or does not count as we do.
      usableUntilMs = 0;
      return true;
    }
    const progress = reader.take(buffer, length);
    if (progress === 'complete') succeed();
    else if (progress !== 'more') {
      fail(progress);
      socket.resetAndDestroy();
    }
    return true;
  };

  const socket = connect({ host, port, allowHalfOpen: true, onread: { buffer, callback: take } });
  socket.on('end', () => {
    usableUntilMs = 0;
    // A connection that was closed in order before the response was complete counts as one that was cut off.
    if (awaiting !== null && reader.end()) succeed();
    else fail('ECONNRESET');
    socket.destroy();
  });
  socket.on('error', (error) => fail(errnoOf(error) ?? messageOf(error)));
  socket.on('close', () => {
    fail(ownCodes.noResponse);
    clearTimeout(timer);
    onClose(connection);
  });

  const expire = (): void => {
    if (!socket.connecting) {
      fail(ownCodes.responseTimeout);
      // Reset, for closing first would keep the port (TIME_WAIT); one that never was a connection has nothing to reset.
      socket.resetAndDestroy();
      return;
    }
    fail(ports.leave(socket.localPort, performance.now()) ? ownCodes.reusedPort : ownCodes.connectTimeout);
    socket.destroy();
  };

  const connection: Connection = {
    send: (onEnd) => {
      reader.begin();
      awaiting = onEnd;
      // Timers run before sockets are looked at. A response that lies there already, because this thread was held up,
      // is not the server's timeout: so the sockets get one more look.
      timer = setTimeout(() => setImmediate(() => awaiting === onEnd && expire()), timeoutMs);
      socket.write(request, 'latin1');
    },
    usable: () => !socket.destroyed && performance.now() < usableUntilMs,
    close: () => {
      if (connection.usable()) socket.destroy();
      else socket.resetAndDestroy();
    },
  };
  return connection;
};
