import type { Socket } from 'node:net';
import type { DirectionCounters } from './direction-counters.ts';
import type { PreciseTimers } from './precise-timers.ts';
import { resetSocket } from './reset-socket.ts';

/** One direction of one connection. */
export type Pipe = {
  /** The sender was reset: passes it on when all that came before has left. */
  readonly reset: () => void;
  /** From now on nothing waits for its time. */
  readonly hurry: () => void;
  /** Nothing is under way in here. */
  readonly empty: () => boolean;
  /** Bytes that arrived after the receiver got the FIN. A receiver that broke off loses none by us. */
  readonly lostBytes: () => number;
};

export type PipeOptions = {
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
export const createPipe = (options: PipeOptions): Pipe => {
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
    empty: () => head === queue.length && to.writableLength === 0,
    lostBytes: () => lostBytes,
  };
};
