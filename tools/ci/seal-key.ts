// `npm run ci:seal-key`: puts the secret SEAL_KEY into a file of this job's, which its owner alone can read, and tells the
// job's later steps as SEAL_KEY_FILE where that is. Where the repository has no such secret, nothing is written: runs are
// then sealed without a key, and say so.
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needed } from './environment.ts';

const { SEAL_KEY: key = '' } = process.env;
if (key === '') process.stdout.write('no secret SKIPBEAT_SEAL_KEY: runs are sealed without a key\n');
else {
  const file = join(needed('RUNNER_TEMP'), 'seal.key');
  rmSync(file, { force: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  appendFileSync(needed('GITHUB_ENV'), `SEAL_KEY_FILE=${file}\n`);
  process.stdout.write('runs are sealed with the secret SKIPBEAT_SEAL_KEY\n');
}
