import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { labels } from './labels.ts';

/** A build's own mark, the same whenever it is tried again in the same folder and another for anyone else's. */
export const buildId = (workspace: string): string => createHash('sha256').update(workspace).digest('hex').slice(0, 8);

/**
 * In the engine, images under construction stand under this name, so that images of the user's own with the
 * registry's names are never replaced; the recipe's preload.sh takes it off inside the node.
 */
export const buildPrefix = (workspace: string): string => `skipbeat.build/${buildId(workspace)}/`;

/**
 * Removes what a build in this folder left: its containers by label, its images by prefix, the folder. Safe at any time.
 * @param kept names in the folder that stay
 */
export const clearWorkspace = async (
  workspace: string,
  kept: readonly string[],
  options: ActOptions,
): Promise<void> => {
  const sh = shell({ timeoutMs: 120_000, signal: options.signal });
  const containers = await sh`docker ps --all --quiet --filter ${`label=${labels.build}=${buildId(workspace)}`}`;
  const ids = containers.lines();
  if (ids.length > 0) await attempt('Removing the build container', sh`docker rm --force ${ids}`, options.signal);
  const listed = await sh`docker images --format ${'{{.Repository}}:{{.Tag}}'}`;
  const images = listed.lines().filter((name) => name.startsWith(buildPrefix(workspace)));
  if (images.length > 0) await attempt('Removing the build images', sh`docker rmi ${images}`, options.signal);
  // A compiler that got SIGTERM may still write for a moment.
  const gone = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 };
  if (kept.length === 0) return rm(workspace, gone);
  const names = (await readdir(workspace)).filter((name) => !kept.includes(name));
  await Promise.all(names.map((name) => rm(join(workspace, name), gone)));
};
