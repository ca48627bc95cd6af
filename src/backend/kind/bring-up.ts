import {
  assertOurs,
  type ClusterAccess,
  changeSettings,
  createCluster,
  fullNodeName,
  type InspectedCluster,
  inspectCluster,
  kubeconfigPath,
  labelZones,
  loadClient,
  openAccess,
  type ReadSetting,
  readRecord,
  type SettingReader,
  type SettingsChange,
  settingReaders,
} from '../../cluster/index.ts';
import { secondsText } from '../../common/duration.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';
import { counted } from '../../common/text/counted.ts';
import { waitUntil } from '../../common/wait.ts';
import { type Observed, startObserver } from '../../observe/index.ts';
import { apiServersHit, type Plan } from '../../plan/index.ts';
import { allNodes } from '../phases/context.ts';
import type { StepEnd } from '../steps.ts';
import { hostClient, reachesAll, whyContainer } from './client.ts';
import { containerClient } from './client-container.ts';
import type { KindRun, RunningCluster } from './context.ts';

/** Bring-up of a 1 + 2 cluster takes about 20 s, an HA one about 60 s; a machine under load several times that. */
export const clusterBudgetMs = 420_000;
/** A cluster that is complete answers within a second. */
const againBudgetMs = 20_000;

/** A first renewal that failed is repeated after 7 s at most, the next one is due after another interval. */
export const leasesBudgetMs = 120_000;

const describeNext = (cluster: string): string =>
  `docker exec ${fullNodeName(cluster, 'control-plane')} journalctl -u kubelet -n 50`;

/** What keeps the nodes from being Ready; null when nothing does. */
export const notReady = (nodes: readonly string[], observed: Observed): string | null => {
  const missing = nodes.flatMap((node) => {
    const seen = observed.nodes.get(node);
    if (seen === undefined) return [`${node} has not registered`];
    return seen.ready === 'True' ? [] : [`${node} NotReady (${seen.reason || seen.ready})`];
  });
  return missing.length === 0 ? null : missing.join(', ');
};

/**
 * Which leases are not fresh; null when all are. A lease is fresh while it is younger than one renewal (with its
 * jitter) and 2 s for the way: nodes of kind and this machine share one wall clock.
 */
export const notFresh = (plan: Plan, nodes: readonly string[], observed: Observed): string | null => {
  const freshForMs = plan.profile.effective.leaseRenewIntervalMs * (1 + plan.profile.effective.leaseJitter) + 2000;
  const missing = nodes.flatMap((node) => {
    const renewTime = observed.leases.get(node);
    if (renewTime === undefined) return [`${node} has no lease`];
    return Date.now() - Date.parse(renewTime) > freshForMs ? [`${node} has a lease from ${renewTime}`] : [];
  });
  return missing.length === 0 ? null : missing.join(', ');
};

/** @throws SkipbeatError CLUSTER_DIFFERS (exit 75) where a cluster that stands is not what the plan asks for */
const assertReusable = (
  plan: Plan,
  options: KindRun['options'],
  counts: { controlPlanes: number; workers: number },
): void => {
  const record = readRecord(options.clusterName);
  const asked = {
    kubernetesVersion: plan.kubernetesVersion,
    controlPlanes: plan.topology.controlPlanes,
    workers: plan.topology.workers,
  };
  const found = { kubernetesVersion: record?.kubernetesVersion ?? null, ...counts };
  const differences = (Object.keys(asked) as (keyof typeof asked)[])
    .filter((key) => asked[key] !== found[key])
    .map((key) => `${key}: expected ${asked[key]}, found ${found[key] ?? 'no record of it'}`);
  if (differences.length > 0) throw clusterDiffers(options.clusterName, differences);
};

const clusterDiffers = (name: string, differences: readonly string[]): SkipbeatError =>
  new SkipbeatError('CLUSTER_DIFFERS', `Cluster ${name} cannot be used for this plan. ${differences.join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat(`cleanup --cluster ${name}`)}   (deletes it), or choose another name with --cluster`,
  });

