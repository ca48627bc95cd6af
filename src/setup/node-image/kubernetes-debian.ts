import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessPromise } from 'zx';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { kubernetesCommands } from './kubernetes-modules.ts';
import { labels } from './labels.ts';
import { minorRecipeDir } from './recipe.ts';
import { buildRootFileSystem } from './root-file-system.ts';
import { buildId, buildPrefix } from './workspace.ts';

/**
 * Builds Kubernetes and its test server from Debian's source package `kubernetes`, by Debian's Go, in a container that
 * has no network: the source package's files come into it with its root file system. The container goes when its
 * programs are out of it, and the build cache with it.
 * @param place `directory` takes the programs, `minor` names the part of the recipe with build.sh, patches and packages
 * @returns agnhost's tag, as that version's own tests tag it
 */
export const buildFromDebianSource = async (
  version: string,
  { workspace, directory, minor }: { readonly workspace: string; readonly directory: string; readonly minor: string },
  options: ActOptions,
): Promise<string> => {
  const sh = shell({ timeoutMs: 3_600_000, signal: options.signal });
  const run = (what: string, command: ProcessPromise): Promise<string> => attempt(what, command, options.signal);
  const root = join(workspace, 'builder.tar');
  const packages = `kubernetes/${minor}/builder.txt`;
  await buildRootFileSystem({ name: 'builder', packages, file: root, source: 'kubernetes' }, options);
  const image = `${buildPrefix(workspace)}builder:${version}`;
  await run('Importing the builder', sh`docker import ${root} ${image}`);
  await rm(root);
  const container = `skipbeat-build-${buildId(workspace)}-source`;
  const named = ['--name', container, '--label', `${labels.build}=${buildId(workspace)}`, '--network', 'none'];
  await run('Starting the builder', sh`docker run --detach ${named} ${image} sleep infinity`);
  const scripts = join(workspace, 'build-scripts');
  await mkdir(scripts);
  for (const name of await readdir(minorRecipeDir(minor))) {
    if (/\.(sh|patch)$/.test(name)) await copyFile(join(minorRecipeDir(minor), name), join(scripts, name));
  }
  await run('Copying the build script', sh`docker cp ${`${scripts}/.`} ${`${container}:/build/`}`);
  await run(`Building Kubernetes ${version}`, sh`docker exec ${container} bash /build/build.sh ${version} /out`);
  await run('Taking the programs', sh`docker cp ${`${container}:/out/.`} ${`${directory}/`}`);
  await run('Removing the builder', sh`docker rm --force ${container}`);
  await run("Removing the builder's image", sh`docker rmi ${image}`);
  const built = await readdir(directory);
  const absent = [...kubernetesCommands, 'agnhost'].filter((name) => !built.includes(name));
  if (absent.length > 0) throw new Error(`build.sh should have built ${absent.join(', ')} too`);
  return (await readFile(join(directory, 'VERSION'), 'utf8')).trim();
};
