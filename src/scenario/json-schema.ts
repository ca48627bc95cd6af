import * as z from 'zod';
import { scenarioSchema } from './schema.ts';

/** The JSON Schema of a scenario's YAML, for editors, as the text of `scenarios/schema.json`. */
export const scenarioJsonSchema = (): string => {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'A skipbeat scenario', ...schema }, null, 2)}\n`;
};
