import type { NetemAmounts } from './arguments.ts';

type Chance = NonNullable<NetemAmounts['duplicate']>;

/** One queue as `tc -s -j qdisc show` prints it, as far as it is used here. */
export type ReadQueue = {
  readonly kind: string;
  readonly handle: string;
  readonly parent?: string;
  readonly root?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly packets?: number;
  readonly drops?: number;
  readonly qlen?: number;
  // What follows is printed by Linux 7.0 and later alone.
  readonly delayed?: number;
  readonly dropped?: number;
  readonly corrupted?: number;
  readonly duplicated?: number;
  readonly reordered?: number;
};

/** @throws SyntaxError where the text is no JSON */
export const readQueues = (text: string): readonly ReadQueue[] => (text.trim() === '' ? [] : JSON.parse(text));

/** The netem queue that bears the mark: the first queue of its device, or the second band of ours. */
export const markedNetem = (queues: readonly ReadQueue[], handle: string): ReadQueue | null =>
  queues.find(({ kind, handle: own, parent }) => kind === 'netem' && (own === handle || parent === `${handle}2`)) ??
  null;

type Setting = { readonly name: string; readonly asked: number; readonly path: readonly string[] };

/**
 * What tc should print, in its own units: seconds, shares of 1, bytes a second. What is 0 it leaves out, and a
 * distribution, of which the kernel keeps a table that it shows nobody. Source: iproute2 tc/q_netem.c.
 */
const settingsOf = (amounts: NetemAmounts): readonly Setting[] => {
  const { delay, loss, duplicate, corrupt, rateBitsPerSecond, slot } = amounts;
  const settings: Setting[] = [];
  const add = (name: string, asked: number, ...path: readonly string[]): void => {
    settings.push({ name, asked, path });
  };
  const chance = (name: string, one: Chance, ...path: readonly [string, string]): void => {
    add(name, one.percent / 100, ...path);
    add(`correlation of ${name}`, one.correlationPercent / 100, path[0], 'correlation');
  };
  if (delay !== null) {
    add('delay', delay.delayMs / 1000, 'delay', 'delay');
    add('jitter', delay.jitterMs / 1000, 'delay', 'jitter');
    if (delay.jitterMs > 0) add('correlation of delay', delay.correlationPercent / 100, 'delay', 'correlation');
    if (delay.reorder !== null) {
      chance('reorder', delay.reorder, 'reorder', 'reorder');
      add('gap', delay.reorder.gap, 'gap');
    }
  }
  if (loss !== null && 'percent' in loss) chance('loss', loss, 'loss-random', 'loss');
  if (loss !== null && 'gemodel' in loss) {
    const { p, r, h, k } = loss.gemodel;
    const parameters = { p, r, '1-h': 100 - h, '1-k': 100 - k };
    for (const [name, percent] of Object.entries(parameters))
      add(`gemodel ${name}`, percent / 100, 'loss-gemodel', name);
  }
  if (duplicate !== null) chance('duplicate', duplicate, 'duplicate', 'duplicate');
  if (corrupt !== null) chance('corrupt', corrupt, 'corrupt', 'corrupt');
  if (rateBitsPerSecond !== null) add('rate', rateBitsPerSecond / 8, 'rate', 'rate');
  if (slot !== null) {
    add('slot', slot.minDelayMs / 1000, 'slot', 'min-delay');
    add('longest slot', slot.maxDelayMs / 1000, 'slot', 'max-delay');
    add('packets of a slot', slot.packets ?? 0, 'slot', 'packets');
    add('bytes of a slot', slot.bytes ?? 0, 'slot', 'bytes');
  }
  return settings;
};

const numberAt = (options: ReadQueue['options'], path: readonly string[]): number | null => {
  let found: unknown = options;
  for (const key of path)
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  return typeof found === 'number' ? found : null;
};

/** The kernel keeps shares as parts of 2^32 and times in ns: nothing that it rounds shows at this distance. */
const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 + 0.001 * Math.abs(other);

/** In what the queue differs from what was asked, a few words each; empty where it is as asked. */
export const differences = (queue: ReadQueue, amounts: NetemAmounts): readonly string[] =>
  settingsOf(amounts).flatMap(({ name, asked, path }) => {
    const found = numberAt(queue.options, path) ?? 0;
    return near(found, asked) ? [] : [`${name}: expected ${asked}, found ${found}`];
  });
