// Artifacts are folders below REHEARSAL_STORE/<run id>. As on GitHub a name is taken once in a run.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const { REHEARSAL_STORE = '', GITHUB_RUN_ID = '', GITHUB_WORKSPACE = '' } = process.env;
const { NAME = '', FROM = '', IF_NONE, OVERWRITE } = process.env;
const from = resolve(GITHUB_WORKSPACE, FROM);
const into = join(REHEARSAL_STORE, GITHUB_RUN_ID, NAME);
const isFolder = existsSync(from) && statSync(from).isDirectory();
if (!existsSync(from) || (isFolder && readdirSync(from).length === 0)) {
  process.stdout.write(`no files were found at ${FROM}\n`);
  process.exitCode = IF_NONE === 'error' ? 1 : 0;
} else {
  if (existsSync(into) && OVERWRITE !== 'true') throw new Error(`an artifact ${NAME} is there already`);
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  cpSync(from, isFolder ? into : join(into, basename(from)), { recursive: true });
  process.stdout.write(`artifact ${NAME}: ${readdirSync(into).join(', ')}\n`);
}
