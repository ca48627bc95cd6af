import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../../common/paths.ts';
import { downloadProgram } from '../download.ts';
import { goBuildEnvironment, requireGo } from '../node-image/go.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from '../shell.ts';
import { kindInCache } from './kind.ts';
import type { KindRelease } from './kind-releases.ts';

/** "linux-amd64" and the like, as kind names its files. */
export const kindPlatform = (platform: string, architecture: string): string =>
  `${platform}-${architecture === 'x64' ? 'amd64' : architecture}`;

/**
 * Puts kind into the cache folder: the published program where the network leads to it and its checksum is known,
 * else built by Go from its module.
 * @returns how it was had, in words
 */
export const installKind = async (release: KindRelease, options: ActOptions): Promise<string> => {
  const target = kindInCache(release);
  const { version } = release;
  await mkdir(dirname(target), { recursive: true });
  const platform = kindPlatform(process.platform, process.arch);
  const checksum = release.checksums[platform];
  const url = `https://github.com/kubernetes-sigs/kind/releases/download/${version}/kind-${platform}`;
  const why =
    checksum === undefined
      ? `no checksum of ${version} is known for ${platform}`
      : await downloadProgram({ url, sha256: checksum, target, answerWithinMs: 5000 }, options.signal);
  throwIfInterrupted(options.signal);
  if (why === null) return `kind ${version} downloaded to ${target}`;
  options.note(`not downloaded: ${why}`);
  await requireGo(release.go, options);
  const workspace = join(cacheDir(), 'build', 'kind');
  try {
    const env = { ...(await goBuildEnvironment(workspace)), GOBIN: join(workspace, 'bin') };
    const sh = shell({ timeoutMs: 600_000, signal: options.signal, env });
    const build = sh`go install -trimpath ${`sigs.k8s.io/kind@${version}`}`;
    await attempt(`Building kind ${version}`, build, options.signal);
    await rename(join(workspace, 'bin', 'kind'), target);
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  return `kind ${version} built by Go to ${target}`;
};
