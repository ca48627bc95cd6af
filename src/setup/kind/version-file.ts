import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { cacheDir } from '../../common/host/paths.ts';
import { readText } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type ProbeOptions, probeWith } from '../engine/context.ts';
import type { NodeImage } from '../engine/images.ts';

/**
 * Reads from an image the version that it holds: kind writes its configuration by /kind/version, whatever the
 * image is called. What was read is kept by the image's id, which is a hash of its content: one read an image.
 * @throws SkipbeatError NODE_IMAGE_MISNAMED (exit 75) where that file disagrees with the image's name, or is not there
 */
export const assertVersion = async (image: NodeImage, options: ProbeOptions = {}): Promise<void> => {
  const kept = join(cacheDir(), 'versions', image.imageId.replace(/^.*:/, ''));
  const holds = (await readText(kept)) ?? (await readVersion(image, kept, options));
  if (holds === image.kubernetesVersion) return;
  const found = holds === '' ? 'no such file' : holds;
  throw new SkipbeatError(
    'NODE_IMAGE_MISNAMED',
    `${image.reference}: expected Kubernetes ${image.kubernetesVersion} in its /kind/version, found ${found}.`,
    { exitCode: exitCodes.environment, next: fix(image) },
  );
};

const fix = ({ source, reference, kubernetesVersion }: NodeImage): string =>
  source === 'built'
    ? skipbeat(`setup --kubernetes ${kubernetesVersion} --rebuild`)
    : `docker rmi ${reference}, then ${skipbeat(`setup --kubernetes ${kubernetesVersion}`)}`;

/** @returns the file's text, empty where there is none; an engine that cannot tell throws and nothing is kept */
const readVersion = async (image: NodeImage, kept: string, options: ProbeOptions): Promise<string> => {
  const probe = probeWith(options);
  const run = ['docker', 'run', '--rm', '--network', 'none', '--entrypoint', 'cat'] as const;
  const result = await probe([...run, image.imageId, '/kind/version'], 30_000);
  const absent = result.ended === 'exited' && result.exitCode === 1 && /No such file/.test(result.stderr);
  if (!succeeded(result) && !absent) {
    throw new SkipbeatError(
      'NODE_IMAGE_UNREADABLE',
      `${image.reference}: its /kind/version could not be read: ${result.stderr.trim()}`,
      { exitCode: exitCodes.environment, next: fix(image) },
    );
  }
  const text = result.stdout.trim();
  await mkdir(join(kept, '..'), { recursive: true });
  await writeFile(kept, text);
  return text;
};
