import { basename } from 'node:path';

/** Every cluster that skipbeat makes bears this prefix, and nothing without it is ever touched. */
export const clusterPrefix = 'skipbeat-';

/** Where our mark lies in each node: a read-only mount that the engine shows even while the node is stopped. */
export const markPath = '/etc/skipbeat/owner.json';

/** In the environment of whatever makes a cluster: which one, so that no other creation is ever taken for it. */
export const incarnationVariable = 'SKIPBEAT_INCARNATION';

/** kind takes lower-case names that fit a host name; 40 leaves room for `-control-plane` and a number. */
const namePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** The cluster's name for what was given with `--cluster`; null where it cannot be one. */
export const clusterNameFrom = (option: string): string | null => {
  const name = option.startsWith(clusterPrefix) ? option : clusterPrefix + option;
  return namePattern.test(name) && name.length <= 40 && name.length > clusterPrefix.length ? name : null;
};

/** `skipbeat-x-worker2` → `worker2`: node names as plans and timelines write them. */
export const shortNodeName = (cluster: string, node: string): string =>
  node.startsWith(`${cluster}-`) ? node.slice(cluster.length + 1) : node;

export const fullNodeName = (cluster: string, short: string): string => `${cluster}-${short}`;

/** Which cluster of its name a node belongs to, by the file that is mounted as its mark. @returns null for a mark of an earlier version, which does not say */
export const incarnationOf = (markSource: string): string | null =>
  /^owner-([0-9a-f]+)\.json$/.exec(basename(markSource))?.[1] ?? null;
