// The other side of upload-artifact. As on GitHub a pattern that nothing matches is no error.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';

const { REHEARSAL_STORE = '', GITHUB_WORKSPACE = '', PATTERN = '', INTO = '', MERGE, RUN_ID = '' } = process.env;
const store = join(REHEARSAL_STORE, RUN_ID);
const names = existsSync(store) ? readdirSync(store).filter((name) => matchesGlob(name, PATTERN)) : [];
const into = resolve(GITHUB_WORKSPACE, INTO);
for (const name of names) cpSync(join(store, name), MERGE === 'true' ? into : join(into, name), { recursive: true });
process.stdout.write(`${names.length} artifacts of run ${RUN_ID}: ${names.join(', ')}\n`);
