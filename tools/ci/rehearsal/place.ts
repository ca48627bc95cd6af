import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../../../src/common/host/paths.ts';

const root = join(import.meta.dirname, '../../..');

/** Everything that a rehearsal makes, in one temporary folder. */
export type Place = {
  readonly folder: string;
  /** A clone of the commit at hand; nothing is written to the checkout that it came from. */
  readonly clone: string;
  /** Artifacts, by run and name. */
  readonly store: string;
  readonly logs: string;
  /** Of every job: a home, a state folder and a search path of their own. */
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => void;
};

/** What a job finds in its home, though it is this machine's: what was downloaded already, and who may download. */
const shared = ['.npm', '.npmrc', 'go', '.config/go', '.docker'];

/** Where there is no sudo and nobody needs it. */
const sudo = '#!/usr/bin/env bash\nwhile [[ "$1" == --* ]]; do shift; done\nexec "$@"\n';

/** Clones the checkout, with what is committed. @throws where git fails */
export const makePlace = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-rehearsal-'));
  const [clone, store, logs, home, bin] = ['clone', 'store', 'logs', 'home', 'bin'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string];
  for (const path of [store, logs, bin, join(home, '.cache'), join(home, '.config')])
    mkdirSync(path, { recursive: true });
  await execa('git', ['clone', '--quiet', root, clone]);
  for (const name of shared)
    if (existsSync(join(homedir(), name))) symlinkSync(join(homedir(), name), join(home, name));
  mkdirSync(cacheDir(), { recursive: true });
  symlinkSync(cacheDir(), join(home, '.cache/skipbeat'));
  const { exitCode } = await execa('sudo', ['--version'], { reject: false, stdio: 'ignore' });
  if (exitCode !== 0 && process.getuid?.() === 0) {
    writeFileSync(join(bin, 'sudo'), sudo);
    chmodSync(join(bin, 'sudo'), 0o755);
  }
  const path = [bin, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const env = { HOME: home, PATH: path, USER: process.env.USER ?? 'root', SKIPBEAT_STATE_DIR: join(folder, 'state') };
  // Packages that this machine has already are not asked for again.
  const npm = { NPM_CONFIG_PREFER_OFFLINE: 'true', NPM_CONFIG_AUDIT: 'false' };
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, clone, store, logs, env: { ...env, ...npm }, remove };
};
