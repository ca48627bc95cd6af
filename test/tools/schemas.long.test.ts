import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemaText } from '../../src/cli/schema.ts';
import { schemaNames } from '../../src/common/schemas.ts';
import { scenarioJsonSchema } from '../../src/scenario/index.ts';
import { writeSchemas } from '../../tools/schemas.ts';

test('the schemas are made of the shapes: of a scenario beside the scenarios, of all files of a folder in schemas', async () => {
  const root = mkdtempSync(join(tmpdir(), 'skipbeat-schemas-'));
  try {
    mkdirSync(join(root, 'scenarios'));
    mkdirSync(join(root, 'schemas'));
    await writeSchemas(root);
    const text = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
    expect(text('scenarios', 'schema.json')).toBe(scenarioJsonSchema());
    expect(readdirSync(join(root, 'schemas')).toSorted()).toEqual(schemaNames.map((name) => `${name}.json`).toSorted());
    for (const name of schemaNames) expect(text('schemas', `${name}.json`)).toBe(await schemaText(name));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('npm ci makes them, git has none, and the package has both', () => {
  const { scripts, files } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(scripts).toMatchObject({ prepare: 'node tools/schemas.ts', schemas: 'node tools/schemas.ts' });
  expect(files).toEqual(expect.arrayContaining(['scenarios', 'schemas']));
  const ignored = readFileSync('.gitignore', 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['/schemas/', '/scenarios/schema.json']));
});
