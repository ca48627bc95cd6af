import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../src/common/errors.ts';
import { cacheDir } from '../../src/common/host/paths.ts';
import { ensureMmdebstrap } from '../../src/setup/node-image/root-file-system.ts';
import { type ActOptions, attempt, shell } from '../../src/setup/shell.ts';

/**
 * A kernel with netem that runs as a plain program, and a root file system to run it in. Debian testing, for user-mode
 * Linux before 7.2 dies on processors with AMX.
 */
const recipe = {
  suite: 'forky',
  packages: [
    ...['user-mode-linux', 'iproute2', 'iputils-ping', 'kmod', 'procps', 'iptables'],
    // For a disk that is slow under an etcd.
    ...['etcd-server', 'curl', 'openssl', 'e2fsprogs'],
  ],
  hooks: [
    // The kernel's modules lie where every other one has them.
    'ln -s ../lib/uml/modules "$1/usr/lib/modules"',
    // Places to mount on.
    'mkdir "$1/mnt/out" "$1/mnt/project" "$1/etc/kubernetes"',
    'touch "$1/etc/hosts"',
  ],
} as const;

const stampName = 'skipbeat-recipe';

const stamp = (): string => createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);

const folder = (): string => join(cacheDir(), 'uml');

/** Where the root file system lies, if it was made. */
export const testKernelRoot = (): string => join(folder(), 'root');

/** Whether a root file system made by this very recipe is there. */
export const testKernelIsReady = async (): Promise<boolean> => {
  try {
    return (await readFile(join(testKernelRoot(), stampName), 'utf8')) === stamp();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
};

/** Whether this machine's own kernel has netem: tests then need no other one. Tried in a namespace that goes at once. */
export const kernelHasNetem = async (signal: AbortSignal): Promise<boolean> => {
  const sh = shell({ timeoutMs: 20_000, signal });
  const tried = await sh`unshare --net tc qdisc add dev lo root netem delay 1ms`.nothrow();
  return tried.exitCode === 0;
};

const texts = {
  own: "this machine's own, which has netem",
  made: (): string => `user-mode Linux in ${testKernelRoot()}`,
};

/** In words, what `ensureTestKernel` would do. Changes nothing. */
export const testKernelPlan = async (signal: AbortSignal): Promise<{ act: boolean; text: string }> => {
  if (await kernelHasNetem(signal)) return { act: false, text: texts.own };
  if (await testKernelIsReady()) return { act: false, text: texts.made() };
  return { act: true, text: `make ${texts.made()} of Debian ${recipe.suite}` };
};

const removeDrafts = async (): Promise<void> => {
  for (const name of await readdir(folder())) {
    if (name !== 'root') await rm(join(folder(), name), { recursive: true, force: true });
  }
};

/**
 * Makes the root file system, unless it is there and made by this recipe, or this machine's kernel has netem itself. It
 * is made aside and moved into place whole.
 * @returns what was found or done, in words
 * @throws SkipbeatError SETUP_STEP_FAILED, MMDEBSTRAP_MISSING (exit 75)
 */
export const ensureTestKernel = async (options: ActOptions): Promise<string> => {
  const plan = await testKernelPlan(options.signal);
  if (!plan.act) return plan.text;
  await ensureMmdebstrap(options);
  await mkdir(folder(), { recursive: true });
  await removeDrafts();
  const draft = join(folder(), `draft-${process.pid}`);
  const sh = shell({ timeoutMs: 900_000, signal: options.signal });
  const include = recipe.packages.join(',');
  // A mirror may lag behind; its signatures are checked all the same.
  const lagging = 'Acquire::Check-Valid-Until "false"';
  const hooks = recipe.hooks.map((hook) => `--customize-hook=${hook}`);
  await attempt(
    'Making the root file system of user-mode Linux',
    sh`mmdebstrap --variant=minbase --aptopt=${lagging} --include=${include} ${hooks} ${recipe.suite} ${draft}`,
    options.signal,
  );
  await writeFile(join(draft, stampName), stamp());
  await rm(testKernelRoot(), { recursive: true, force: true });
  await rename(draft, testKernelRoot());
  return `${texts.made()}, made of Debian ${recipe.suite}`;
};
