import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { valueLabels } from '../read/value-labels.ts';
import { integer, oneOf } from '../read/values.ts';
import {
  amount,
  correlation,
  direction,
  directionShape,
  type FieldsOf,
  jitter,
  pathDelayFields,
  ramp,
  share,
} from './fault-fields.ts';

const chanceShape = z.strictObject({ percent: z.number(), correlationPercent: z.number() }).meta({
  id: 'Chance',
  description: 'A share in percent (0 to 100) and how much one case depends on the one before it, in percent too.',
});

export type Chance = Frozen<z.infer<typeof chanceShape>>;

/** Arguments of tc-netem(8); null: not passed. */
export const netemSettingFields = {
  delay: z
    .strictObject({
      ...pathDelayFields,
      correlationPercent: z.number(),
      distribution: z
        .enum(['normal', 'pareto', 'paretonormal'])
        .nullable()
        .describe('How jitter is distributed; null: evenly.'),
      reorder: chanceShape
        .extend({ gap: z.number() })
        .nullable()
        .describe('This share of packets goes at once, after `gap` - 1 that were delayed.'),
    })
    .nullable(),
  loss: z
    .union([
      chanceShape,
      z.strictObject({
        gemodel: z.strictObject({ p: z.number(), r: z.number(), h: z.number(), k: z.number() }),
      }),
    ])
    .nullable()
    .describe(
      'Lost at random, or by the Gilbert-Elliott chain, in percent as tc-netem(8) has them: from good to bad (p), from bad to good (r), and what comes through while bad (h) and while good (k).',
    ),
  duplicate: chanceShape.nullable(),
  corrupt: chanceShape.nullable(),
  rateBitsPerSecond: z.number().nullable(),
  slot: z
    .strictObject({
      minDelayMs: z.number(),
      maxDelayMs: z.number(),
      packets: z.number().nullable(),
      bytes: z.number().nullable(),
    })
    .nullable()
    .describe(
      'Packets leave in bursts, so long apart, of no more than so many packets and bytes; null: as many as wait.',
    ),
  direction: directionShape,
  peer: z.enum(['all', 'api-server']).describe('All traffic of the target, or only that with the API server.'),
  rampSteps: z.number().describe('In how many equal steps it grows to its full strength over its time; 1: at once.'),
};

export type NetemSettings = FieldsOf<typeof netemSettingFields>;

/** The fields have the names of Chaos Mesh's NetworkChaos where it has them. */
export const netemFields = {
  delay: z
    .strictObject({
      latency: amount('Added to every packet'),
      jitter,
      correlation,
      distribution: oneOf(
        ['normal', 'pareto', 'paretonormal'],
        'How jitter is distributed; evenly otherwise',
      ).optional(),
      reorder: z
        .strictObject({
          reorder: share('Sent at once'),
          correlation,
          gap: integer(1, 1000, 'After so many packets less one').default(1),
        })
        .optional(),
    })
    .optional(),
  loss: z
    .strictObject({
      loss: share('Lost at random').optional(),
      correlation: correlation.optional(),
      gemodel: z
        .strictObject({
          p: share('From good to bad'),
          r: share('From bad to good').default(100),
          h: share('Comes through while bad').default(0),
          k: share('Comes through while good').default(100),
        })
        .meta({ description: 'Lost in bursts, by the Gilbert-Elliott chain' })
        .optional(),
    })
    .optional(),
  duplicate: z.strictObject({ duplicate: share('Sent twice'), correlation }).optional(),
  corrupt: z.strictObject({ corrupt: share('One bit turned'), correlation }).optional(),
  rate: z
    .string()
    .regex(/^[1-9]\d{0,5}(kbit|mbit|gbit)$/)
    .meta({ description: 'No faster than, such as 1mbit' })
    .register(valueLabels, { expected: 'a rate such as 500kbit or 10mbit' })
    .optional(),
  slot: z
    .strictObject({
      min: amount('Shortest time between two bursts'),
      max: amount('Longest time between two bursts').optional(),
      packets: integer(1, 1_000_000, 'Most packets of a burst').optional(),
      bytes: integer(1, 1_000_000_000, 'Most bytes of a burst').optional(),
    })
    .optional(),
  direction,
  peer: oneOf(['all', 'api-server'], 'Only traffic with the API server, or all').default('all'),
  ramp,
};

type Parsed = z.output<z.ZodObject<typeof netemFields>>;

const bitsPerSecond = (rate: string): number => {
  const units = { kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const;
  return Number.parseInt(rate, 10) * units[rate.replace(/^\d+/, '') as keyof typeof units];
};

const chance = (percent: number, correlationPercent: number): Chance => ({ percent, correlationPercent });

const lossOf = (loss: Parsed['loss']): NetemSettings['loss'] => {
  if (loss === undefined) return null;
  if (loss.gemodel !== undefined) return { gemodel: loss.gemodel };
  return chance(loss.loss ?? 0, loss.correlation ?? 0);
};

/** The arguments of tc, from the fields as they were written. */
export const readNetem = ({
  delay,
  loss,
  duplicate,
  corrupt,
  rate,
  slot,
  direction,
  peer,
  ramp,
}: Parsed): NetemSettings => ({
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
});
