import * as z from 'zod';

/** The JSON Schema (draft 7) of a shape, as text. */
export const jsonSchemaOf = (title: string, shape: z.ZodType): string => {
  const { $schema, ...schema } = z.toJSONSchema(shape, { target: 'draft-7' });
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
};

/** The files of a run's folder that have a JSON Schema, made of the shapes that they are read by. */
export const runSchemaNames = ['events', 'requests', 'run', 'repeats', 'plan', 'manifest', 'calibration'] as const;

export type RunSchemaName = (typeof runSchemaNames)[number];

/** The same of every folder: `watch` is what a watch leaves. */
export const schemaNames = [...runSchemaNames, 'watch'] as const;

export type SchemaName = (typeof schemaNames)[number];
