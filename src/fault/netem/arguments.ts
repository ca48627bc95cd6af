import type { PlannedFaultOf } from '../../plan/index.ts';

type Netem = PlannedFaultOf<'netem'>;

/** Which way, seen from the node. */
export type Direction = Netem['direction'];

/** Arguments of tc-netem(8) itself, without the device. */
export type NetemAmounts = Pick<Netem, 'delay' | 'loss' | 'duplicate' | 'corrupt' | 'rateBitsPerSecond' | 'slot'>;

type Chance = NonNullable<Netem['duplicate']>;

/**
 * Packets that may wait. Without a rate, enough for 200 ms of some Gbit/s, so that the queue's end is never mistaken
 * for loss; with one, tc's own default, so that a slow link is not a store of minutes.
 */
const waiting = { free: 20_000, slowed: 1000 } as const;

const ms = (value: number): string => `${Number(value.toFixed(3))}ms`;
const percent = (value: number): string => `${Number(value.toFixed(6))}%`;

const chance = (word: readonly string[], { percent: share, correlationPercent }: Chance): readonly string[] => [
  ...word,
  percent(share),
  ...(correlationPercent > 0 ? [percent(correlationPercent)] : []),
];

const delayArguments = (delay: NetemAmounts['delay']): readonly string[] => {
  if (delay === null) return [];
  const { delayMs, jitterMs, correlationPercent, distribution, reorder } = delay;
  return [
    ...['delay', ms(delayMs)],
    ...(jitterMs > 0 ? [ms(jitterMs)] : []),
    ...(jitterMs > 0 && correlationPercent > 0 ? [percent(correlationPercent)] : []),
    ...(jitterMs > 0 && distribution !== null ? ['distribution', distribution] : []),
    ...(reorder === null ? [] : [...chance(['reorder'], reorder), 'gap', String(reorder.gap)]),
  ];
};

const lossArguments = (loss: NetemAmounts['loss']): readonly string[] => {
  if (loss === null) return [];
  if ('percent' in loss) return chance(['loss', 'random'], loss);
  const { p, r, h, k } = loss.gemodel;
  // tc-netem(8) asks for what is lost, 1-h and 1-k; h and k themselves are what comes through.
  return ['loss', 'gemodel', percent(p), percent(r), percent(100 - h), percent(100 - k)];
};

const slotArguments = (slot: NetemAmounts['slot']): readonly string[] => {
  if (slot === null) return [];
  const { minDelayMs, maxDelayMs, packets, bytes } = slot;
  return [
    ...['slot', ms(minDelayMs), ms(maxDelayMs)],
    ...(packets === null ? [] : ['packets', String(packets)]),
    ...(bytes === null ? [] : ['bytes', String(bytes)]),
  ];
};

/** The words behind `netem` on tc's command line, one argument each. Source: tc-netem(8). */
export const netemArguments = (amounts: NetemAmounts): readonly string[] => [
  ...['limit', String(amounts.rateBitsPerSecond === null ? waiting.free : waiting.slowed)],
  ...delayArguments(amounts.delay),
  ...lossArguments(amounts.loss),
  ...(amounts.corrupt === null ? [] : chance(['corrupt'], amounts.corrupt)),
  ...(amounts.duplicate === null ? [] : chance(['duplicate'], amounts.duplicate)),
  ...(amounts.rateBitsPerSecond === null ? [] : ['rate', `${Math.round(amounts.rateBitsPerSecond)}bit`]),
  ...slotArguments(amounts.slot),
];

const scaled = <C extends Chance>(one: C | null, share: number): C | null =>
  one === null ? null : { ...one, percent: one.percent * share };

const scaledLoss = (loss: NetemAmounts['loss'], share: number): NetemAmounts['loss'] => {
  if (loss === null || 'percent' in loss) return scaled(loss as Chance | null, share);
  return { gemodel: { ...loss.gemodel, p: loss.gemodel.p * share } };
};

/**
 * A part of the full strength: so much less delay, jitter, loss (of the Gilbert-Elliott chain, bad times so much rarer),
 * so many fewer packets doubled or corrupted, so much shorter slots; and a rate so much higher.
 * @param share more than 0, up to 1
 */
export const weakened = (amounts: NetemAmounts, share: number): NetemAmounts => ({
  delay:
    amounts.delay === null
      ? null
      : { ...amounts.delay, delayMs: amounts.delay.delayMs * share, jitterMs: amounts.delay.jitterMs * share },
  loss: scaledLoss(amounts.loss, share),
  duplicate: scaled(amounts.duplicate, share),
  corrupt: scaled(amounts.corrupt, share),
  rateBitsPerSecond: amounts.rateBitsPerSecond === null ? null : amounts.rateBitsPerSecond / share,
  slot:
    amounts.slot === null
      ? null
      : {
          ...amounts.slot,
          minDelayMs: amounts.slot.minDelayMs * share,
          maxDelayMs: amounts.slot.maxDelayMs * share,
        },
});

/** The strengths of a ramp, weakest first; the last is the full one. */
export const rampOf = (amounts: NetemAmounts, steps: number): readonly NetemAmounts[] =>
  Array.from({ length: steps }, (_, step) => weakened(amounts, (step + 1) / steps));
