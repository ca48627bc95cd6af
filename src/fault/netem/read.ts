import type { NetemAmounts } from './arguments.ts';

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
  // What follows is told by Linux 7.0 and later alone.
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

type Setting = { readonly name: string; readonly asked: number; readonly path: readonly [string, string] };

/** What tc should print, in its own units: seconds, shares of 1, bytes a second. Source: iproute2 tc/q_netem.c. */
const settingsOf = (amounts: NetemAmounts): readonly Setting[] => {
  const { delay, loss, duplicate, corrupt, rateBitsPerSecond, slot } = amounts;
  const settings: Setting[] = [];
  const add = (name: string, asked: number, ...path: [string, string]): void => {
    settings.push({ name, asked, path });
  };
  if (delay !== null) {
    add('delay', delay.delayMs / 1000, 'delay', 'delay');
    add('jitter', delay.jitterMs / 1000, 'delay', 'jitter');
    if (delay.reorder !== null) add('reorder', delay.reorder.percent / 100, 'reorder', 'reorder');
  }
  if (loss !== null && 'percent' in loss) add('loss', loss.percent / 100, 'loss-random', 'loss');
  if (loss !== null && 'gemodel' in loss) add('gemodel p', loss.gemodel.p / 100, 'loss-gemodel', 'p');
  if (duplicate !== null) add('duplicate', duplicate.percent / 100, 'duplicate', 'duplicate');
  if (corrupt !== null) add('corrupt', corrupt.percent / 100, 'corrupt', 'corrupt');
  if (rateBitsPerSecond !== null) add('rate', rateBitsPerSecond / 8, 'rate', 'rate');
  if (slot !== null) add('slot', slot.minDelayMs / 1000, 'slot', 'min-delay');
  return settings;
};

const numberAt = (options: ReadQueue['options'], [outer, inner]: readonly [string, string]): number | null => {
  const group = options?.[outer];
  const found = typeof group === 'object' && group !== null ? (group as Record<string, unknown>)[inner] : undefined;
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
