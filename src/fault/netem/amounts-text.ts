import type { NetemAmounts } from './arguments.ts';

type Chance = NonNullable<NetemAmounts['duplicate']>;

const n = (value: number): string => String(Number(value.toFixed(3)));

const correlated = (text: string, correlationPercent: number): string =>
  correlationPercent > 0 ? `${text} (correlation ${n(correlationPercent)} %)` : text;

const chance = (name: string, one: Chance | null): readonly string[] =>
  one === null ? [] : [correlated(`${name} ${n(one.percent)} %`, one.correlationPercent)];

const delayText = (delay: NetemAmounts['delay']): readonly string[] => {
  if (delay === null) return [];
  const { delayMs, jitterMs, correlationPercent, distribution, reorder } = delay;
  const jitter = jitterMs > 0 ? ` ± ${n(jitterMs)} ms${distribution === null ? '' : ` ${distribution}`}` : '';
  const overtaking = reorder === null ? [] : chance('reorder', reorder).map((text) => `${text} gap ${reorder.gap}`);
  return [correlated(`delay ${n(delayMs)} ms${jitter}`, correlationPercent), ...overtaking];
};

const lossText = (loss: NetemAmounts['loss']): readonly string[] => {
  if (loss === null) return [];
  if ('percent' in loss) return chance('loss', loss);
  const { p, r, h, k } = loss.gemodel;
  return [`loss in bursts, p ${n(p)} % r ${n(r)} % h ${n(h)} % k ${n(k)} %`];
};

/** What was asked, for a person: `delay 200 ms ± 50 ms, loss 5 %`. */
export const amountsText = ({ delay, loss, duplicate, corrupt, rateBitsPerSecond, slot }: NetemAmounts): string =>
  [
    ...delayText(delay),
    ...lossText(loss),
    ...chance('corrupt', corrupt),
    ...chance('duplicate', duplicate),
    ...(rateBitsPerSecond === null ? [] : [`rate ${n(rateBitsPerSecond / 1e6)} Mbit/s`]),
    ...(slot === null ? [] : [`slots of ${n(slot.minDelayMs)} to ${n(slot.maxDelayMs)} ms`]),
  ].join(', ');
