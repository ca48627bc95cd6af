import { parseDurationMs } from '../common/duration.ts';
import { isMapping, type Mapping, type Path, type Problem } from './problems.ts';
import { describeValue } from './words.ts';

const effects = ['delay', 'loss', 'duplicate', 'corrupt', 'rate', 'slot'];

const ms = (value: unknown): number | null => (typeof value === 'string' ? parseDurationMs(value) : null);

/** What of a delay stands on jitter: tc refuses the one without the other. */
const checkJitter = (delay: unknown, path: Path): readonly Problem[] => {
  if (!isMapping(delay) || (ms(delay.jitter ?? '0s') ?? 1) > 0) return [];
  return ['distribution', 'correlation'].flatMap((key): readonly Problem[] =>
    delay[key] === undefined || delay[key] === 0
      ? []
      : [{ path: [...path, key], message: `expected jitter beside ${key}, received ${key} alone`, atKey: true }],
  );
};

const checkLoss = (loss: unknown, path: Path): readonly Problem[] => {
  if (!isMapping(loss)) return [];
  const [random, chain] = [loss.loss !== undefined, loss.gemodel !== undefined];
  if (random !== chain) return [];
  const received = random ? 'loss and gemodel' : 'none of them';
  return [{ path, message: `expected exactly one of loss, gemodel, received ${received}` }];
};

const checkSlot = (slot: unknown, path: Path): readonly Problem[] => {
  if (!isMapping(slot)) return [];
  const [min, max] = [ms(slot.min), ms(slot.max)];
  if (min === null || max === null || min <= max) return [];
  const message = `expected at least min (${describeValue(slot.min)}), received ${describeValue(slot.max)}`;
  return [{ path: [...path, 'max'], message }];
};

const checkOne = (fault: Mapping, path: Path): readonly Problem[] => [
  ...(effects.some((effect) => fault[effect] !== undefined)
    ? []
    : [{ path, message: `expected at least one of ${effects.join(', ')} beside netem, received none of them` }]),
  ...checkJitter(fault.delay, [...path, 'delay']),
  ...checkLoss(fault.loss, [...path, 'loss']),
  ...checkSlot(fault.slot, [...path, 'slot']),
];

/** Checks what the fields of netem need of one another. */
export const checkNetem = (inject: unknown, path: Path): readonly Problem[] =>
  Array.isArray(inject)
    ? inject.flatMap((fault, index) =>
        isMapping(fault) && fault.kind === 'netem' ? checkOne(fault, [...path, index]) : [],
      )
    : [];
