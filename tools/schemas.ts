// Writes the JSON Schemas, which are made of the shapes that files are read by and are not in git: of a scenario beside the
// scenarios, where editors find it; of what the folders of runs and watches hold to schemas/. `npm ci` and `npm run build` do.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '../src/cli/schema.ts';
import { schemaNames } from '../src/common/schemas.ts';
import { scenarioJsonSchema } from '../src/scenario/index.ts';

/**
 * Writes `scenarios/schema.json` and `schemas/`.
 * @param root the folder of the package
 */
export const writeSchemas = async (root: string): Promise<void> => {
  writeFileSync(join(root, 'scenarios', 'schema.json'), scenarioJsonSchema());
  const folder = join(root, 'schemas');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of schemaNames) writeFileSync(join(folder, `${name}.json`), await schemaText(name));
};

if (import.meta.main) await writeSchemas(join(import.meta.dirname, '..'));
