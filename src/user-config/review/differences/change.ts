import { parseDurationMs } from '../../../common/duration.ts';
import { parseGoDecimal } from '../../../profile/index.ts';
import { isBearingDefault } from '../../tables/bearing.ts';

// What differs between two sides, and what an entry of the list of harmless changes may ask of it.

/** One thing that differs; a side that does not say it has undefined. */
export type Change = {
  /** `ClusterConfiguration`, `Pod`, `configuration of k3s or RKE2`. */
  readonly kind: string;
  /** Joined by dots. */
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Whether neither side says it several times. */
  readonly isOnce: boolean;
  /** Of both sides. */
  readonly minors: readonly [number, number];
  /** Whether both sides are judged on one version, patch included. */
  readonly isOneRelease: boolean;
  /** Whether both sides say something else under the same key above it. */
  readonly isBeside: boolean;
  /** Whether both pods were read from an API server, which writes what it found out into them. */
  readonly isShown: boolean;
};

/** Whether it is known to be harmless. */
export type Lets = (change: Change) => boolean;

export const every =
  (is: (value: unknown) => boolean): Lets =>
  ({ before, after }) =>
    [before, after].every((value) => value === undefined || is(value));

/** What holds where nobody says it may be written out. */
export const isDefault = (...values: readonly unknown[]): Lets => every((value) => values.includes(value));

export const isMs = (...values: readonly number[]): Lets =>
  every((value) => typeof value === 'string' && values.includes(parseDurationMs(value) ?? Number.NaN));

export const both =
  (...lets: readonly Lets[]): Lets =>
  (change) =>
    lets.every((each) => each(change));

export const since =
  (minor: number): Lets =>
  ({ minors }) =>
    minors.every((each) => each >= minor);

export const isBeside: Lets = (change) => change.isBeside;

/** Nothing at all: what Go's decoder makes of `null`, and of a list, a map or a struct without anything in it. */
export const isNothing = every((value) => value === null || ['{}', '[]'].includes(JSON.stringify(value)));

/** The default of a field by its name, or an empty text, which means it. */
export const isDefaultOf = (defaults: Readonly<Record<string, unknown>>): Lets => {
  const values = new Map(Object.entries(defaults));
  return (change) => isDefault('', values.get(change.name))(change);
};

export const isMsOf = (defaults: Readonly<Record<string, number>>): Lets => {
  const values = new Map(Object.entries(defaults));
  return (change) => isMs(values.get(change.name) ?? Number.NaN)(change);
};

export const isVerbosity = (value: unknown): boolean => {
  const level = typeof value === 'number' ? value : parseGoDecimal(String(value));
  return level !== null && Number.isInteger(level) && level >= 0 && level <= 4;
};

/** A gate of heartbeats that is written out on one side, as it is where nobody sets it. */
export const isGateDefault: Lets = ({ name, before, after, minors }) =>
  [before, after].every(
    (value, side) =>
      value === undefined ||
      isBearingDefault({ name: /\w+$/.exec(name)?.[0] ?? '', value: String(value) }, minors[side] ?? Number.NaN),
  );
