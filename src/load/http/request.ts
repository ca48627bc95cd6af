import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type RequestForm, requestText } from '../asked.ts';
import { Connection, type ConnectionOptions, createPortMemory } from './connection.ts';
import type { Ending } from './outcome.ts';
import { createHeadMemory } from './response-head.ts';

export type RequestSender = {
  /** Sends one request now. `onEnd` is called exactly once, later, and within `timeoutMs` plus a turn of the event loop. */
  readonly send: (connection: 'fresh' | 'keep-alive', onEnd: (ending: Ending) => void) => void;
  /** Closes the idle connections. */
  readonly close: () => void;
};

/**
 * Sends requests to one target: on a TCP connection of its own each (`Connection: close`), or on pooled connections, the
 * one used last first. A pooled connection that the server closed while it was idle fails the next request on it, if that
 * was sent before the close was seen; such a request is a `reset`, for that is what a client with a pool sees. Nothing is
 * ever sent again.
 *
 * Node's own client costs twice as much CPU for each request, of which one at a time on each connection needs nothing.
 */
export const createRequestSender = (
  target: RequestForm & { readonly host: string; readonly port: number; readonly path: string },
  timeoutMs: number,
): RequestSender => {
  const { host, port, path } = target;
  const open: Connection[] = [];
  /** The last one takes its place. A set would grow and shrink, and its former tables keep what they held. */
  const forget = (connection: Connection): void => {
    const last = open.pop();
    if (last === undefined || last === connection) return;
    open[connection.place] = last;
    last.place = connection.place;
  };
  const idle: Connection[] = [];
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const requestThat = (connection: 'close' | 'keep-alive'): string => requestText(target, path, authority, connection);
  const { tls } = target;
  const shared = {
    host,
    port,
    timeoutMs,
    tls:
      tls === undefined
        ? null
        : {
            servername: tls.serverName,
            rejectUnauthorized: tls.ca !== null,
            // Read once: a connection of its own each would parse it anew.
            secureContext: createSecureContext(tls.ca === null ? {} : { ca: tls.ca }),
          },
    ports: createPortMemory(),
    heads: createHeadMemory(),
    onClose: (connection: Connection) => {
      forget(connection);
      const at = idle.indexOf(connection);
      if (at !== -1) idle.splice(at, 1);
    },
  };
  const options = {
    fresh: { ...shared, request: requestThat('close'), onFree: null },
    'keep-alive': {
      ...shared,
      request: requestThat('keep-alive'),
      onFree: (connection: Connection) => void idle.push(connection),
    },
  };
  const make = (how: ConnectionOptions): Connection => {
    const made = new Connection(how);
    made.place = open.push(made) - 1;
    return made;
  };
  const pooled = (): Connection | null => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.usable()) return last;
      last.close();
    }
    return null;
  };
  return {
    send: (connection, onEnd) => {
      const reused = connection === 'fresh' ? null : pooled();
      (reused ?? make(options[connection])).send(onEnd);
    },
    close: () => {
      for (const connection of open) connection.close();
    },
  };
};
