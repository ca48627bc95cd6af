import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installPackage, root } from './installed.ts';

// Beside package.integration.test.ts, which asks by day what the declarations take from other packages.

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed.remove());

test('a folder that has no types but the package’s own compiles what imports it, and checks every declaration', async () => {
  const folder = join(installed.folder, 'typed');
  mkdirSync(folder);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, files: ['use.mts'] }),
  );
  writeFileSync(
    join(folder, 'use.mts'),
    "import { type ComparisonDocument, compare, plan, type RunOptions } from 'skipbeat';\n" +
      "const { prediction } = await plan('tight-grace');\n" +
      "export const options: RunOptions = { backend: 'model' };\n" +
      "export const compared: Promise<ComparisonDocument> = compare('a', 'b');\n" +
      'export const after: readonly [number, number] | null = prediction.notReadyAfterMs;\n',
  );
  const types = await execa(join(root, 'node_modules', '.bin', 'tsc'), ['--project', folder], { reject: false });
  expect([types.exitCode, types.stdout]).toEqual([0, '']);
});
