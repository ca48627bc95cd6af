import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessPromise } from 'zx/core';
import { cacheDir } from '../../common/host/paths.ts';
import { baseRelease } from '../kind/kind-releases.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { builtReference } from '../versions.ts';
import { moduleDir } from './go.ts';
import { componentImages, importComponentImages } from './images.ts';
import { labels } from './labels.ts';
import { buildPrograms, builtPrograms, type Programs } from './programs.ts';
import { minorRecipeDir, recipeDir, recipeHash } from './recipe.ts';
import { buildRootFileSystem } from './root-file-system.ts';
import { buildId, buildPrefix, clearWorkspace } from './workspace.ts';

/**
 * Runs two steps at once. When one fails the other is interrupted and awaited, and the first failure is thrown.
 * @param start is given options whose signal also ends with the first failure
 */
export const together = async <First, Second>(
  options: ActOptions,
  start: (within: ActOptions) => readonly [Promise<First>, Promise<Second>],
): Promise<readonly [First, Second]> => {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const failures: unknown[] = [];
  const watched = start({ ...options, signal }).map(async (step) => {
    try {
      return await step;
    } catch (error) {
      failures.push(error);
      failed.abort();
      return undefined;
    }
  });
  const [first, second] = await Promise.all(watched);
  if (failures.length > 0) throw failures[0];
  return [first as First, second as Second];
};

/**
 * Builds the node image of one Kubernetes version from Go modules or Debian's source package, and Debian packages, in a
 * folder that is removed afterwards. Where a build is cut short, only programs that were all built are left there, and
 * the next one goes on from them. Only the finished image gets the name that others search for.
 * @param version such as "v1.34.4", one of `buildableVersions`
 * @returns the image's name
 */
export const buildNodeImage = async (version: string, options: ActOptions): Promise<string> => {
  const workspace = join(cacheDir(), 'build', version);
  const recipe = await recipeHash(minorOf(version));
  const kept = await builtPrograms(workspace, recipe);
  if (kept !== null) options.note('programs of an interrupted build are there');
  await clearWorkspace(workspace, kept === null ? [] : ['programs'], options);
  await mkdir(workspace, { recursive: true });
  let keptNames = ['programs'];
  try {
    const nodeRoot = join(workspace, 'node.tar');
    const proxyRoot = join(workspace, 'kube-proxy.tar');
    const [programs] = await together(options, (within) => [
      kept === null ? buildPrograms(version, workspace, recipe, within) : Promise.resolve(kept),
      (async () => {
        await buildRootFileSystem({ name: 'node', packages: 'packages/node.txt', file: nodeRoot }, within);
        await buildRootFileSystem({ name: 'kube-proxy', packages: 'packages/kube-proxy.txt', file: proxyRoot }, within);
      })(),
    ]);
    await rm(join(workspace, 'go-cache'), { recursive: true, force: true });
    const reference = await assemble(version, programs, { workspace, nodeRoot, proxyRoot }, options);
    keptNames = [];
    return reference;
  } finally {
    if ((await builtPrograms(workspace, recipe)) === null) keptNames = [];
    // Not under the caller's signal: an interrupted build is cleared away too.
    await clearWorkspace(workspace, keptNames, { note: options.note, signal: new AbortController().signal });
  }
};

