import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../common/paths.ts';
import { goBuildEnvironment, requireGo } from './build/go.ts';
import { downloadProgram } from './download.ts';
import { kindInCache } from './kind.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from './shell.ts';
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
  const url = `https://github.com/kubernetes-sigs/kind/releases/download/${kindVersion}/kind-${platform}`;
  const why =
    checksum === undefined
      ? `no checksum is known for ${platform}`
      : await downloadProgram({ url, sha256: checksum, target, answerWithinMs: 5000 }, options.signal);
  throwIfInterrupted(options.signal);
  if (why === null) return `kind ${kindVersion} downloaded to ${target}`;
  options.note(`not downloaded: ${why}`);
  await requireGo('1.24', options);
  const workspace = join(cacheDir(), 'build', 'kind');
  try {
    const env = { ...(await goBuildEnvironment(workspace)), GOBIN: dirname(target) };
    const sh = shell({ timeoutMs: 600_000, signal: options.signal, env });
    const build = sh`go install -trimpath ${`sigs.k8s.io/kind@${kindVersion}`}`;
    await attempt(`Building kind ${kindVersion}`, build, options.signal);
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  return `kind ${kindVersion} built by Go to ${target}`;
};
