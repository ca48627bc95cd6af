import { readFileSync } from 'node:fs';
import { packageFile } from './package.ts';

/** What the folders of runs and watches hold and a JSON Schema is kept of, made from the types by `npm run schemas`. */
export const schemaNames = [
  'events',
  'requests',
  'run',
  'repeats',
  'plan',
  'manifest',
  'calibration',
  'watch',
] as const;

export type SchemaName = (typeof schemaNames)[number];

/** The text of the JSON Schema (draft 7) of that name. */
export const schemaText = (name: SchemaName): string => readFileSync(packageFile(`schemas/${name}.json`), 'utf8');
