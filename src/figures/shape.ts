import * as z from 'zod';
import type { Figure, FigureTraits } from './figure.ts';
import type { Seen } from './seen.ts';

const traitsOf = z.registry<FigureTraits>();

/**
 * A figure that may be unknown, and is null then.
 * @param about its description in the JSON Schema: from when to when it counts, when it is null; none where that is plain
 */
export const figure = (traits: FigureTraits, about: string | null = null) => {
  const shape = z.number().nullable();
  return (about === null ? shape : shape.describe(about)).register(traitsOf, traits);
};

/** A figure that is always known. */
export const knownFigure = (traits: FigureTraits) => z.number().register(traitsOf, traits);

const without = z.registry<{ readonly why: string }>();

/** A part of run.json in which numbers are no figures: no expectation may name them. @param why for whoever reads the source */
export const noFigures = <S extends z.ZodType>(shape: S, why: string): S => {
  without.add(shape, { why });
  return shape;
};

const computedTogether = z.registry<{ readonly compute: (seen: Seen) => unknown }>();

/** A part of run.json whose figures are computed at once, for they are known together or come of one count. */
export const together = <S extends z.ZodType>(shape: S, compute: (seen: Seen) => z.output<S>): S => {
  computedTogether.add(shape, { compute });
  return shape;
};

/** Fields that are alike but for their names. */
export const alike = <N extends string, S extends z.ZodType>(
  names: readonly N[],
  shape: (name: N) => S,
): Readonly<Record<N, S>> =>
  Object.fromEntries(names.map((name) => [name, shape(name)])) as unknown as Readonly<Record<N, S>>;

/**
 * The figures of a part of run.json, in the order in which it names them. A number in it that is no figure is an error: each
 * one that an expectation may name has traits.
 */
export const figuresIn = (shape: z.core.$ZodType, path: string): readonly Figure[] => {
  const traits = traitsOf.get(shape);
  if (traits !== undefined) return [{ path, ...traits }];
  if (without.has(shape)) return [];
  if (shape instanceof z.ZodObject) {
    return Object.entries(shape.shape).flatMap(([key, inner]) =>
      figuresIn(inner, path === '' ? key : `${path}.${key}`),
    );
  }
  if (shape instanceof z.ZodRecord) return figuresIn(shape.valueType, `${path}.*`);
  if (shape instanceof z.ZodNullable || shape instanceof z.ZodExactOptional) return figuresIn(shape.unwrap(), path);
  throw new Error(`${path}: expected a figure`);
};

/**
 * The figures of a part of run.json, each as it is declared.
 * @param ofRequests by their paths: those that were read from requests
 * @throws Error where a figure is not declared with how it is computed
 */
export const computed = <S extends z.ZodType>(
  shape: S,
  path: string,
  seen: Seen,
  ofRequests: ReadonlyMap<string, number | null>,
): z.output<S> => {
  const valueIn = (inner: z.core.$ZodType, at: string): unknown => {
    const own = computedTogether.get(inner)?.compute ?? traitsOf.get(inner)?.compute;
    if (own !== undefined) return own(seen);
    const read = ofRequests.get(at);
    if (read !== undefined) return read;
    if (inner instanceof z.ZodObject)
      return Object.fromEntries(Object.entries(inner.shape).map(([key, one]) => [key, valueIn(one, `${at}.${key}`)]));
    if (inner instanceof z.ZodNullable || inner instanceof z.ZodExactOptional) return valueIn(inner.unwrap(), at);
    throw new Error(`${at}: expected how it is computed`);
  };
  return valueIn(shape, path) as z.output<S>;
};
