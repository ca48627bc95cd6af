import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Relay, type RelayOptions, startRelay } from '../../src/relay/index.ts';

/** A server on loopback, gone when the test ends. Its sockets may stay half open. */
export const serve = async (onSocket: (socket: Socket) => void): Promise<number> => {
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
  return (server.address() as AddressInfo).port;
};

const fixed = (delayMs: number, jitterMs = 0) => ({ up: { delayMs, jitterMs }, down: { delayMs, jitterMs } });

/** A relay on loopback towards one port, closed when the test ends. */
export const relayTo = async (
  port: number,
  { delayMs = 0, jitterMs = 0, ...options }: Partial<RelayOptions> & { delayMs?: number; jitterMs?: number } = {},
): Promise<{ readonly relay: Relay; readonly port: number }> => {
  const relay = await startRelay({
    host: '127.0.0.1',
    routes: [{ target: { host: '127.0.0.1', port }, clients: null }],
    delays: fixed(delayMs, jitterMs),
    seed: 1,
    ...options,
  });
  onTestFinished(async () => void (await relay.close()));
  return { relay, port: relay.ports[0] ?? 0 };
};

/** A client's socket; what goes wrong with it is for the test to check. */
export const dial = async (port: number): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.setNoDelay(true);
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return socket;
};

/** Everything up to the end of the stream. */
export const readAll = async (socket: Socket): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

/** How a socket ends: `end`, or the code of its error. */
export const endOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.once('end', () => resolve('end'));
  });

/** How a connection to a port ends for a client that only reads: also one that is reset before the client knows that it stands. */
export const endOfConnectionTo = (port: number): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  return endOf(socket.resume());
};
