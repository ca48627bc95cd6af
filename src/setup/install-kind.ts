import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../common/errors.ts';
import { cacheDir } from '../common/paths.ts';
import { goEnvironment, requireGo } from './build/programs.ts';
import { kindInCache } from './kind.ts';
import { type ActOptions, attempt, shell } from './shell.ts';
import { kindVersion } from './versions.ts';

/**
 * SHA-256 of the programs that kind's project publishes for v0.30.0, by platform.
 * @see https://github.com/kubernetes-sigs/kind/releases/tag/v0.30.0, the .sha256sum files
 */
export const kindChecksums: Readonly<Record<string, string>> = {
  'linux-amd64': '517ab7fc89ddeed5fa65abf71530d90648d9638ef0c4cde22c2c11f8097b8889',
  'linux-arm64': '7ea2de9d2d190022ed4a8a4e3ac0636c8a455e460b9a13ccf19f15d07f4f00eb',
};

/** "linux-amd64" and the like, as kind names its files. */
export const kindPlatform = (platform: string, architecture: string): string =>
  `${platform}-${architecture === 'x64' ? 'amd64' : architecture}`;

/**
 * Puts kind into the cache folder: the published program where the network leads to it and its checksum is known,
 * else built by Go from its module.
 * @returns how it was had, in words
 */
export const installKind = async (options: ActOptions): Promise<string> => {
  const target = kindInCache();
  await mkdir(dirname(target), { recursive: true });
  const platform = kindPlatform(process.platform, process.arch);
  const checksum = kindChecksums[platform];
  const why =
    checksum === undefined ? `no checksum for ${platform}` : await download(platform, checksum, target, options);
  if (why === null) return `kind ${kindVersion} downloaded to ${target}`;
  options.note(`release file not used: ${why}`);
  await requireGo('1.24', options);
  const goCache = join(cacheDir(), 'build', 'kind-go-cache');
  try {
    const env = { ...goEnvironment(), GOBIN: dirname(target), GOCACHE: goCache };
    const sh = shell({ timeoutMs: 600_000, signal: options.signal, env });
    const build = sh`go install -trimpath ${`sigs.k8s.io/kind@${kindVersion}`}`;
    await attempt(`Building kind ${kindVersion}`, build, options.signal);
  } finally {
    await rm(goCache, { recursive: true, force: true });
  }
  return `kind ${kindVersion} built by Go to ${target}`;
};

/** @returns null when the file is in place, else why it is not */
const download = async (
  platform: string,
  checksum: string,
  target: string,
  options: ActOptions,
): Promise<string | null> => {
  const url = `https://github.com/kubernetes-sigs/kind/releases/download/${kindVersion}/kind-${platform}`;
  const begun = new AbortController();
  const slow = setTimeout(() => begun.abort(new Error('no answer within 5 s')), 5000);
  const limits = [begun.signal, AbortSignal.timeout(120_000), options.signal];
  try {
    const response = await fetch(url, { signal: AbortSignal.any(limits) });
    clearTimeout(slow);
    if (!response.ok) return `${url} answered ${response.status}`;
    const program = new Uint8Array(await response.arrayBuffer());
    const found = createHash('sha256').update(program).digest('hex');
    if (found !== checksum) return `${url} has SHA-256 ${found}, expected ${checksum}`;
    await writeFile(`${target}.new`, program);
    await chmod(`${target}.new`, 0o755);
    await rename(`${target}.new`, target);
    return null;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
    return `${url}: ${messageOf(error)}${cause}`;
  } finally {
    clearTimeout(slow);
  }
};
