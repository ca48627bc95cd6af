import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// Both ends of a relay, in a process of their own: an echo server, a sink, and clients that measure; in another one, a
// proxy that adds nothing, to compare with. Driven by messages.

export type PeerTask =
  | { readonly what: 'listen'; readonly how: 'echo' | 'sink' }
  /** A plain proxy to that port: what a relay costs without any delay, at the least. */
  | { readonly what: 'proxy'; readonly port: number }
  | { readonly what: 'send'; readonly port: number; readonly bytes: number }
  | {
      readonly what: 'trips';
      readonly port: number;
      readonly connections: number;
      readonly trips: number;
      /** Before each trip: so long as a delay elsewhere leaves the machine idle, for both to find it as cold. */
      readonly pauseMs?: number;
    };

export type PeerAnswer =
  | { readonly port: number }
  | { readonly sentBytes: number; readonly seconds: number }
  | { readonly tripsMs: readonly number[] };

let sunkBytes = 0;
let whenSunk: { bytes: number; done: () => void } | null = null;

const listen = (onSocket: (socket: Socket) => void): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.setNoDelay(true);
      // A relay that is closed resets what is open.
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });

const sink = (socket: Socket): void => {
  socket.on('data', (bytes) => {
    sunkBytes += bytes.length;
    if (whenSunk !== null && sunkBytes >= whenSunk.bytes) whenSunk.done();
  });
};

const pass = (from: Socket, port: number): void => {
  const to = connect({ host: '127.0.0.1', port });
  to.setNoDelay(true);
  to.on('error', () => from.destroy());
  from.on('close', () => to.destroy());
  from.pipe(to).pipe(from);
};

/** Until everything has come out at the sink. */
const send = async (port: number, bytes: number): Promise<PeerAnswer> => {
  const socket = await dial(port);
  const piece = Buffer.alloc(65_536, 7);
  const startedAtMs = performance.now();
  sunkBytes = 0;
  const sunk = new Promise<void>((done) => {
    whenSunk = { bytes, done };
  });
  for (let sent = 0; sent < bytes; sent += piece.length) {
    const more = socket.write(sent + piece.length > bytes ? piece.subarray(0, bytes - sent) : piece);
    if (!more) await new Promise<void>((resolve) => void socket.once('drain', resolve));
  }
  await sunk;
  const seconds = (performance.now() - startedAtMs) / 1000;
  socket.destroy();
  return { sentBytes: sunkBytes, seconds };
};

const trip = (socket: Socket): Promise<number> =>
  new Promise((resolve) => {
    const startedAtMs = performance.now();
    socket.once('data', () => resolve(performance.now() - startedAtMs));
    socket.write('ball');
  });

type Trips = PeerTask & { readonly what: 'trips' };

const trips = async ({ port, connections, trips: count, pauseMs = 0 }: Trips): Promise<PeerAnswer> => {
  const sockets = await Promise.all(Array.from({ length: connections }, () => dial(port)));
  const each = sockets.map(async (socket) => {
    const tripsMs: number[] = [];
    // The first one warms up.
    await trip(socket);
    for (let done = 0; done < count; done += 1) {
      if (pauseMs > 0) await pause(pauseMs);
      tripsMs.push(await trip(socket));
    }
    socket.destroy();
    return tripsMs;
  });
  return { tripsMs: (await Promise.all(each)).flat() };
};

const work = async (task: PeerTask): Promise<PeerAnswer> => {
  if (task.what === 'listen')
    return { port: await listen(task.how === 'sink' ? sink : (socket) => socket.pipe(socket)) };
  if (task.what === 'proxy') return { port: await listen((socket) => pass(socket, task.port)) };
  if (task.what === 'send') return send(task.port, task.bytes);
  return trips(task);
};

process.on('message', async (task: PeerTask) => {
  process.send?.(await work(task));
});
