import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { installPackages } from '../install-engine.ts';
import { recipePackages } from '../recipe.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';

/** The Debian release whose containerd (1.6) serves every Kubernetes version that is built here. */
const suite = 'bookworm';

/**
 * Makes a root file system of a minimal Debian and the recipe's packages.
 * @param name of the recipe's package list
 * @param file where the tar archive goes
 */
export const buildRootFileSystem = async (
  name: 'node' | 'kube-proxy' | 'load-balancer',
  file: string,
  options: ActOptions,
): Promise<void> => {
  await ensureMmdebstrap(options);
  const sh = shell({ timeoutMs: 900_000, signal: options.signal });
  const packages = (await recipePackages(name)).join(',');
  await attempt(
    `Making the ${name} root file system`,
    sh`mmdebstrap --variant=minbase --include=${packages} ${suite} ${file}`,
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
    next: 'apt-get install mmdebstrap (Debian, Ubuntu), then npm run setup',
  });
};
