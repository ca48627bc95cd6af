// `npm run build` compiles src/ to dist/, JavaScript and types, and writes the JSON Schemas, for the package, which
// `npm pack` builds anew each time.
// Node strips types in a checkout, but never below node_modules.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { writeSchemas } from './schemas.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** What the modules read beside themselves: the parts of report.html. */
const assets = ['report/html/page/page.css', 'report/html/page/page.js'] as const;

// A module that is gone from src/ must not live on in the package.
rmSync(dist, { recursive: true, force: true });
const { exitCode } = await execa('tsc', ['--project', 'tsconfig.build.json'], {
  cwd: root,
  preferLocal: true,
  reject: false,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (exitCode === 0) {
  for (const path of assets) cpSync(join(root, 'src', path), join(dist, path));
  await writeSchemas(root);
}
process.exitCode = exitCode ?? 70;
