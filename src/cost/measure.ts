import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterPrefix, fullNodeName, kubeconfigPath, loadClient, openAccess } from '../cluster/index.ts';
import { succeeded } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { samplesOf } from '../common/kubernetes/metrics.ts';
import { containerExec, failureLine, hostExec } from '../node/index.ts';
import { get } from '../observe/index.ts';
import { nodesOf, type Plan } from '../plan/index.ts';
import { prepareRun } from '../prepare/index.ts';
import { silentNodeWindows, writesPerNodeMinute } from '../profile/index.ts';
import { executeRun } from '../run/index.ts';
import type { KindEnvironment } from '../setup/index.ts';
import type { TimelineListener } from '../timeline/index.ts';
import { type CostFigures, costBetween, names, type Reading } from './figures.ts';
import { costNotes, readingNotes } from './notes.ts';
import { type CostAsk, type CostProfile, costScenario, firstReadingMs } from './scenario.ts';
import { createSeen, unseenBetween } from './seen.ts';

/** Processes of a control plane, by the names of their programs. */
const components = ['kube-apiserver', 'etcd', 'kube-controller-manager', 'kube-scheduler'] as const;

const timeoutMs = 20_000;

/**
 * Prints `cpu NAME PID USER SYSTEM` of the oldest process of each name, times in ticks as proc_pid_stat(5) has them, and then
 * what etcd says of itself where kubeadm lets it listen: on a port of the node's own.
 */
const script = `
for name in "$@"; do
  pid=$(pgrep -o -f "^(/[^ ]*/)?$name( |\\$)") && read -r stat 2> /dev/null < "/proc/$pid/stat" || continue
  set -- \${stat##*) }
  echo "cpu $name $pid \${12} \${13}"
done
exec 3<> /dev/tcp/127.0.0.1/2381 && printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3
`;

/** USER_HZ is 100 wherever Kubernetes runs: a tick is 10 ms. */
const tickMs = 10;

/** The processes in what the script prints. */
export const processesIn = (output: string): Reading['processes'] =>
  [...output.matchAll(/^cpu (\S+) (\d+) (\d+) (\d+)$/gm)].map(([, component = '', pid, user, system]) => ({
    component,
    pid: Number(pid),
    cpuMs: (Number(user) + Number(system)) * tickMs,
  }));

/**
 * Reads what the control plane of a cluster with one control-plane node has counted so far.
 * @throws Error where the API server or the node does not answer within 20 s; the signal's reason
 */
const readControlPlane = async (cluster: string, signal: AbortSignal): Promise<Omit<Reading, 'seen'>> => {
  const access = openAccess(await loadClient(), kubeconfigPath(cluster), null);
  const exec = containerExec(hostExec);
  const argv = ['bash', '-c', script, 'bash', ...components] as const;
  const node = fullNodeName(cluster, 'control-plane');
  const fromMs = performance.now();
  const [page, ofNode] = await Promise.all([
    get('/metrics', { access, signal, timeoutMs }),
    exec({ node, argv, timeoutMs }, signal),
  ]);
  signal.throwIfAborted();
  if (page.status !== 200) throw new Error(`the API server answered HTTP ${page.status} for /metrics`);
  if (!succeeded(ofNode)) throw new Error(failureLine(ofNode));
  return {
    ...{ fromMs, atMs: performance.now() },
    apiServer: samplesOf(page.text, new Set([names.requests, names.latency, names.watchEvents])),
    etcd: samplesOf(ofNode.stdout.replaceAll('\r', ''), new Set([names.revision, names.received, names.database])),
    processes: processesIn(ofNode.stdout),
  };
};

/** What one profile cost, beside what the formulas say. */
export type ProfileCost = {
  readonly profile: string;
  /** Of the evidence, in the folder of the measurement. */
  readonly folder: string;
  readonly kubernetesVersion: string;
  /** Real ones, too: all of them keep heartbeats. */
  readonly nodes: number;
  readonly nominalWritesPerMinute: number;
  /** A silent node is NotReady after so long: not sooner, not later. */
  readonly detectionMs: readonly [number, number];
  readonly figures: CostFigures;
  /** Why the machine, not the profile, may be what was measured; empty where nothing speaks for that. */
  readonly doubts: readonly string[];
  /** What else a reader should know of the figures; no doubt of them. Not in documents that an older skipbeat wrote. */
  readonly notes?: readonly string[];
};

/** A measurement of one profile, checked and not begun. */
export type PreparedCost = Awaited<ReturnType<typeof prepareCost>>;

