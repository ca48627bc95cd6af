import type { PlannedFault } from '../../../plan/index.ts';
import { heartbeatBits, secondUs } from '../engine/constants.ts';

/** Which way a fault of the network bites, as seen from the node. */
export type Direction = 'egress' | 'ingress' | 'both';

/** In how many equal steps something grows to its full strength over its time; at once where it is left out. */
export type Growing = { readonly rampSteps?: number };

/** A message takes `delayUs` and up to `jitterUs` more; `loss`, from 0 to 1, of them has to be sent again. */
export type Slower = Growing & {
  readonly delayUs: number;
  readonly jitterUs?: number;
  readonly loss?: number;
  readonly direction: Direction;
};

export type SlowServer = Growing & { readonly delayUs: number; readonly jitterUs?: number };

/** As plans have them. */
type PathDelay = { readonly delayMs: number; readonly jitterMs: number };
type NetemSettings = Extract<PlannedFault, { kind: 'netem' }>;

/** Milliseconds as the model's µs. */
export const us = (ms: number): number => Math.round(ms * 1000);

/** Directions of plans as the model has them, seen from the node. */
export const directions = { to: 'egress', from: 'ingress', both: 'both' } as const satisfies {
  readonly [D in NetemSettings['direction']]: Direction;
};

/** A delay that lies up to its jitter away on either side, as the least of it and what may come on top. */
export const spread = ({ delayMs, jitterMs }: PathDelay): { readonly delayUs: number; readonly jitterUs: number } => {
  const minMs = Math.max(0, delayMs - jitterMs);
  return { delayUs: us(minMs), jitterUs: us(delayMs + jitterMs - minMs) };
};

/** The share that is lost over long: at random, or by the Gilbert-Elliott chain's time in each of its states. */
const lossOf = ({ loss, corrupt }: NetemSettings): number => {
  const { p, r, h, k } = loss !== null && 'gemodel' in loss ? loss.gemodel : { p: 0, r: 100, h: 0, k: 100 };
  const bad = p + r === 0 ? 0 : p / (p + r);
  const lost = loss === null ? 0 : 'gemodel' in loss ? bad * (100 - h) + (1 - bad) * (100 - k) : loss.percent;
  // A packet that was changed is not taken.
  const through = (1 - lost / 100) * (1 - (corrupt?.percent ?? 0) / 100);
  return 1 - through;
};

/**
 * What netem does to a heartbeat on its connection. A rate takes as long as a heartbeat is, a slot up to its longest
 * pause. Doubled and reordered packets make no difference to a connection; how jitter is distributed, and whether one
 * loss goes with the next, is left out.
 */
export const fromNetem = (netem: NetemSettings) => {
  const { delayUs, jitterUs } = netem.delay === null ? { delayUs: 0, jitterUs: 0 } : spread(netem.delay);
  const sendingUs =
    netem.rateBitsPerSecond === null ? 0 : Math.round((heartbeatBits * secondUs) / netem.rateBitsPerSecond);
  return {
    delayUs: delayUs + sendingUs,
    jitterUs: jitterUs + us(netem.slot?.maxDelayMs ?? 0),
    loss: lossOf(netem),
    direction: directions[netem.direction],
    rampSteps: netem.rampSteps,
  };
};
