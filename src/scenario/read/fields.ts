import * as z from 'zod';
import type { Mapping } from '../../common/plain-data.ts';

/**
 * What the schema of each field reads of a mapping, so that a rule goes on with what is sound beside what is not.
 * undefined: it is not there, and has no default. null: the schema refuses it, and says so itself.
 */
export type Fields<S extends z.ZodRawShape> = { readonly [K in keyof S]: z.output<S[K]> | null };

export const readFields = <S extends z.ZodRawShape>(shape: S, data: Mapping): Fields<S> =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => {
      const read = z.safeParse(schema, data[name]);
      return [name, read.success ? read.data : null];
    }),
  ) as Fields<S>;
