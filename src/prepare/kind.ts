import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { kindBackend, type LoadFrom, loadSources } from '../backend/index.ts';
import {
  assertUsable,
  type ComingUp,
  clusterComingUp,
  clusterNameFrom,
  clusterPrefix,
  comingUpText,
  newIncarnation,
  occupantsWith,
  readRecord,
} from '../cluster/index.ts';
import type { CommandResult } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { counted } from '../common/text/counted.ts';
import { openJournal } from '../journal/index.ts';
import { hostExec, logged } from '../node/index.ts';
import { type HollowNodes, makePlan, type Plan, writesPerNodeMinute } from '../plan/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { assertInotifyFree, type KindEnvironment, requireKwok } from '../setup/index.ts';
import { assertReal } from './choose-backend.ts';
import type { Prepared } from './prepared.ts';

/** What is asked of the cluster of a run. */
export type ClusterOptions = {
  readonly cluster?: string;
  readonly keepCluster?: boolean;
  readonly verbose?: boolean;
  /** `auto` where it is left out. */
  readonly loadFrom?: string;
  /** Of the cluster, where the run makes it; one of its own where this is left out. */
  readonly incarnation?: string;
};

/**
 * Processor time of API server, etcd and kwok for one heartbeat write, in core-ms: 1,000 nodes that renewed their leases
 * every 10 s took 0.40 + 0.15 + 2 × 0.07 cores of two (v1.34.4).
 */
const coreMsPerWrite = 7;

/** The rest is for the controllers, the workload, and the load; at more than this the heartbeats themselves come late. */
const shareOfCores = 0.6;

/** Heartbeat writes of one node a second. */
const writesPerSecond = ({ effective }: Plan['profile']): number => writesPerNodeMinute(effective) / 60;

/** How many hollow nodes of a profile a machine bears, by estimate. */
export const bearableHollow = (plan: Pick<Plan, 'profile'>, cores: number): number =>
  Math.floor((cores * shareOfCores * 1000) / coreMsPerWrite / writesPerSecond(plan.profile));

/** @throws SkipbeatError HOLLOW_TOO_MANY (exit 75), with what the machine would bear */
export const assertHollowBearable = (plan: Plan, { nodes }: HollowNodes, cores: number): void => {
  const max = bearableHollow(plan, cores);
  if (nodes <= max) return;
  throw new SkipbeatError(
    'HOLLOW_TOO_MANY',
    `cluster.hollow.nodes ${nodes}: expected at most ${max} on ${counted(cores, 'core')} with the heartbeat of profile ${plan.profile.name}, which is ${(nodes * writesPerSecond(plan.profile)).toFixed(0)} writes a second.`,
    { exitCode: exitCodes.environment, next: `ask for ${max} or fewer, or predict with --backend model` },
  );
};

/** The full name that was asked for; null where none was. @throws SkipbeatError CLUSTER_NAME_INVALID (exit 64) */
export const askedClusterName = ({ cluster }: ClusterOptions): string | null => {
  if (cluster === undefined) return null;
  const name = clusterNameFrom(cluster);
  if (name !== null) return name;
  throw new SkipbeatError(
    'CLUSTER_NAME_INVALID',
    `--cluster: expected lower-case letters, digits and dashes, at most 40 with ${clusterPrefix}, received ${JSON.stringify(cluster)}.`,
    { exitCode: exitCodes.usage, next: 'choose another name, such as --cluster demo' },
  );
};

/** @throws SkipbeatError LOAD_FROM_UNKNOWN (exit 64) */
const readLoadFrom = ({ loadFrom = 'auto' }: ClusterOptions): LoadFrom => {
  const known = loadSources.find((one) => one === loadFrom);
  if (known !== undefined) return known;
  throw new SkipbeatError(
    'LOAD_FROM_UNKNOWN',
    `--load-from: expected one of ${loadSources.join(', ')}, received ${JSON.stringify(loadFrom)}.`,
    { exitCode: exitCodes.usage, next: 'leave it out' },
  );
};

