import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../common/host/folder.ts';
import { hollowArgvFile } from '../../node/index.ts';
import type { HollowGroup, Plan } from '../../plan/index.ts';
import { incarnationVariable } from '../names.ts';
import { clusterDir, kubeconfigPath } from '../store.ts';
import { kwokConfig } from './kwok-config.ts';
import { hollowKey } from './nodes.ts';

/** Where command lines, numbers and logs of a cluster's kwok processes lie. */
export const hollowFolder = (cluster: string): string => join(clusterDir(cluster), 'hollow');

/** How a kwok process of ours is called, for whoever looks for those of a cluster. */
export const kwokName = 'kwok';

type Prepared = { readonly cluster: string; readonly incarnation: string; readonly kwokPath: string };

/**
 * Writes what the processes of all groups need. They find the API server where the cluster's own kubeconfig says, in a copy
 * of theirs (0600), and bear the cluster's incarnation in their environment.
 * @returns the folder
 */
export const prepareProcesses = (
  { cluster, incarnation, kwokPath }: Prepared,
  plan: Plan,
  groups: readonly HollowGroup[],
): string => {
  const folder = hollowFolder(cluster);
  rmSync(folder, { recursive: true, force: true });
  makeFolder(folder, 0o700);
  // What a user keeps under his home is no part of it.
  const home = join(folder, 'home');
  mkdirSync(home);
  const [config, kubeconfig] = [join(folder, 'kwok.yaml'), join(folder, 'kubeconfig')];
  writeFileSync(config, kwokConfig(plan), { mode: 0o600 });
  copyFileSync(kubeconfigPath(cluster), kubeconfig);
  chmodSync(kubeconfig, 0o600);
  for (const { name } of groups) {
    const argv = [
      ...['env', `${incarnationVariable}=${incarnation}`, `HOME=${home}`, kwokPath],
      ...['--kubeconfig', kubeconfig, '--config', config],
      ...[`--manage-nodes-with-label-selector=${hollowKey}=${name}`],
    ];
    writeFileSync(hollowArgvFile(folder, name), argv.map((word) => `${word}\0`).join(''), { mode: 0o600 });
  }
  return folder;
};
