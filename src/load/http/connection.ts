import { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket, type ConnectionOptions as TlsOptions } from 'node:tls';
import { errnoOf, messageOf } from '../../common/errors.ts';
import { unansweredLifeMs } from '../../timeline/index.ts';
import { ResponseReader } from './http-response.ts';
import { type Ending, endingOfStatus, outcomeOfErrorCode, ownCodes } from './outcome.ts';
import type { HeadMemory } from './response-head.ts';

/** The source ports on which nobody answered, for as long as the kernels on the way remember them. */
type PortMemory = {
  /** Notes that a connection from that port was given up unanswered. @returns whether an earlier one had been, too */
  readonly leave: (port: number | undefined, nowMs: number) => boolean;
};

export const createPortMemory = (): PortMemory => {
  const leftMs = new Map<number, number>();
  return {
    leave: (port, nowMs) => {
      if (port === undefined) return false;
      const beforeMs = leftMs.get(port);
      leftMs.set(port, nowMs);
      return beforeMs !== undefined && nowMs - beforeMs < unansweredLifeMs;
    },
  };
};

/** A server that was asked to close does so at once; one that has not after this long is not waited for. */
const patienceMs = 1000;

/** Where the bytes of every connection of this thread are read into, one after the other. */
const buffer = Buffer.allocUnsafeSlow(65_536);

export type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  /** A whole request, a character for each byte. */
  readonly request: string;
  readonly timeoutMs: number;
  /** null: plain HTTP. */
  readonly tls: Pick<TlsOptions, 'servername' | 'rejectUnauthorized' | 'secureContext'> | null;
  readonly ports: PortMemory;
  readonly heads: HeadMemory;
  /** Called before a request's end is reported, where the connection can take another; null: each takes one alone. */
  readonly onFree: ((connection: Connection) => void) | null;
  /** Called once: nothing of it is left. */
  readonly onClose: (connection: Connection) => void;
};

type OnEnd = (ending: Ending) => void;

/** Its listeners are shared, and find the connection here. */
class OwnedSocket extends Socket {
  owner: Connection | null = null;
}

/**
 * A TCP connection to the target; it carries one request at a time. One that serves no more requests is closed by the
 * server first: who closes first keeps the port for another 60 s (TIME_WAIT), and a client runs out of its 28,000 within a
 * minute at some 470 requests a second; a server has one port for all of them. A server that does not close is reset: so
 * neither keeps anything.
 *
 * A class: Node's stream has a function in V8's old generation (it is assigned to a property where it is written), which
 * keeps whatever a closed socket leads to until the next full collection. So that is to be little.
 */
