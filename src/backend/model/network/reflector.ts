import type { Clock } from '../engine/clock.ts';
import { handshakePatienceUs, secondUs, watchUs } from '../engine/constants.ts';
import type { Rng, RngSource } from '../engine/random.ts';

/** What a watch of kwok does once its connection is gone. */
export type Reflector = {
  readonly lost: () => void;
  /** A new connection stands. */
  readonly connected: () => void;
};

type Owner = {
  readonly clock: Clock;
  readonly rngs: RngSource;
  readonly isConnected: () => boolean;
  readonly dial: () => void;
  /** It has listed everything anew, and watches again. */
  readonly listed: () => void;
};

/** client-go's reflector: how long it pauses the first time, how much longer each time, and at most; up to twice as long by chance. */
const backOff = { fromUs: 0.8 * secondUs, factor: 2, maxUs: 30 * secondUs } as const;

/**
 * A watch that ends with its connection is followed by a pause, then a list, and so on until one is answered. A list waits for a
 * connection as long as its dial, 10 s through a relay. A connection that comes in a pause waits for the end of that.
 * @see k8s.io/client-go v0.36.1 tools/cache/reflector.go: handleAnyWatch, RunWithContext, defaultBackoffInit to defaultBackoffJitter
 */
export const createReflector = ({ clock, rngs, isConnected, dial, listed }: Owner): Reflector => {
  let rng: Rng | null = null;
  /** Which try of which loss it is: what an earlier one has set counts no more. */
  let turn = 0;
  let pauses = 0;
  let state: 'watching' | 'pausing' | 'dialling' = 'watching';

  const watch = (): void => {
    turn += 1;
    state = 'watching';
    clock.at(clock.now() + watchUs, listed, undefined);
  };
  const pause = (): void => {
    // Its own, from the first loss on: a run without one draws as if there were no watch.
    rng ??= rngs.next();
    const minUs = Math.min(backOff.maxUs, backOff.fromUs * backOff.factor ** pauses);
    pauses += 1;
    state = 'pausing';
    turn += 1;
    clock.at(clock.now() + minUs + rng.below(minUs), list, turn);
  };
  const list = (of: number): void => {
    if (of !== turn) return;
    if (isConnected()) {
      watch();
      return;
    }
    state = 'dialling';
    dial();
    clock.at(clock.now() + handshakePatienceUs, giveUp, turn);
  };
  const giveUp = (of: number): void => {
    if (of === turn) pause();
  };
  return {
    lost: () => {
      if (state !== 'watching') return;
      pauses = 0;
      pause();
    },
    connected: () => {
      if (state !== 'pausing') watch();
    },
  };
};