/** Reads twice, so long apart, once the steady phase has begun. */
const readTwice = (cluster: string, { hollow, forMs }: CostAsk, signal: AbortSignal) => {
  const measured = Promise.withResolvers<readonly [Reading, Reading]>();
  // Whoever waits for it comes later: until then nobody is to call it unhandled.
  measured.promise.catch(() => undefined);
  const seen = createSeen(() => performance.now());
  const readOnce = async (): Promise<Reading> => {
    const reading = await readControlPlane(cluster, signal);
    return { ...reading, seen: seen.now() };
  };
  const read = async (): Promise<readonly [Reading, Reading]> => {
    await delay(firstReadingMs(hollow), undefined, { signal });
    const first = await readOnce();
    await delay(forMs, undefined, { signal });
    return [first, await readOnce()];
  };
  let isBegun = false;
  const listener: TimelineListener = {
    onEvent: (event) => {
      seen.add(event);
      if (event.type !== 'step.started' || event.kind !== 'steady' || isBegun) return;
      isBegun = true;
      read().then(measured.resolve, measured.reject);
    },
  };
  return { listener, readings: () => (isBegun ? measured.promise : null), silences: seen.silences };
};

const notMeasured = (plan: Plan, why: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError('COST_NOT_MEASURED', `profile ${plan.profile.name}: what it costs could not be measured: ${why}.`, {
    exitCode: exitCodes.inconclusive,
    next: 'read the log in the folder of the run, then measure again',
    ...(cause === undefined ? {} : { cause }),
  });

/**
 * Makes the measurement of one profile ready: a cluster of its own, which is removed at the end.
 * @throws SkipbeatError SCENARIO_INVALID (exit 64); HOLLOW_TOO_MANY, KWOK_UNUSABLE, INOTIFY_SHORT (exit 75)
 */
export const prepareCost = async (
  profile: CostProfile,
  ask: CostAsk,
  environment: KindEnvironment,
  notify: (line: string) => void,
) => {
  const { scenario, resolved } = costScenario(profile, ask);
  const cluster = `${clusterPrefix}cost-${randomBytes(3).toString('hex')}`;
  const { plan, begin } = await prepareRun(scenario, { cluster }, environment, notify);
  const measure = async (
    base: string,
    signal: AbortSignal,
    listeners: readonly TimelineListener[],
  ): Promise<ProfileCost> => {
    const folder = join(base, profile.name);
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const startedAt = new Date();
    const { backend, end } = begin(folder, startedAt);
    const ended = new AbortController();
    const { listener, readings, silences } = readTwice(cluster, ask, AbortSignal.any([signal, ended.signal]));
    try {
      const run = await executeRun({
        ...{ plan, backend, folder, startedAt, signal },
        scenarioYaml: resolved,
        listeners: [listener, ...listeners],
      });
      if (run.error !== null) throw run.error;
      ended.abort(new Error('the run was over before the second reading'));
      const both = readings();
      if (both === null) throw notMeasured(plan, 'the steady phase never began');
      const [before, after] = await both.catch((thrown: unknown) => {
        throw notMeasured(plan, messageOf(thrown), thrown);
      });
      const nodes = nodesOf(plan).length;
      const unseen = unseenBetween(silences(), before, after);
      const figures = costBetween(
        before,
        after,
        unseen.map(({ watch }) => watch),
      );
      return {
        profile: profile.name,
        folder: profile.name,
        kubernetesVersion: plan.kubernetesVersion,
        nodes,
        nominalWritesPerMinute: writesPerNodeMinute(plan.profile.effective) * nodes,
        detectionMs: silentNodeWindows(plan.profile.effective, plan.kubernetesVersion).notReady,
        figures,
        doubts: [
          ...(run.document === null || run.document.verdict === 'pass' ? [] : run.document.reasons),
          ...unseen.map(({ why }) => why),
        ],
        notes: [...costNotes(plan.profile.effective, figures.measuredMs), ...readingNotes(before, after)],
      };
    } finally {
      ended.abort();
      for (const line of end()) notify(line);
    }
  };
  return { plan, measure };
};

/** cost.json: what heartbeats cost under each profile, as real control planes counted it. */
export type CostDocument = {
  readonly schemaVersion: 1;
  readonly predicted: false;
  readonly startedAt: string;
  readonly hollow: number;
  readonly forMs: number;
  readonly profiles: readonly ProfileCost[];
};
