import type { Socket } from 'node:net';
import type { DirectionCounters } from './direction-counters.ts';
import { createPipe, type Pipe } from './pipe.ts';
import type { PreciseTimers } from './precise-timers.ts';
import { resetSocket } from './reset-socket.ts';

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
    reset: () => {
      resetSocket(client);
      resetSocket(target);
    },
  };
};
