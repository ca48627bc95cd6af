import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../../common/host/text-file.ts';
import { type ActOptions, attempt } from '../shell.ts';
import { moduleDir } from './go.ts';
import { goIn } from './kubernetes-modules.ts';
import { type ControlPlaneImages, moduleVersionOf } from './modules.ts';
import { minorRecipeDir, recipeDir } from './recipe.ts';

/** Where a build goes on: `directory` takes the programs, `minor` is "v1.34". */
export type BuildPlace = { readonly workspace: string; readonly directory: string; readonly minor: string };

/**
 * What stands beside Kubernetes in a cluster, built by this machine's Go: etcd, CoreDNS and the pause program. A minor
 * whose etcd or CoreDNS is too old for that as it is brings the module versions that fix it, in its part of the recipe.
 */
export const buildAddOns = async (
  images: ControlPlaneImages,
  place: BuildPlace,
  options: ActOptions,
): Promise<void> => {
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
