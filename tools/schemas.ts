// Writes the JSON Schemas of what the folders of runs and watches hold to schemas/, as the package has them; `npm run build` does, too.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaText } from '../src/cli/schema.ts';
import { schemaNames } from '../src/common/schemas.ts';

const folder = join(import.meta.dirname, '..', 'schemas');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const name of schemaNames) writeFileSync(join(folder, `${name}.json`), await schemaText(name));
