import { copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ActOptions, attempt, shell } from '../shell.ts';
import type { Programs } from './programs.ts';
import { buildPrefix } from './workspace.ts';

/** One image of the control plane: a program at a path, over a root file system or over nothing. */
type ComponentImage = {
  readonly reference: string;
  readonly program: string;
  readonly path: string;
  readonly rootFileSystem: string | null;
  readonly command?: readonly string[];
};

/** Where each program lies in its image, as in the images that Kubernetes publishes. */
export const componentImages = (programs: Programs, proxyRoot: string): readonly ComponentImage[] => {
  const { images, agnhostImage } = programs;
  const plain = (reference: string, program: string, path = `/usr/local/bin/${program}`): ComponentImage => ({
    reference,
    program,
    path,
    rootFileSystem: null,
  });
  return [
    plain(images.apiServer, 'kube-apiserver'),
    plain(images.controllerManager, 'kube-controller-manager'),
    plain(images.scheduler, 'kube-scheduler'),
    { ...plain(images.proxy, 'kube-proxy'), rootFileSystem: proxyRoot },
    plain(images.etcd, 'etcd'),
    plain(images.coreDns, 'coredns', '/coredns'),
    plain(images.pause, 'pause', '/pause'),
    { ...plain(agnhostImage, 'agnhost', '/agnhost'), command: ['pause'] },
  ];
};

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Imports each image into the engine from a tar archive; no builder and no base image is involved.
 * @returns the names they stand under, for `docker save`
 */
export const importComponentImages = async (
  images: readonly ComponentImage[],
  programsDir: string,
  workspace: string,
  options: ActOptions,
): Promise<readonly string[]> => {
  const names: string[] = [];
  for (const image of images) {
    const root = join(workspace, 'image');
    const target = join(root, image.path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(programsDir, image.program), target);
    const archive = join(workspace, `${basename(image.path)}.tar`);
    const changes = [
      `ENTRYPOINT ${JSON.stringify([image.path])}`,
      `ENV PATH=${path}`,
      ...(image.command === undefined ? [] : [`CMD ${JSON.stringify(image.command)}`]),
    ];
    const name = buildPrefix(workspace) + image.reference;
    await importTree({ tree: root, over: image.rootFileSystem, archive, changes, name }, options);
    await rm(root, { recursive: true });
    await rm(archive);
    names.push(name);
  }
  return names;
};

/**
 * Makes an image of a folder, laid over a root file system where one is given.
 * @param image `archive` is a scratch file; `over` is left as it is
 */
export const importTree = async (
  image: {
    readonly tree: string;
    readonly over: string | null;
    readonly archive: string;
    readonly changes: readonly string[];
    readonly name: string;
  },
  options: ActOptions,
): Promise<void> => {
  const sh = shell({ timeoutMs: 300_000, signal: options.signal });
  const { tree, archive } = image;
  // No entry for the root folder itself: its owner and mode belong to the root file system below. Nor for any folder
  // where there is one: the engine refuses an archive that names a path twice.
  const owned = ['--owner=0', '--group=0', '--mode=u+w,a+rX'];
  if (image.over !== null) await copyFile(image.over, archive);
  const packed =
    image.over === null
      ? sh`cd ${tree} && tar --create --file ${archive} ${owned} -- *`
      : sh`cd ${tree} && find * -type f -print0 | tar --append --file ${archive} ${owned} --null --files-from -`;
  await attempt(`Packing ${image.name}`, packed, options.signal);
  const changes = image.changes.flatMap((change) => ['--change', change]);
  await attempt(`Importing ${image.name}`, sh`docker import ${changes} ${image.archive} ${image.name}`, options.signal);
};