export class Connection {
  /** Among the open ones: whoever keeps them says where. */
  place = -1;
  readonly #options: ConnectionOptions;
  readonly #reader: ResponseReader;
  readonly #socket: OwnedSocket;
  /** Over the socket; null: plain HTTP, or the handshake has not begun. */
  #secure: TLSSocket | null = null;
  /** Requests may be written. */
  #isOpen = false;
  #awaiting: OnEnd | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Until when it may wait for another request. */
  #usableUntilMs = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reader = new ResponseReader(options.heads);
    const callback = (length: number): boolean => socket.owner?.take(buffer, length) ?? true;
    const socket: OwnedSocket = new OwnedSocket(
      options.tls === null ? { allowHalfOpen: true, onread: { buffer, callback } } : { allowHalfOpen: true },
    );
    this.#socket = socket;
    socket.owner = this;
    socket.on('connect', onConnect);
    // Over TLS it is what is in it that ends.
    if (options.tls === null) socket.on('end', onEnd);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.connect(options.port, options.host);
  }

  /** Sends one request. `onEnd` is called exactly once, later, and within the timeout plus a turn of the event loop. */
  send(onEnd: OnEnd): void {
    this.#reader.begin();
    this.#awaiting = onEnd;
    this.#timer = setTimeout(expireSoon, this.#options.timeoutMs, this, onEnd);
    if (this.#isOpen) this.#write();
  }

  #write(): void {
    (this.#secure ?? this.#socket).write(this.#options.request, 'latin1');
  }

  #open(): void {
    this.#isOpen = true;
    this.#write();
  }

  onConnected(): void {
    const { tls } = this.#options;
    if (tls === null) {
      this.#open();
      return;
    }
    const secure = connectTls({ ...tls, socket: this.#socket, ALPNProtocols: ['http/1.1'] });
    this.#secure = secure;
    secure.on('secureConnect', () => this.#open());
    secure.on('data', (bytes: Buffer) => this.take(bytes, bytes.length));
    secure.on('end', () => this.onServerEnd());
    secure.on('error', (error) => {
      this.fail(errnoOf(error) ?? messageOf(error));
      this.#socket.destroy();
    });
  }

  /** Whether it can take another request, as far as is known. */
  usable(): boolean {
    return !this.#socket.destroyed && performance.now() < this.#usableUntilMs;
  }

  /** Lets go of it, whatever it does. */
  close(): void {
    if (this.usable()) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Unless the request ended after all. */
  expire(onEnd: OnEnd): void {
    if (this.#awaiting !== onEnd) return;
    if (!this.#socket.connecting) {
      this.fail(this.#isOpen ? ownCodes.responseTimeout : ownCodes.handshakeTimeout);
      // Reset, for closing first would keep the port (TIME_WAIT); one that never was a connection has nothing to reset.
      this.#socket.resetAndDestroy();
      return;
    }
    const reused = this.#options.ports.leave(this.#socket.localPort, performance.now());
    this.fail(reused ? ownCodes.reusedPort : ownCodes.connectTimeout);
    this.#socket.destroy();
  }

  #finish(ending: Ending): void {
    const onEnd = this.#awaiting;
    this.#awaiting = null;
    onEnd?.(ending);
  }

  fail(code: string): void {
    if (this.#awaiting === null) return;
    clearTimeout(this.#timer);
    this.#finish({ outcome: outcomeOfErrorCode(code), status: this.#reader.status(), code });
  }

  #succeed(): void {
    clearTimeout(this.#timer);
    const { onFree } = this.#options;
    const reusableMs = this.#reader.reusableMs();
    if (onFree !== null && reusableMs > 0) {
      this.#usableUntilMs = performance.now() + reusableMs;
      onFree(this);
    } else this.#timer = setTimeout(reset, patienceMs, this.#socket);
    this.#finish(endingOfStatus(this.#reader.status() ?? 0));
  }

  take(bytes: Buffer, length: number): true {
    if (this.#awaiting === null) {
      // What nobody asked for says that the server is about to end the connection, or does not count as we do.
      this.#usableUntilMs = 0;
      return true;
    }
    const progress = this.#reader.take(bytes, length);
    if (progress === 'complete') this.#succeed();
    else if (progress !== 'more') {
      this.fail(progress);
      this.#socket.resetAndDestroy();
    }
    return true;
  }

  onServerEnd(): void {
    this.#usableUntilMs = 0;
    // A connection that was closed in order before the response was complete counts as one that was cut off.
    if (this.#awaiting !== null && this.#reader.end()) this.#succeed();
    else this.fail('ECONNRESET');
    this.#socket.destroy();
  }

  onClosed(): void {
    this.fail(ownCodes.noResponse);
    clearTimeout(this.#timer);
    this.#socket.owner = null;
    this.#options.onClose(this);
  }
}

function onConnect(this: OwnedSocket): void {
  this.owner?.onConnected();
}
function onEnd(this: OwnedSocket): void {
  this.owner?.onServerEnd();
}
function onError(this: OwnedSocket, error: Error): void {
  this.owner?.fail(errnoOf(error) ?? messageOf(error));
}
function onClose(this: OwnedSocket): void {
  this.owner?.onClosed();
}

const reset = (socket: Socket): void => void socket.resetAndDestroy();

/**
 * Timers run before sockets are polled. A response that lies there already, because this thread was held up, is not the
 * server's timeout: so the sockets are polled once more.
 */
const expireSoon = (connection: Connection, onEnd: OnEnd): void => {
  setImmediate(expire, connection, onEnd);
};
const expire = (connection: Connection, onEnd: OnEnd): void => connection.expire(onEnd);
