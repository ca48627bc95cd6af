import * as z from 'zod';

/** The JSON Schema (draft 7) of a shape, as text. */
export const jsonSchemaOf = (title: string, shape: z.ZodType): string => {
  const { $schema, ...schema } = z.toJSONSchema(shape, { target: 'draft-7' });
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
};