const changeInPlace = async (
  { plan, options, recorder, exec, signal }: KindRun,
  cluster: InspectedCluster,
  access: ClusterAccess,
): Promise<SettingsChange | null> => {
  const { journal, logsFolder } = options;
  const change = await changeSettings({ cluster, plan, access, exec, journal, logsFolder, signal });
  if (change === null) return null;
  const { what, tookMs, pods, podsMs } = change;
  const renewed =
    pods === 0
      ? ''
      : `; ${counted(pods, 'pod')} made anew for ${pods === 1 ? 'its' : 'their'} tolerations in ${secondsText(podsMs)}`;
  const text = `${options.clusterName} changed in place to ${plan.profile.name}: ${what} in ${secondsText(tookMs)}${renewed}`;
  recorder.event({ type: 'note', text });
  return change;
};

/**
 * Of several control planes, the way in through one that no fault hits: the load balancer would lead some watches to
 * one that is, and they would see nothing without noticing. null: as kind published it.
 */
const ownWay = (plan: Plan, nodes: RunningCluster['nodes']): string | null => {
  const hit = new Set(
    plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : [])).flatMap(apiServersHit),
  );
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
  const untouched = controlPlanes.find(({ node }) => !hit.has(node));
  return controlPlanes.length < 2 || untouched === undefined ? null : `https://${untouched.address}:6443`;
};

/**
 * Makes the cluster, or finds the one of that name fit for use, and opens the watches on it.
 * A cluster that is made is journalled first.
 */
export const openCluster = async (run: KindRun): Promise<RunningCluster> => {
  const { plan, options, recorder, turn, signal } = run;
  const { host, clusterName } = options;
  const client = loadClient();
  const running = await inspectCluster(host, clusterName, signal);
  if (running !== null) {
    assertOurs(running);
    const count = (role: string): number => running.containers.filter((one) => one.role === role && one.running).length;
    assertReusable(plan, options, { controlPlanes: count('control-plane'), workers: count('worker') });
  } else {
    const keepsOpen = await turn.begin(signal);
    await createCluster({
      host,
      kindPath: options.kind.path,
      image: options.nodeImage.reference,
      name: clusterName,
      run: options.journal.run,
      incarnation: options.incarnation,
      engine: options.engine.id,
      folder: options.journal.folder,
      realFolder: options.journal.realFolder,
      plan,
      kept: options.keep,
      logsFolder: options.logsFolder,
      timeoutMs: clusterBudgetMs,
      keepsOpen,
      signal,
    });
  }
  const inspected = running ?? (await inspectCluster(host, clusterName, signal));
  const nodes = (inspected?.containers ?? [])
    .filter(({ role }) => role === 'control-plane' || role === 'worker')
    .map(({ node, role, address }) => ({ node, role, address: address ?? '' }))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  const incarnation = inspected?.incarnation ?? options.incarnation;
  const why = await whyContainer(options.loadFrom, nodes, signal);
  const requests = why === null ? hostClient : containerClient(run, { nodes, incarnation }, why);
  const way = requests.from === 'host' || (await reachesAll(nodes, signal)) ? ownWay(plan, nodes) : null;
  const access = openAccess(await client, kubeconfigPath(clusterName), way);
  // Before the watches are opened: what a restart of the control plane shows is nothing that the run measures.
  const change = running === null ? null : await changeInPlace(run, running, access);
  const observer = await startObserver({
    workload: plan.workload,
    hollowPods: (plan.topology.hollow?.podsPerNode ?? 0) > 0,
    access,
    cluster: clusterName,
    kubernetesVersion: plan.kubernetesVersion,
    nowMs: recorder.nowMs,
    record: (body, atMs) => recorder.event(body, atMs),
    failed: run.fail,
    signal,
  });
  return { access, observer, incarnation, client: requests, nodes, hollow: null, made: running === null, change };
};

/**
 * Waits until each node is Ready with a fresh lease: the load begins on a steady cluster. A kubelet whose first renewal
 * came before its node was known tries again only seconds later, while the workload is long up.
 */
