import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../../../src/common/paths.ts';

/** Runs workflows on this machine itself. @see https://github.com/nektos/act */
const act = { module: 'github.com/nektos/act', version: 'v0.2.89' } as const;

/** Where it lies; the version is in its name. */
export const actPath = (): string => join(cacheDir(), 'bin', `act-${act.version}`);

/** Compiles act from its Go module, unless it is there; takes some minutes. */
export const ensureAct = async (): Promise<void> => {
  const isThere = await access(actPath()).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const target = join(cacheDir(), 'bin');
  await mkdir(target, { recursive: true });
  process.stderr.write(`compiling ${act.module}@${act.version}\n`);
  await execa('go', ['install', `${act.module}@${act.version}`], { env: { GOBIN: target }, timeout: 900_000 });
  await rename(join(target, 'act'), actPath());
};
