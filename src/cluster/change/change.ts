import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeeded } from '../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import type { Journal } from '../../journal/index.ts';
import { failureLine, type NodeCommand, type NodeExec } from '../../node/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { ClusterAccess } from '../client.ts';
import { assertOurs, type ClusterContainer, type InspectedCluster } from '../inspect.ts';
import { fullNodeName } from '../names.ts';
import { type ReadSetting, readSettings, settingReaders } from '../settings.ts';
import { lockHolder, renewAdmitted } from './api.ts';
import { admittedSeconds, changedText } from './differences.ts';
import { type NodeChange, planChanges } from './node-changes.ts';
import { nodeSteps, restoreCommand } from './node-files.ts';
import { rollOut } from './roll-out.ts';

const notRestored = (cluster: InspectedCluster, lines: readonly string[]): SkipbeatError =>
  new SkipbeatError('SETTINGS_NOT_RESTORED', lines.join('; '), {
    exitCode: exitCodes.environment,
    next: `${skipbeat(`cleanup --cluster ${cluster.name}`)}   (removes the cluster)`,
  });

/** Those that cannot be given now. What this machine does needs no node that runs. */
const unreachable = (undo: readonly NodeCommand[], { containers }: InspectedCluster): readonly NodeCommand[] => {
  const running = new Set(containers.filter((one) => one.running).map((one) => one.container));
  return undo.filter(({ node, on }) => on !== 'host' && !running.has(node));
};

const stoppedLines = (commands: readonly NodeCommand[]): readonly string[] =>
  commands.map(({ node }) => `${node} does not run`);

/**
 * Whether `restoreSettings` may restore all of it, as the nodes stand.
 * @throws SkipbeatError CLUSTER_FOREIGN, SETTINGS_NOT_RESTORED (exit 75) where it cannot
 */
export const assertRestorable = (undo: readonly NodeCommand[], cluster: InspectedCluster | undefined): void => {
  if (cluster === undefined) return;
  assertOurs(cluster);
  const stopped = unreachable(undo, cluster);
  if (stopped.length > 0) throw notRestored(cluster, stoppedLines(stopped));
};

/**
 * Restores the settings of a cluster whose change was cut short, from its journal entry. Safe twice.
 * @param cluster null or left out: it is gone
 * @returns what was done, for a person
 * @throws SkipbeatError CLUSTER_FOREIGN, SETTINGS_NOT_RESTORED (exit 75)
 */
export const restoreSettings = async (
  undo: readonly NodeCommand[],
  cluster: InspectedCluster | undefined,
  exec: NodeExec,
): Promise<string> => {
  if (cluster === undefined) return 'the cluster is gone';
  assertOurs(cluster);
  const stopped = unreachable(undo, cluster);
  const reachable = undo.filter((one) => !stopped.includes(one));
  const results = await Promise.all(reachable.map((command) => exec(command)));
  const failed = results.filter((result) => !succeeded(result));
  if (failed.length > 0 || stopped.length > 0) {
    const lines = failed.map((result) => failureLine({ ...result, command: `the undo on ${result.node}` }));
    throw notRestored(cluster, [...lines, ...stoppedLines(stopped)]);
  }
  return `restored on ${counted(reachable.length, 'node')}`;
};

/** The last lines of what the control plane and the kubelet logged; which files of it are there depends on what failed. */
const script = `
for log in /var/log/pods/kube-system_kube-controller-manager-*/*/*.log /var/log/pods/kube-system_kube-apiserver-*/*/*.log; do
  [ -f "$log" ] || continue
  echo "== $log"
  tail -n 100 "$log"
done
echo "== kubelet"
journalctl -u kubelet --no-pager -n 200
`;

/** Keeps what every control plane logged, in a file each. @returns the files */
const saveLogs = (
  context: {
    readonly cluster: { readonly name: string };
    readonly nodes: readonly ClusterContainer[];
    readonly exec: NodeExec;
  },
  folder: string,
): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true });
  const members = context.nodes.filter(({ role }) => role === 'control-plane');
  return Promise.all(
    members.map(async ({ node }) => {
      const name = fullNodeName(context.cluster.name, node);
      const { stdout, stderr } = await context.exec({ node: name, argv: ['sh', '-c', script], timeoutMs: 30_000 });
      const file = join(folder, `change-${node}.log`);
      writeFileSync(file, `${stdout}\n${stderr}`);
      return file;
    }),
  );
};

type ChangeOptions = {
  readonly cluster: InspectedCluster;
  readonly plan: Plan;
  readonly access: ClusterAccess;
  readonly exec: NodeExec;
  readonly journal: Journal;
  /** What the components logged is kept here when a change fails. */
  readonly logsFolder: string;
  readonly signal: AbortSignal;
  /** How long the components may take to come back; 120 s on a machine under load is ample. */
  readonly timeoutMs?: number;
};

