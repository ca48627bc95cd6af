import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a server does with one request, once its head has come. */
export const behaviours = {
  answer: (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  answerUntilClose: (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall there is'),
  redirect: (socket: Socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n'),
  unavailable: (socket: Socket) => socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nlate'),
  hang: (_socket: Socket) => undefined,
  hangInBody: (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  reset: (socket: Socket) => socket.resetAndDestroy(),
  resetInBody: (socket: Socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => socket.resetAndDestroy()),
  close: (socket: Socket) => socket.end(),
  closeInBody: (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  garbage: (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  garbageInBody: (socket: Socket) =>
    socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nthis is no chunk\r\n'),
  upgrade: (socket: Socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
} as const;

export type Behaviour = keyof typeof behaviours;

export type TestServer = {
  readonly port: number;
  /** Requests whose head came, and connections accepted, so far. */
  readonly requests: () => number;
  readonly connections: () => number;
  /** The heads of all requests so far. */
  readonly heads: readonly string[];
  /** Answers every request that hangs, and those that still come to hang, until `done` settles. */
  readonly releaseUntil: <T>(done: Promise<T>) => Promise<T>;
};

/**
 * A TCP server on loopback, closed when the test ends.
 * @param choose what to do with a request: counted from 0 over all connections, and on its own connection
 */
export const startServer = async (
  choose: (request: number, onConnection: number) => Behaviour,
  host: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<TestServer> => {
  const sockets = new Set<Socket>();
  const hanging: Socket[] = [];
  const heads: string[] = [];
  let connections = 0;
  let onHang = (): void => undefined;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let onConnection = 0;
    let received = '';
    socket.on('close', () => sockets.delete(socket));
    // The client resets what it gave up on; that is its right and no concern of the server.
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      received += data.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const behaviour = choose(heads.length, onConnection);
        heads.push(received.slice(0, end));
        received = received.slice(end + 4);
        onConnection += 1;
        if (behaviour === 'hang') hanging.push(socket);
        behaviours[behaviour](socket);
        onHang();
      }
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port,
    requests: () => heads.length,
    connections: () => connections,
    heads,
    releaseUntil: async (done) => {
      const release = (): void => {
        for (const socket of hanging.splice(0)) behaviours.answer(socket);
      };
      release();
      onHang = release;
      return done;
    },
  };
};

/** A port of loopback at which nobody listens: the system gave it out, and it was given back. */
export const refusingPort = async (): Promise<number> => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
};
