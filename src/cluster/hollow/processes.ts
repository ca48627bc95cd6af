import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../common/host/folder.ts';
import { modulePath, packageFile } from '../../common/package.ts';
import { hollowArgvFile, hollowRelay, hollowRelayFiles, hollowRelayPort } from '../../node/index.ts';
import type { HollowGroup, Plan } from '../../plan/index.ts';
import { incarnationVariable } from '../names.ts';
import { clusterDir, kubeconfigPath } from '../store.ts';
import { kwokConfig } from './kwok-config.ts';
import { hollowKey } from './nodes.ts';

/**
 * Where command lines, numbers and logs of a cluster's kwok processes lie: of one incarnation, so that what undoes those of
 * another one that bore the name meets none of these.
 */
export const hollowFolder = (cluster: string, incarnation: string): string =>
  join(clusterDir(cluster), `hollow-${incarnation}`);

/** How a kwok process of ours is called, for whoever looks for those of a cluster. */
export const kwokName = 'kwok';

/** An argument that a relay process of ours has, likewise. */
export const relayMark = 'skipbeat-relay';

/**
 * Ports that the connections of relays come from, at most so many a group: below those that Linux gives to whoever asks for any.
 * @see ip_local_port_range in Linux Documentation/networking/ip-sysctl.rst: 32768 to 60999
 */
const relayPorts = { from: 20_000, count: 12_768, most: 64 } as const;

/** Those of one group, which no other group has. @param groups how many there are, 5,000 at most */
export const relayPortsOf = (index: number, groups: number): { readonly from: number; readonly count: number } => {
  const count = Math.min(relayPorts.most, Math.floor(relayPorts.count / groups));
  return { from: relayPorts.from + index * count, count };
};

type Prepared = { readonly cluster: string; readonly incarnation: string; readonly kwokPath: string };

const writeArgv = (folder: string, name: string, argv: readonly string[]): void =>
  writeFileSync(hollowArgvFile(folder, name), argv.map((word) => `${word}\0`).join(''), { mode: 0o600 });

const kubeconfigOf = (folder: string, { name, isRelayed }: HollowGroup): string =>
  join(folder, isRelayed ? `${hollowRelay(name)}.kubeconfig` : 'kubeconfig');

/**
 * Writes what the relay of each group needs that has one.
 * @param target the API server that kwok of these groups then has
 */
export const prepareRelays = (
  folder: string,
  incarnation: string,
  groups: readonly HollowGroup[],
  target: { readonly host: string; readonly port: number },
): void => {
  for (const [index, { name, isRelayed }] of groups.entries()) {
    if (!isRelayed) continue;
    const order = {
      target,
      localPorts: relayPortsOf(index, groups.length),
      seed: index + 1,
      files: hollowRelayFiles(folder, name),
    };
    writeArgv(folder, hollowRelay(name), [
      ...['env', `${incarnationVariable}=${incarnation}`, process.execPath, packageFile(modulePath('relay/process'))],
      ...[relayMark, JSON.stringify(order)],
    ]);
  }
};

/**
 * Writes the kubeconfig of a group whose relay listens: the cluster's own, but for the API server.
 * @throws where the relay does not listen yet
 */
export const leadThroughRelay = (folder: string, group: HollowGroup): void => {
  const direct = readFileSync(join(folder, 'kubeconfig'), 'utf8');
  const server = `server: https://127.0.0.1:${hollowRelayPort(folder, group.name)}`;
  writeFileSync(kubeconfigOf(folder, group), direct.replace(/server: .*/, server), { mode: 0o600 });
};

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
  const folder = hollowFolder(cluster, incarnation);
  rmSync(folder, { recursive: true, force: true });
  makeFolder(folder, 0o700);
  // What a user keeps under his home is no part of it.
  const home = join(folder, 'home');
  mkdirSync(home);
  const config = join(folder, 'kwok.yaml');
  writeFileSync(config, kwokConfig(plan), { mode: 0o600 });
  writeFileSync(join(folder, 'kubeconfig'), readFileSync(kubeconfigPath(cluster)), { mode: 0o600 });
  for (const group of groups) {
    const argv = [
      ...['env', `${incarnationVariable}=${incarnation}`, `HOME=${home}`, kwokPath],
      ...['--kubeconfig', kubeconfigOf(folder, group), '--config', config],
      ...[`--manage-nodes-with-label-selector=${hollowKey}=${group.name}`],
    ];
    writeArgv(folder, group.name, argv);
  }
  return folder;
};
