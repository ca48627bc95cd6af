import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../common/host/paths.ts';
import { baseRelease } from '../kind/kind-releases.ts';
import type { ActOptions } from '../shell.ts';
import { moduleDir } from './go.ts';
import { importTree } from './images.ts';
import { labels } from './labels.ts';
import { recipeDir, recipeHash } from './recipe.ts';
import { buildRootFileSystem } from './root-file-system.ts';

/**
 * Builds haproxy as kind expects it before several control planes, under the name kind expects: kind's own start
 * configuration, and before it the recipe's.
 * @returns the image's name
 */
export const buildLoadBalancerImage = async (options: ActOptions): Promise<string> => {
  const { reference } = baseRelease.loadBalancer;
  const workspace = join(cacheDir(), 'build', 'load-balancer');
  await rm(workspace, { recursive: true, force: true });
  await mkdir(workspace, { recursive: true });
  try {
    const root = join(workspace, 'root.tar');
    await buildRootFileSystem({ name: 'load-balancer', packages: 'packages/load-balancer.txt', file: root }, options);
    const kind = await moduleDir(`sigs.k8s.io/kind@${baseRelease.version}`, options);
    const tree = join(workspace, 'tree');
    const folder = join(tree, 'usr/local/etc/haproxy');
    await mkdir(folder, { recursive: true });
    await copyFile(join(kind, 'images/haproxy/haproxy.cfg'), join(folder, 'haproxy.cfg'));
    await copyFile(join(recipeDir(), 'load-balancer/00-limits.cfg'), join(folder, '00-limits.cfg'));
    const files = ['00-limits.cfg', 'haproxy.cfg'].flatMap((name) => ['-f', `/usr/local/etc/haproxy/${name}`]);
    const changes = [
      `ENTRYPOINT ${JSON.stringify(['haproxy', '-W', '-db', ...files])}`,
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `LABEL ${labels.recipe}=${await recipeHash(null)}`,
    ];
    const archive = join(workspace, 'image.tar');
    await importTree({ tree, over: root, archive, changes, name: reference }, options);
    return reference;
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
};
