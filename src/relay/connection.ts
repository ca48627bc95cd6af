import type { Socket } from 'node:net';
import type { DirectionCounters } from './direction-counters.ts';
import type { PreciseTimers } from './precise-timers.ts';

/**
 * Ends a socket with a reset. One whose own side has ended already cannot be reset any more (uv_tcp_close_reset refuses
 * after a shutdown, and the socket would never be closed): it is closed, and what its peer still sends is answered with
 * a reset by the kernel.
 */
const resetSocket = (socket: Socket): void => {
  if (socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
};

/** One direction of one connection. */
type Pipe = {
  /** The sender was reset: passes it on when all that came before has left. */
  readonly reset: () => void;
  /** From now on nothing waits for its time. */
  readonly hurry: () => void;
  /** What waits now is due at once; what comes later waits as asked. */
  readonly release: () => void;
  /** Nothing is under way in here. */
  readonly empty: () => boolean;
  /** Bytes that arrived after the receiver got the FIN. A receiver that broke off loses none by us. */
  readonly lostBytes: () => number;
};

type PipeOptions = {
  readonly from: Socket;
  readonly to: Socket;
  /** When what arrives now is due to leave. */
  readonly timetable: (arrivedMs: number) => number;
  readonly timers: PreciseTimers;
  /** The sender is not read from while this much waits: its own kernel then slows it down. */
  readonly bufferBytes: number;
  readonly counters: DirectionCounters;
  /** Whenever something arrived or left. */
  readonly onActivity: () => void;
};

type Item = { readonly what: Buffer | 'end' | 'reset'; readonly arrivedMs: number; readonly dueMs: number };

/** What one piece takes besides its bytes, so that many tiny ones are bounded too. */
const bytesPerItem = 512;

const costOf = ({ what }: Item): number => bytesPerItem + (typeof what === 'string' ? 0 : what.length);

/**
 * Reads from one socket and writes to another, each piece at its due time, in order: bytes, then the end of the stream
 * or a reset. What the receiver does not take stays here, and what does not fit here stays with the sender.
 */
const createPipe = (options: PipeOptions): Pipe => {
  const { from, to, timetable, timers, bufferBytes, counters, onActivity } = options;
  let queue: Item[] = [];
  let head = 0;
  let held = 0;
  let hurried = false;
  let blocked = false;
  let armedForMs: number | null = null;
  let broken = false;
  let lostBytes = 0;

  const take = (): Item => {
    const item = queue[head] as Item;
    head += 1;
    if (head > 1000 && head * 2 > queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
    held -= costOf(item);
    return item;
  };
  const pass = ({ what, arrivedMs, dueMs }: Item, nowMs: number): void => {
    if (what === 'end') to.end();
    else if (what === 'reset') resetSocket(to);
    else if (to.destroyed || to.writableEnded) lostBytes += broken ? 0 : what.length;
    else {
      counters.left(what.length, arrivedMs, dueMs, nowMs);
      blocked = !to.write(what);
    }
  };
  const flush = (): void => {
    const nowMs = performance.now();
    while (head < queue.length && (!blocked || to.destroyed)) {
      const { dueMs } = queue[head] as Item;
      if (dueMs > nowMs && !hurried) {
        if (armedForMs !== dueMs) {
          armedForMs = dueMs;
          timers.at(dueMs, flush);
        }
        break;
      }
      pass(take(), nowMs);
      onActivity();
    }
    if (from.isPaused() && held <= bufferBytes / 2) from.resume();
  };
  const push = (what: Item['what']): void => {
    const arrivedMs = performance.now();
    const item = { what, arrivedMs, dueMs: timetable(arrivedMs) };
    queue.push(item);
    held += costOf(item);
    onActivity();
    flush();
    if (held >= bufferBytes) from.pause();
  };

  from.on('data', (bytes: Buffer) => {
    counters.arrived(bytes.length);
    push(bytes);
  });
  from.on('end', () => push('end'));
  to.on('drain', () => {
    blocked = false;
    flush();
  });
  to.on('error', () => {
    broken = true;
  });
  // What waits for a receiver that is gone would otherwise hold its sender for good.
  to.on('close', flush);
  return {
    reset: () => push('reset'),
    hurry: () => {
      hurried = true;
      flush();
    },
    release: () => {
      const nowMs = performance.now();
      queue = queue.slice(head).map((item) => ({ ...item, dueMs: Math.min(item.dueMs, nowMs) }));
      head = 0;
      flush();
    },
    empty: () => head === queue.length && to.writableLength === 0,
    lostBytes: () => lostBytes,
  };
};

export type ConnectionOptions = {
  readonly client: Socket;
  /** Connected, or about to be. */
  readonly target: Socket;
  readonly timetables: Readonly<Record<'up' | 'down', (arrivedMs: number) => number>>;
  readonly counters: Readonly<Record<'up' | 'down', DirectionCounters>>;
  readonly timers: PreciseTimers;
  readonly bufferBytes: number;
  /** Once both sockets are closed. */
  readonly onClosed: (end: { readonly lostBytes: number }) => void;
};

/** One client's connection and its other half, towards the target. */
export type Connection = {
  /** Passes everything on at once from now on, and ends both sides at the first moment of `quietMs` without any traffic. */
  readonly drain: (quietMs: number) => void;
  /** Passes on at once what waits in either direction. */
  readonly release: () => void;
  /** Resets both sides now. */
  readonly reset: () => void;
};

/**
 * Joins two sockets in both directions. An end of the one is passed on as an end, so each direction may end by itself;
 * a reset, and whatever else breaks a connection, is passed on as a reset.
 */
export const joinSockets = (options: ConnectionOptions): Connection => {
  const { client, target, timetables, counters, timers, bufferBytes, onClosed } = options;
  let quiet: { readonly ms: number; timer: NodeJS.Timeout } | null = null;
  let open = 2;
  const onActivity = (): void => void quiet?.timer.refresh();
  const pipe = (from: Socket, to: Socket, direction: 'up' | 'down'): Pipe =>
    createPipe({
      from,
      to,
      timetable: timetables[direction],
      counters: counters[direction],
      timers,
      bufferBytes,
      onActivity,
    });
  const up = pipe(client, target, 'up');
  const down = pipe(target, client, 'down');
  for (const [socket, out] of [[client, up] as const, [target, down] as const]) {
    // Segments go out as they came in: waiting to fill them would be a delay of our own.
    socket.setNoDelay(true);
    socket.on('error', () => out.reset());
    socket.on('close', () => {
      open -= 1;
      if (open > 0) return;
      clearTimeout(quiet?.timer);
      onClosed({ lostBytes: up.lostBytes() + down.lostBytes() });
    });
  }
  const endIfQuiet = (): void => {
    if (up.empty() && down.empty()) {
      client.end();
      target.end();
    } else onActivity();
  };
  return {
    drain: (quietMs) => {
      if (quiet !== null) return;
      quiet = { ms: quietMs, timer: setTimeout(endIfQuiet, quietMs) };
      up.hurry();
      down.hurry();
    },
    release: () => {
      up.release();
      down.release();
    },
    reset: () => {
      resetSocket(client);
      resetSocket(target);
    },
  };
};
