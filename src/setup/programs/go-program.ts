import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../../common/host/paths.ts';
import { goBuildEnvironment, requireGo } from '../node-image/go.ts';
import { type ActOptions, attempt, shell, throwIfInterrupted } from '../shell.ts';
import { downloadProgram } from './download.ts';

/** kwok takes over two minutes of two cores that nothing else uses, and several times that on a machine under load. */
const buildMs = 2_400_000;

/** A release of a program written in Go that its project publishes for download, too. */
export type GoProgram = {
  readonly name: 'kind' | 'kwok';
  readonly version: string;
  /** The package that `go install` is given, without its version. */
  readonly module: string;
  /** The Go that its module asks for. */
  readonly go: string;
  /** Where the project publishes it, without the platform at its end: `…/v0.30.0/kind-`. */
  readonly urlPrefix: string;
  /** SHA-256 of what is published there, by platform (`linux-amd64`); none: it is always built from its module. */
  readonly checksums: Readonly<Record<string, string>>;
};

/** "linux-amd64" and the like, as projects in Go name their files. */
export const goPlatform = (platform: string, architecture: string): string =>
  `${platform}-${architecture === 'x64' ? 'amd64' : architecture}`;

/**
 * Puts a program into place: the published one where the network leads to it and its checksum is known, else built by
 * Go from its module.
 * @param target the file that it becomes
 * @returns how it was had, in words
 * @throws SkipbeatError GO_MISSING, GO_TOO_OLD, SETUP_STEP_FAILED (exit 75)
 */
export const installGoProgram = async (program: GoProgram, target: string, options: ActOptions): Promise<string> => {
  const { name, version, module, checksums, urlPrefix, go } = program;
  await mkdir(dirname(target), { recursive: true });
  const platform = goPlatform(process.platform, process.arch);
  const checksum = checksums[platform];
  const url = `${urlPrefix}${platform}`;
  const why =
    checksum === undefined
      ? `no checksum of ${version} is known for ${platform}`
      : await downloadProgram({ url, sha256: checksum, target, answerWithinMs: 5000 }, options.signal);
  throwIfInterrupted(options.signal);
  if (why === null) return `${name} ${version} downloaded to ${target}`;
  options.note(`not downloaded: ${why}`);
  await requireGo(go, options);
  const workspace = join(cacheDir(), 'build', name);
  try {
    const env = { ...(await goBuildEnvironment(workspace)), GOBIN: join(workspace, 'bin') };
    const sh = shell({ timeoutMs: buildMs, signal: options.signal, env });
    const build = sh`go install -trimpath ${`${module}@${version}`}`;
    await attempt(`Building ${name} ${version}`, build, options.signal);
    await rename(join(workspace, 'bin', name), target);
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  return `${name} ${version} built by Go to ${target}`;
};
