import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markPath } from '../../src/cluster/names.ts';
import { markSourcePath } from '../../src/cluster/owner.ts';
import { clusterDir, kubeconfigPath, writeRecord } from '../../src/cluster/store.ts';
import type { HostExec } from '../../src/common/command.ts';
import { type ProcessIdentity, thisProcess } from '../../src/common/host/process.ts';
import { hostExec } from '../../src/node/index.ts';

/** What an engine without an end of its own answers: one whose containers are files, each of which holds what `docker inspect` prints of it. */
const program = `#!/bin/sh
cd "$(dirname "$0")/nodes"
echo "$*" >> ../calls
case "$1" in
  info) printf '{"ID":"one","Name":"here","DockerRootDir":"/"}' ;;
  ps) case "$*" in *'{{.Label '*)
    sed -n '/"Running":true/s/.*kind.cluster":"\\([^"]*\\)","io.x-k8s.kind.role":"\\([^"]*\\)".*/\\1 \\2/p' -- * 2> /dev/null; exit 0 ;; esac
    for last; do :; done; case "$last" in *cluster=*) grep -lF "cluster\\":\\"\${last##*cluster=}\\"" -- * 2> /dev/null ;; *) ls ;; esac ;;
  inspect) shift 3; printf '['; sep=; for one; do printf '%s' "$sep"; cat "$one"; sep=,; done; printf ']' ;;
  cp) one=\${2%%:*}; [ -e "../marks/$one" ] && tar -C ../marks -cf - "$one" || exit 1 ;;
  rm) shift 3; rm -f "$@" ;;
esac
exit 0
`;

export const engineName = 'one (here, /)';
export const incarnation = 'feedbeef01234567';
/** A process that is known to have ended. */
export const dead: ProcessIdentity = { ...thisProcess(), startTicks: '1' };
/** One whose end cannot be seen from here. */
export const unseen: ProcessIdentity = { ...thisProcess(), pid: 7, startTicks: '5', pidNamespace: 'pid:[99]' };

export type StandOptions = {
  /** Of the node; null: an earlier version's mark. */
  readonly incarnation?: string | null;
  readonly running?: boolean;
  /** In place of a control plane; a load balancer bears no mark, and stands beside the nodes. */
  readonly role?: 'external-load-balancer';
  /** In place of what the record says; null: there is none. */
  readonly record?: object | null;
  /** In place of what the mark on this machine's disk says. */
  readonly mark?: object;
};

/** An engine in a folder, with `SKIPBEAT_STATE_DIR` in `state` below it for the caller to set. */
export const fileEngine = (place: string) => {
  mkdirSync(join(place, 'nodes'));
  mkdirSync(join(place, 'marks'));
  writeFileSync(join(place, 'docker'), program, { mode: 0o755 });
  const host: HostExec = (command, signal) =>
    hostExec({ ...command, env: { ...command.env, PATH: `${place}:${process.env.PATH}` } }, signal);

  const journalOf = (run: string): string => join(place, 'state/journal', run);

  /** What is kept of a cluster. */
  const remember = (name: string, record: object = {}): void => {
    const base = {
      ...{ name, run: `run-${name}`, kubernetesVersion: 'v1.34.4', image: 'node', controlPlanes: 1, workers: 0 },
      ...{ kept: false, incarnation, engine: engineName, folder: null, realFolder: null },
    };
    writeRecord({ ...base, ...record });
    writeFileSync(kubeconfigPath(name), '');
  };

  const mark = (name: string, text: object = {}): void => {
    const base = { madeBy: 'skipbeat', cluster: name, incarnation, run: `run-${name}`, kept: false, process: dead };
    writeFileSync(
      markSourcePath(name, incarnation),
      JSON.stringify({ ...base, stateFolder: join(place, 'state'), ...text }),
    );
  };

  /** A container alone, as somebody else may make one. */
  const container = (name: string, options: StandOptions = {}): void => {
    const { incarnation: which = incarnation, running = false, role = 'control-plane' } = options;
    const id = role === 'control-plane' ? name : `${name}-${role}`;
    const source = which === null ? join(clusterDir(name), 'owner.json') : markSourcePath(name, which);
    const labels = { 'io.x-k8s.kind.cluster': name, 'io.x-k8s.kind.role': role };
    const inspected = {
      ...{ Id: id, Name: `/${name}-${role}`, State: { Running: running }, Config: { Labels: labels } },
      Mounts: role === 'control-plane' ? [{ Destination: markPath, Source: source }] : [],
      NetworkSettings: { Networks: {} },
    };
    writeFileSync(join(place, 'nodes', id), JSON.stringify(inspected));
  };

  /** A cluster of one node that stands, made by a run that is dead. */
  const stand = (name: string, options: StandOptions = {}): void => {
    container(name, options);
    mkdirSync(clusterDir(name), { recursive: true });
    if (options.record !== null) remember(name, options.record);
    mark(name, options.mark);
  };

  /** The journal of a run that was killed with its cluster there. @param cluster null: with no entry */
  const leave = (run: string, owner: object = {}, cluster: string | null = `skipbeat-${run}`): void => {
    mkdirSync(journalOf(run), { recursive: true });
    const text = JSON.stringify({ run, folder: null, realFolder: null, engine: engineName, process: dead, ...owner });
    writeFileSync(join(journalOf(run), 'owner.json'), text);
    if (cluster === null) return;
    writeFileSync(join(journalOf(run), '001-cluster.json'), JSON.stringify({ kind: 'cluster', cluster, incarnation }));
  };

  const calls = (): readonly string[] => readFileSync(join(place, 'calls'), 'utf8').trim().split('\n');

  return { host, journalOf, remember, mark, container, stand, leave, calls };
};
