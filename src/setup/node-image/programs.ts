import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessPromise } from 'zx/core';
import { readText } from '../../common/host/text-file.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { debianSourceVersion } from '../versions.ts';
import { moduleDir } from './go.ts';
import { buildFromModules, goIn, kubernetesCommands } from './kubernetes-modules.ts';
import { labels } from './labels.ts';
import { type ControlPlaneImages, moduleVersionOf, parseImageList } from './modules.ts';
import { minorRecipeDir, recipeDir } from './recipe.ts';
import { buildRootFileSystem } from './root-file-system.ts';
import { buildId, buildPrefix } from './workspace.ts';

/**
 * Builds Kubernetes and its test server from Debian's source package `kubernetes`, by Debian's Go, in a container that
 * has no network: the source package's files come into it with its root file system. The container goes when its
 * programs are out of it, and the build cache with it.
 * @param directory takes the programs
 * @param minor names the part of the recipe with build.sh, patches and packages
 * @returns agnhost's tag, as that version's own tests tag it
 */
const buildFromDebianSource = async (
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

/** Where a build goes on: `directory` takes the programs, `minor` is "v1.34". */
type BuildPlace = { readonly workspace: string; readonly directory: string; readonly minor: string };

/**
 * What stands beside Kubernetes in a cluster, built by this machine's Go: etcd, CoreDNS and the pause program. A minor
 * whose etcd or CoreDNS is too old for that as it is brings the module versions that fix it, in its part of the recipe.
 */
const buildAddOns = async (images: ControlPlaneImages, place: BuildPlace, options: ActOptions): Promise<void> => {
  await buildEtcd(moduleVersionOf(images.etcd), place, options);
  await buildCoreDns(moduleVersionOf(images.coreDns), place, options);
  const pause = join(place.workspace, 'pause');
  await mkdir(pause, { recursive: true });
  for (const file of ['main.go', 'go.mod']) await copyFile(join(recipeDir(), 'pause', file), join(pause, file));
  const go = await goIn(place.workspace, pause, options);
  const build = go`go build -trimpath -ldflags ${'-s -w'} -o ${join(place.directory, 'pause')} .`;
  await attempt('Building the pause program', build, options.signal);
};

/** Old modules name parts of Go's runtime that today's linker hides unless a flag turns that check off. */
const ldflags = (old: boolean): string => (old ? '-s -w -checklinkname=0' : '-s -w');

const buildEtcd = async (version: string, { workspace, directory, minor }: BuildPlace, options: ActOptions) => {
  const folder = join(workspace, 'etcd');
  await mkdir(folder, { recursive: true });
  const own = await readText(join(minorRecipeDir(minor), 'etcd', 'go.mod'));
  const module = own === null ? 'go.etcd.io/etcd/server/v3' : 'go.etcd.io/etcd';
  const text = own ?? `module skipbeat.local/etcd\n\ngo 1.23\n\nrequire ${module} ${version}\n`;
  await writeFile(join(folder, 'go.mod'), text);
  const go = await goIn(workspace, folder, options);
  const target = join(directory, 'etcd');
  const build = go`go build -mod=mod -trimpath -ldflags ${ldflags(own !== null)} -o ${target} ${module}`;
  await attempt(`Building etcd ${version}`, build, options.signal);
  options.note(`etcd ${version} built`);
};

const buildCoreDns = async (version: string, { workspace, directory, minor }: BuildPlace, options: ActOptions) => {
  const module = 'github.com/coredns/coredns';
  const folder = join(workspace, 'coredns');
  await mkdir(folder, { recursive: true });
  const own = await readText(join(minorRecipeDir(minor), 'coredns', 'replace.txt'));
  const upstream = await readFile(join(await moduleDir(`${module}@${version}`, options), 'go.mod'), 'utf8');
  await writeFile(join(folder, 'go.mod'), upstream);
  const go = await goIn(workspace, folder, options);
  const replaced = (own ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `-replace=${line}`);
  const edit = go`go mod edit -module=skipbeat.local/coredns ${`-require=${module}@${version}`} ${replaced}`;
  await attempt(`Naming the modules of CoreDNS ${version}`, edit, options.signal);
  const target = join(directory, 'coredns');
  const build = go`go build -mod=mod -trimpath -ldflags ${ldflags(own !== null)} -o ${target} ${module}`;
  await attempt(`Building CoreDNS ${version}`, build, options.signal);
  options.note(`CoreDNS ${version} built`);
};

/** What was built and where: `directory` holds one static program a name. */
export type Programs = {
  readonly directory: string;
  readonly images: ControlPlaneImages;
  /** agnhost's image name, tagged as that Kubernetes version's own tests tag it. */
  readonly agnhostImage: string;
};

const stampIn = (workspace: string): string => join(workspace, 'programs', 'built.json');

/** The programs that an earlier build in this folder finished by the same recipe before it was cut short, else null. */
export const builtPrograms = async (workspace: string, recipe: string): Promise<Programs | null> => {
  const text = await readText(stampIn(workspace));
  if (text === null) return null;
  const stamp = JSON.parse(text) as Programs & { readonly recipe: string };
  return stamp.recipe === recipe ? stamp : null;
};

/**
 * Builds Kubernetes, etcd, CoreDNS, the test server and the pause program, for this machine's processor.
 * @param version such as "v1.34.4"
 * @param workspace an empty folder; the build cache grows in it by about 4 GB
 * @param recipe the recipe's hash, by which `builtPrograms` knows them again
 */
export const buildPrograms = async (
  version: string,
  workspace: string,
  recipe: string,
  options: ActOptions,
): Promise<Programs> => {
  const directory = join(workspace, 'programs');
  await mkdir(directory, { recursive: true });
  const minor = version.replace(/\.\d+$/, '');
  const place = { workspace, directory, minor };
  const agnhostTag = await (version === debianSourceVersion
    ? buildFromDebianSource(version, place, options)
    : buildFromModules(version, place, options));
  options.note(`Kubernetes ${version} built`);
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  const list = sh`${join(directory, 'kubeadm')} config images list --kubernetes-version ${version}`;
  const images = parseImageList(await attempt('Listing the images that kubeadm wants', list, options.signal));
  await buildAddOns(images, place, options);
  const agnhostImage = `registry.k8s.io/e2e-test-images/agnhost:${agnhostTag}`;
  const programs = { directory, images, agnhostImage };
  await writeFile(stampIn(workspace), JSON.stringify({ ...programs, recipe }));
  return programs;
};