/** The second half of a build: root file systems and programs become the node image. */
const assemble = async (
  version: string,
  programs: Programs,
  at: { readonly workspace: string; readonly nodeRoot: string; readonly proxyRoot: string },
  options: ActOptions,
): Promise<string> => {
  const sh = shell({ timeoutMs: 600_000, signal: options.signal });
  const run = (what: string, command: ProcessPromise): Promise<string> => attempt(what, command, options.signal);
  const images = componentImages(programs, at.proxyRoot);
  const names = await importComponentImages(images, programs.directory, at.workspace, options);
  options.note(`${names.length} images of the control plane made`);

  const prefix = buildPrefix(at.workspace);
  const base = `${prefix}node-base:${version}`;
  const container = `skipbeat-build-${buildId(at.workspace)}`;
  await run('Importing the node root file system', sh`docker import ${at.nodeRoot} ${base}`);
  // Enough for containerd to start and import; the import unpacks nothing, so it needs no privileges.
  const confinement = ['seccomp=unconfined', 'apparmor=unconfined'].flatMap((option) => ['--security-opt', option]);
  const named = ['--name', container, '--label', `${labels.build}=${buildId(at.workspace)}`, '--network', 'none'];
  // What ends systemd in order. The engine takes it here and keeps it in the image; on commit it refuses it.
  const stop = ['--stop-signal', 'SIGRTMIN+3'];
  const started = sh`docker run --detach ${named} ${confinement} ${stop} ${base} sleep infinity`;
  await run('Starting the build container', started);
  const overlay = await layOverlay(version, programs, at.workspace, options);
  const packed = `${at.workspace}/overlay.tar`;
  await run(
    'Packing the node files',
    sh`cd ${overlay} && tar --create --file ${packed} --owner=0 --group=0 --mode=u+w,a+rX -- *`,
  );
  await run('Copying the node files', sh`docker cp - ${`${container}:/`} < ${packed}`);
  const inside = sh`docker exec ${container} /skipbeat-build/prepare.sh ${version} ${programs.images.pause}`;
  await run('Preparing the node', inside);
  if (existsSync(minorPrepare(version))) {
    const further = sh`docker exec ${container} /skipbeat-build/prepare-minor.sh`;
    await run(`Preparing the node for ${minorOf(version)}`, further);
  }
  const loaded = sh`docker save ${names} | docker exec --interactive ${container} /skipbeat-build/preload.sh ${prefix}`;
  const listed = await run('Loading the control plane into the node', loaded);
  for (const image of images) {
    if (!listed.split('\n').includes(image.reference)) {
      throw new Error(`The node's containerd should hold ${image.reference}; it lists:\n${listed}`);
    }
  }
  await run('Clearing the node', sh`docker exec ${container} rm -rf /skipbeat-build`);
  const changes = [
    'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]',
    'CMD []',
    'ENV container=docker',
    `LABEL ${labels.kubernetes}=${version} ${labels.agnhost}=${programs.agnhostImage} ${labels.recipe}=${await recipeHash(minorOf(version))} ${labels.build}=`,
  ].flatMap((change) => ['--change', change]);
  const reference = builtReference(version);
  const before = (await sh`docker image inspect --format ${'{{.Id}}'} ${reference}`.nothrow()).stdout.trim();
  await run('Committing the node image', sh`docker commit ${changes} ${container} ${reference}`);
  options.note(`${reference} committed`);
  if (before !== '' && (await sh`docker rmi ${before}`.nothrow()).exitCode !== 0) {
    options.note(`the image before it is still in use; afterwards: docker rmi ${before}`);
  }
  return reference;
};

const minorOf = (version: string): string => version.replace(/\.\d+$/, '');

/** What one minor's nodes need beyond the rest, run after prepare.sh; most minors have none. */
const minorPrepare = (version: string): string => join(minorRecipeDir(minorOf(version)), 'prepare.sh');

/** The files that go over Debian: kind's own base files, the recipe's, and the programs a node runs by itself. */
const layOverlay = async (
  version: string,
  programs: Programs,
  workspace: string,
  options: ActOptions,
): Promise<string> => {
  const overlay = join(workspace, 'overlay');
  const kindFiles = join(await moduleDir(`sigs.k8s.io/kind@${baseRelease.version}`, options), 'images/base/files');
  const sh = shell({ timeoutMs: 60_000, signal: options.signal });
  await cp(kindFiles, overlay, { recursive: true });
  // The module cache is read-only, and so are copies of it.
  await attempt('Making the copy writable', sh`chmod -R u+w ${overlay}`, options.signal);
  const node = join(recipeDir(), 'node');
  const files: readonly (readonly [string, string])[] = [
    ...['kubeadm', 'kubelet', 'kubectl'].map((name) => [join(programs.directory, name), `usr/bin/${name}`] as const),
    [join(node, 'pod-network.sh'), 'kind/bin/pod-network.sh'],
    [join(node, 'skipbeat-pod-network.service'), 'etc/systemd/system/skipbeat-pod-network.service'],
    [join(node, 'default-cni.yaml'), 'kind/manifests/default-cni.yaml'],
    [join(node, 'default-storage.yaml'), 'kind/manifests/default-storage.yaml'],
    [join(node, 'prepare.sh'), 'skipbeat-build/prepare.sh'],
    [join(node, 'preload.sh'), 'skipbeat-build/preload.sh'],
    ...(existsSync(minorPrepare(version)) ? [[minorPrepare(version), 'skipbeat-build/prepare-minor.sh'] as const] : []),
  ];
  for (const [from, to] of files) {
    await mkdir(join(overlay, to, '..'), { recursive: true });
    await copyFile(from, join(overlay, to));
  }
  return overlay;
};