export const awaitLeases = async (run: KindRun, cluster: RunningCluster): Promise<StepEnd> => {
  const { plan, options, signal } = run;
  const names = allNodes(cluster);
  await cluster.observer.until(
    'every node to be Ready with a fresh lease',
    (seen) => notReady(names, seen) ?? notFresh(plan, names, seen),
    { timeoutMs: leasesBudgetMs, everyMs: 250, signal, next: describeNext(options.clusterName) },
  );
  return { outcome: 'done', detail: 'every node Ready, every lease fresh' };
};

const readersOf = ({ plan, options, exec }: KindRun, { nodes, access }: RunningCluster): readonly SettingReader[] => {
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane').map(({ node }) => node);
  const places = { controlPlanes, all: nodes.map(({ node }) => node) };
  return settingReaders(plan.profile.expectedSettings, options.clusterName, places, access, exec);
};

/** A process is asked until it answers, by itself: one that is late does not make the others be asked again. */
const askUntilAnswered = (
  { options, signal }: KindRun,
  { process, read }: SettingReader,
  timeoutMs: number,
): Promise<readonly ReadSetting[]> =>
  waitUntil<readonly ReadSetting[]>(
    `the settings of ${process} to be readable`,
    async (attempt) => ({ found: await read(attempt) }),
    { timeoutMs, everyMs: 250, signal, next: describeNext(options.clusterName) },
  );

const readBack = async (run: KindRun, cluster: RunningCluster): Promise<readonly ReadSetting[]> =>
  (await Promise.all(readersOf(run, cluster).map((reader) => askUntilAnswered(run, reader, clusterBudgetMs)))).flat();

/**
 * Reads every setting again when the load has ended: somebody may have changed one during the run. What cannot be read is
 * noted, and the verdict names what it lacks.
 */
export const readBackAgain = async (run: KindRun, cluster: RunningCluster): Promise<void> => {
  const { recorder, signal } = run;
  const again = async (reader: SettingReader): Promise<void> => {
    try {
      const read = await askUntilAnswered(run, reader, againBudgetMs);
      for (const setting of read) recorder.event({ type: 'setting.read', ...setting, moment: 'end' });
    } catch (thrown) {
      signal.throwIfAborted();
      recorder.event({ type: 'note', text: `settings at the end: ${messageOf(thrown)}` });
    }
  };
  await Promise.all(readersOf(run, cluster).map(again));
};

/** Waits until every node is Ready, and reads every setting back from the live processes. */
export const readBackSettings = async (run: KindRun, cluster: RunningCluster): Promise<StepEnd> => {
  const { plan, options, recorder, signal } = run;
  const names = cluster.nodes.map(({ node }) => node);
  const [, read] = await Promise.all([
    cluster.observer.until('every node to be Ready', (seen) => notReady(names, seen), {
      timeoutMs: clusterBudgetMs,
      signal,
      next: describeNext(options.clusterName),
    }),
    readBack(run, cluster),
  ]);
  for (const setting of read) recorder.event({ type: 'setting.read', ...setting, moment: 'start' });
  const { zones = 1 } = plan.topology;
  const labelled = await labelZones(cluster.access, options.clusterName, plan);
  if (labelled > 0) {
    const text = `${counted(labelled, 'node')} labelled for ${zones === 1 ? 'one zone, which has no name' : `${zones} zones`}`;
    recorder.event({ type: 'note', text });
  }
  const different = read.filter(({ same }) => !same);
  if (different.length > 0) {
    const message = different.map(
      ({ component, node, setting, expected, observed }) =>
        `${component} on ${node}, ${setting}: expected ${expected ?? 'not passed'}, found ${observed ?? 'not passed'}`,
    );
    if (!cluster.made) throw clusterDiffers(options.clusterName, message);
    throw new SkipbeatError('SETTINGS_DIFFER', `The cluster does not run what was asked. ${message.join('; ')}.`, {
      exitCode: exitCodes.inconclusive,
      next: `compare ${options.logsFolder}/kind.yaml with  ${skipbeat(`plan ${plan.scenario}`)}`,
    });
  }
  const asked = plan.profile.expectedSettings.length;
  const how = cluster.change === null ? '' : 'changed in place; ';
  return { outcome: 'done', detail: `${how}settings read back as configured (${asked} of ${asked})` };
};
