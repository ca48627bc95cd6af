import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../../common/host/text-file.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { debianSourceVersion } from '../versions.ts';
import { buildAddOns } from './add-ons.ts';
import { buildFromDebianSource } from './kubernetes-debian.ts';
import { buildFromModules } from './kubernetes-modules.ts';
import { type ControlPlaneImages, parseImageList } from './modules.ts';

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
