import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { installPackages } from '../engine/install-engine.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { recipeList } from './recipe.ts';

/** The Debian release whose containerd (1.6) serves every Kubernetes version that is built here. */
const suite = 'bookworm';

export type RootFileSystem = {
  /** For messages. */
  readonly name: string;
  /** The recipe's list of Debian packages. */
  readonly packages: string;
  /** Where the tar archive goes. */
  readonly file: string;
  /** A source package whose files are put into /build, where it is asked for. */
  readonly source?: string;
};

/**
 * mmdebstrap runs it on this machine with the new root as $1, and names apt's configuration for it. Sources come from
 * where the packages came from. @see mmdebstrap(1)
 */
const sourceHook = (source: string): string =>
  [
    'mkdir "$1/build" && cd "$1/build"',
    'sed "s/^deb /deb-src /" "$1/etc/apt/sources.list" > "$1/etc/apt/sources.list.d/source.list"',
    'export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"',
    `apt-get update && apt-get source --download-only ${source}`,
  ].join(' && ');

/** Makes a root file system of a minimal Debian and a list of packages. */
export const buildRootFileSystem = async (
  { name, packages, file, source }: RootFileSystem,
  options: ActOptions,
): Promise<void> => {
  await ensureMmdebstrap(options);
  const sh = shell({ timeoutMs: 1_800_000, signal: options.signal });
  const include = (await recipeList(packages)).join(',');
  const hooks = source === undefined ? [] : [`--customize-hook=${sourceHook(source)}`];
  await attempt(
    `Making the ${name} root file system`,
    sh`mmdebstrap --variant=minbase --include=${include} ${hooks} ${suite} ${file}`,
    options.signal,
  );
  options.note(`root file system of ${name} made`);
};

/** @throws SkipbeatError MMDEBSTRAP_MISSING where it can be neither found nor installed */
export const ensureMmdebstrap = async (options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 20_000, signal: options.signal });
  const there = async (program: string): Promise<boolean> => (await sh`command -v ${program}`.nothrow()).exitCode === 0;
  if (await there('mmdebstrap')) return;
  if (process.getuid?.() === 0 && (await there('apt-get'))) {
    await installPackages(['mmdebstrap', 'debian-archive-keyring'], options);
    return;
  }
  throw new SkipbeatError('MMDEBSTRAP_MISSING', 'Building root file systems needs mmdebstrap; it is not on PATH.', {
    exitCode: exitCodes.environment,
    next: `apt-get install mmdebstrap (Debian, Ubuntu), then ${skipbeat('setup')}`,
  });
};