/**
 * Logs every command that was run, and prints it where that was asked for. A log that cannot be written
 * is printed once and left: it must never keep a command, an undo least of all, from being run.
 */
const commandLog = (
  folder: string,
  verbose: boolean,
  notify: (line: string) => void,
): ((result: CommandResult) => void) => {
  let writable = true;
  return ({ node, command, ended, exitCode, durationMs }) => {
    const tookMs = Math.round(durationMs);
    if (verbose) notify(`$ ${command}   # ${exitCode === null ? ended : `exit ${exitCode}`}, ${tookMs} ms`);
    if (!writable) return;
    try {
      const line = JSON.stringify({ node, command, ended, exitCode, durationMs: tookMs });
      appendFileSync(join(folder, 'commands.ndjson'), `${line}\n`);
    } catch (thrown) {
      writable = false;
      notify(`commands are no longer logged: ${messageOf(thrown)}`);
    }
  };
};

/** @throws SkipbeatError INOTIFY_SHORT, ENGINE_UNREACHABLE (exit 75) */
const assertRoomFor = async (plan: Plan, beside: ComingUp | null): Promise<void> => {
  const { running, comingUp } = await occupantsWith(hostExec, beside);
  const others = { running, comingUp: comingUp === null ? null : { ...comingUp, text: comingUpText(comingUp) } };
  await assertInotifyFree(plan.topology, others);
};

/**
 * Makes a run on a real cluster ready.
 * @throws SkipbeatError SCENARIO_MODEL_ONLY, and of the plan (exit 64); CLUSTER_FOREIGN (64), CLUSTER_BUSY, CLUSTER_UNCLEAN (75) where the
 *   cluster that was asked for cannot be used; INOTIFY_SHORT (75) where there is no room for one more
 */
export const prepareKind = async (
  scenario: Scenario,
  option: ClusterOptions,
  environment: KindEnvironment,
  notify: (line: string) => void,
): Promise<Prepared> => {
  assertReal(scenario);
  const loadFrom = readLoadFrom(option);
  const tail = randomBytes(3).toString('hex');
  const asked = askedClusterName(option);
  const clusterName = asked ?? clusterPrefix + tail;
  const plan = makePlan(scenario, { kubernetesVersion: environment.nodeImage.kubernetesVersion });
  const stands = asked !== null && (await assertUsable(hostExec, clusterName, environment.engine.id));
  const assertRoom = (beside: ComingUp | null): Promise<void> => assertRoomFor(plan, beside);
  // Asked again once it is this run's turn; who has no chance learns so before a folder is made.
  if (!stands) await assertRoom(await clusterComingUp());
  const { hollow } = plan.topology;
  if (hollow !== undefined) assertHollowBearable(plan, hollow, availableParallelism());
  const kwokPath = hollow === undefined ? null : await requireKwok();
  const keep = option.keepCluster === true;
  return {
    plan,
    begin: (folder, startedAt) => {
      const logsFolder = join(folder, 'logs');
      const run = `${startedAt.toISOString().replaceAll(':', '-')}-${plan.scenario}-${tail}`;
      const journal = openJournal(run, folder, environment.engine.id);
      const host = logged(hostExec, commandLog(logsFolder, option.verbose === true, notify));
      const incarnation = option.incarnation ?? newIncarnation();
      const backend = kindBackend({
        host,
        ...environment,
        clusterName,
        incarnation,
        keep,
        loadFrom,
        kwokPath,
        assertRoom,
        journal,
        logsFolder,
      });
      const end = (): readonly string[] => {
        journal.close();
        if (!keep || readRecord(clusterName) === null) return [];
        return [
          `Cluster ${clusterName} was kept: run on it with --cluster ${clusterName}, remove it with`,
          `  ${skipbeat(`cleanup --cluster ${clusterName}`)}`,
        ];
      };
      return { backend, end };
    },
  };
};
