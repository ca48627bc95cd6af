// The Node.js that runs the rehearsal is the one of every job.
import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';

const { WANTED = '', GITHUB_PATH = '' } = process.env;
if (Number.parseInt(process.versions.node, 10) < Number(WANTED))
  throw new Error(`Node.js: expected ${WANTED} or later, found ${process.versions.node}`);
appendFileSync(GITHUB_PATH, `${dirname(process.execPath)}\n`);
process.stdout.write(`Node.js ${process.versions.node}\n`);
