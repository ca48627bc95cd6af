import type { Mapping, Path } from '../../common/plain-data.ts';
import type { Fields } from '../read/fields.ts';
import { type Problem, valueAt } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import type { netemFields } from './netem.ts';

type Netem = Fields<typeof netemFields>;

const effects = ['delay', 'loss', 'duplicate', 'corrupt', 'rate', 'slot'] as const satisfies readonly (keyof Netem)[];

/** What of a delay stands on jitter: tc refuses the one without the other. */
const checkJitter = ({ delay }: Netem, path: Path): readonly Problem[] => {
  if (delay == null || delay.jitter > 0) return [];
  return (['distribution', 'correlation'] as const).flatMap((key): readonly Problem[] =>
    delay[key] === undefined || delay[key] === 0
      ? []
      : [
          {
            path: [...path, 'delay', key],
            message: `expected jitter beside ${key}, received ${key} alone`,
            atKey: true,
          },
        ],
  );
};

const checkLoss = ({ loss }: Netem, path: Path): readonly Problem[] => {
  if (loss == null) return [];
  const [random, chain] = [loss.loss !== undefined, loss.gemodel !== undefined];
  if (random !== chain) return [];
  const received = random ? 'loss and gemodel' : 'none of them';
  return [{ path: [...path, 'loss'], message: `expected exactly one of loss, gemodel, received ${received}` }];
};

const checkSlot = ({ slot }: Netem, written: Mapping, path: Path): readonly Problem[] => {
  if (slot == null || slot.max === undefined || slot.min <= slot.max) return [];
  const [min, max] = ['min', 'max'].map((key) => describeValue(valueAt(written, ['slot', key])));
  return [{ path: [...path, 'slot', 'max'], message: `expected at least min (${min}), received ${max}` }];
};

/**
 * Checks what the fields of netem need of one another.
 * @param written the fault as it was written, for what was received
 */
export const checkNetem = (netem: Netem, written: Mapping, path: Path): readonly Problem[] => [
  ...(effects.some((effect) => netem[effect] !== undefined)
    ? []
    : [{ path, message: `expected at least one of ${effects.join(', ')} beside netem, received none of them` }]),
  ...checkJitter(netem, path),
  ...checkLoss(netem, path),
  ...checkSlot(netem, written, path),
];
