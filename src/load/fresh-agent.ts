import { Agent, type ClientRequestArgs } from 'node:http';
import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';

/** A server that was asked to close does so at once; one that has not after this long is not waited for. */
const patienceMs = 1000;

/**
 * A connection that the server is the first to close. Who closes first keeps the port for another 60 s (TIME_WAIT), and a
 * client runs out of its 28,000 within a minute at some 470 requests a second; a server has one port for all of them.
 * A server that does not close is reset: so neither keeps anything.
 */
class PatientSocket extends Socket {
  #waits = false;

  /** Called by the HTTP client once the response is complete, and by what resets a socket. */
  override destroySoon(): void {
    if (this.#waits || this.destroyed || this.readableEnded) {
      super.destroySoon();
      return;
    }
    this.#waits = true;
    // The HTTP client is to find that nothing more is written; such a socket is destroyed by the end of what it reads.
    Reflect.set(this, 'writable', false);
    this.setTimeout(patienceMs, () => this.resetAndDestroy());
    this.resume();
  }

  override resetAndDestroy(): this {
    if (this.#waits) Reflect.set(this, 'writable', true);
    this.#waits = true;
    return super.resetAndDestroy();
  }
}

/** Opens a TCP connection for each request. */
export class FreshAgent extends Agent {
  constructor() {
    super({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  }

  override createConnection(options: ClientRequestArgs): Socket {
    return new PatientSocket(options as SocketConstructorOpts).connect(options as TcpSocketConnectOpts);
  }

  override destroy(): void {
    const sockets = Object.values(this.sockets).flatMap((some) => some ?? []);
    for (const socket of sockets) socket.resetAndDestroy();
  }
}