/** A change that was made and read back. */
export type SettingsChange = {
  /** `controller manager, API server and 3 kubelets` */
  readonly what: string;
  /** Until a controller manager led again and every setting was read back. */
  readonly tookMs: number;
  /** Pods that were made anew for their tolerations, and until the workload's were Ready. */
  readonly pods: number;
  readonly podsMs: number;
};

type Context = ChangeOptions & { readonly limitMs: number; readonly nodes: readonly ClusterContainer[] };

/** Resolves when every setting is read back as configured. */
const readBack = (context: Context, signal: AbortSignal): Promise<true> => {
  const { plan, cluster, nodes, access, exec, limitMs } = context;
  const names = (role: string | null): readonly string[] =>
    nodes.filter((node) => role === null || node.role === role).map(({ node }) => node);
  const places = { controlPlanes: names('control-plane'), all: names(null) };
  const readers = settingReaders(plan.profile.expectedSettings, cluster.name, places, access, exec);
  const probe = async (attempt: AbortSignal): Promise<PollResult<true>> => {
    const read = await readSettings(readers, attempt);
    const other = read.filter(({ same }) => !same);
    const message = other.map(
      ({ node, setting, observed }: ReadSetting) => `${node} ${setting} ${observed ?? 'unset'}`,
    );
    return other.length === 0 ? { found: true } : { seen: message.join(', ') };
  };
  return waitUntil('every setting to be read back as configured', probe, { timeoutMs: limitMs, everyMs: 200, signal });
};

/** Resolves when a controller manager holds a lock other than the one that was there before. */
const awaitLeader = ({ access, limitMs }: Context, oldUid: string | null, signal: AbortSignal): Promise<true> =>
  waitUntil<true>(
    'a controller manager to lead',
    async () => {
      const lock = await lockHolder(access, 'kube-controller-manager');
      return lock !== null && lock.uid !== oldUid
        ? { found: true }
        : { seen: 'the lock is free, or still the old one' };
    },
    { timeoutMs: limitMs, everyMs: 100, signal },
  );

const restore = async (context: Context, changes: readonly NodeChange[]): Promise<void> => {
  const { exec, cluster } = context;
  await Promise.all(
    changes.map(({ node, ends }) => nodeSteps(exec, fullNodeName(cluster.name, node.node)).restore(ends)),
  );
};

/**
 * Changes the settings of a living cluster of ours to those of a plan, in place: manifests and kubelet configurations
 * are rewritten, what reads them is started anew, one control plane after another, the stale locks of its leaders are
 * cleared, and pods that were admitted with other tolerations are made anew. Resolves when all of it was read back.
 * The undo is journalled first; when anything fails, or the signal fires, the old files are restored.
 * @returns null where every setting was as asked already
 * @throws SkipbeatError CLUSTER_FOREIGN; SETTINGS_NOT_CHANGED (exit 2) with the logs kept; the signal's reason
 */
export const changeSettings = async (options: ChangeOptions): Promise<SettingsChange | null> => {
  const { cluster, plan, access, exec, journal, signal } = options;
  assertOurs(cluster);
  const nodes = cluster.containers.filter(({ role }) => role === 'control-plane' || role === 'worker');
  const context: Context = { ...options, limitMs: options.timeoutMs ?? 120_000, nodes };
  const changes = await planChanges({ plan, cluster: cluster.name, nodes, exec, signal });
  if (changes.length === 0) return null;

  const startedAt = performance.now();
  const entry = journal.add({
    kind: 'settings',
    cluster: cluster.name,
    incarnation: cluster.incarnation ?? '',
    undo: changes.map(({ node, ends }) => restoreCommand(fullNodeName(cluster.name, node.node), ends)),
  });
  try {
    const steps = ({ node }: NodeChange) => nodeSteps(exec, fullNodeName(cluster.name, node.node), signal);
    await Promise.all(changes.map((change) => steps(change).stage(change.files)));
    const old = await rollOut({ ...context, changes, steps });
    await Promise.all([readBack(context, signal), old.led ? awaitLeader(context, old.lockUid, signal) : true]);
    const tookMs = performance.now() - startedAt;
    const pods = await renewAdmitted(access, admittedSeconds(plan), context.limitMs, signal);
    const podsMs = performance.now() - startedAt - tookMs;
    await Promise.all(changes.map((change) => steps(change).forget()));
    entry.done();
    const components = changes.flatMap(({ components: changed }) => changed);
    const kubelets = components.filter((component) => component === 'kubelet').length;
    return { what: changedText(components, kubelets), tookMs, pods, podsMs };
  } catch (thrown) {
    const logs = signal.aborted ? [] : await saveLogs(context, options.logsFolder);
    await restore(context, changes);
    entry.done();
    signal.throwIfAborted();
    throw new SkipbeatError(
      'SETTINGS_NOT_CHANGED',
      `Cluster ${cluster.name} did not come back with the profile ${plan.profile.name}, and was given its old settings again. ${messageOf(thrown)}`,
      {
        exitCode: exitCodes.inconclusive,
        cause: thrown,
        next: logs.length === 0 ? skipbeat('doctor') : `read ${logs.join(', ')}`,
      },
    );
  }
};
