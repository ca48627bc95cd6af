import type { Chance, FaultOptions, NetemSettings } from './fault-types.ts';
import type { ParsedFault } from './faults.ts';
import type { ScenarioFault } from './types.ts';

type Parsed<K extends ParsedFault['kind']> = Extract<ParsedFault, { kind: K }>;

const bitsPerSecond = (rate: string): number => {
  const units = { kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const;
  return Number.parseInt(rate, 10) * units[rate.replace(/^\d+/, '') as keyof typeof units];
};

const chance = (percent: number, correlationPercent: number): Chance => ({ percent, correlationPercent });

const lossOf = (loss: Parsed<'netem'>['loss']): NetemSettings['loss'] => {
  if (loss === undefined) return null;
  if (loss.gemodel !== undefined) return { gemodel: loss.gemodel };
  return chance(loss.loss ?? 0, loss.correlation ?? 0);
};

const netemOf = ({ delay, loss, duplicate, corrupt, rate, slot, direction, peer, ramp }: Parsed<'netem'>) =>
  ({
    delay:
      delay === undefined
        ? null
        : {
            delayMs: delay.latency,
            jitterMs: delay.jitter,
            correlationPercent: delay.correlation,
            distribution: delay.distribution ?? null,
            reorder:
              delay.reorder === undefined
                ? null
                : { ...chance(delay.reorder.reorder, delay.reorder.correlation), gap: delay.reorder.gap },
          },
    loss: lossOf(loss),
    duplicate: duplicate === undefined ? null : chance(duplicate.duplicate, duplicate.correlation),
    corrupt: corrupt === undefined ? null : chance(corrupt.corrupt, corrupt.correlation),
    rateBitsPerSecond: rate === undefined ? null : bitsPerSecond(rate),
    slot:
      slot === undefined
        ? null
        : {
            minDelayMs: slot.min,
            maxDelayMs: slot.max ?? slot.min,
            packets: slot.packets ?? null,
            bytes: slot.bytes ?? null,
          },
    direction,
    peer,
    rampSteps: ramp,
  }) satisfies NetemSettings;

const pathDelayOf = ({ delay, jitter, ramp }: Parsed<'latency' | 'apiserver-latency' | 'etcd-latency'>) => ({
  delayMs: delay,
  jitterMs: jitter,
  rampSteps: ramp,
});

type KindWithOptions = { [K in keyof FaultOptions]: { readonly kind: K } & FaultOptions[K] }[keyof FaultOptions];

const optionsOf = (fault: ParsedFault): KindWithOptions => {
  switch (fault.kind) {
    case 'netem':
      return { kind: fault.kind, ...netemOf(fault) };
    case 'latency':
      return { kind: fault.kind, ...pathDelayOf(fault), lossPercent: fault.loss, direction: fault.direction };
    case 'apiserver-latency':
    case 'etcd-latency':
      return { kind: fault.kind, ...pathDelayOf(fault) };
    case 'etcd-disk-latency':
      return { kind: fault.kind, delayMs: fault.delay };
    case 'partition':
      return { kind: fault.kind, direction: fault.direction, by: fault.by, traffic: fault.traffic };
    case 'cpu-pressure':
      return { kind: fault.kind, loops: fault.loops ?? null };
    default:
      return { kind: fault.kind };
  }
};

/** A fault as the rest takes it, from what the schema let pass. */
export const readFault = (fault: ParsedFault): ScenarioFault => {
  const { role, count, nodes, leader } = fault.target;
  return {
    ...optionsOf(fault),
    target:
      leader !== undefined ? { leader } : role === undefined ? { nodes: nodes ?? [] } : { role, count: count ?? null },
    timing: {
      afterMs: fault.after ?? 0,
      lastsMs: fault.lasts ?? null,
      everyMs: fault.every ?? null,
      times: fault.times ?? 1,
    },
  };
};
