import { secondsText } from '../../common/duration.ts';
import { counted } from '../../common/text/counted.ts';
import { newNodeTaintsMs } from '../../plan/index.ts';
import { secondUs } from './engine/constants.ts';
import type { Process } from './engine/process.ts';
import type { Simulation } from './engine/simulation.ts';
import type { NodeState } from './engine/state.ts';
import { sleep, type Task } from './engine/task.ts';
import type { Observed } from './observer.ts';
import type { Until } from './until.ts';

/** How a step of the script ended. */
export type End = { readonly outcome: 'done' | 'timedOut'; readonly detail: string };

/** What is waited for once the workload answers and before the load begins. */
export type BeforeLoad = {
  readonly isNeeded: () => boolean;
  /** Longest that it may take from now on. */
  readonly budgetUs: () => number;
  readonly ready: () => Task<End>;
};

type Tools = {
  readonly simulation: Simulation;
  readonly observed: Observed;
  readonly until: Until;
  /** Of the script. */
  readonly self: Process;
  readonly nodeNamed: (name: string) => NodeState;
};

type StartAfter = NonNullable<Simulation['config']['startAfter']>;

/** As on a real cluster. */
const heartbeatBudgetUs = 120 * secondUs;

/** When a node's heartbeat was last: by its lease's stamp, or where nodes have none, when its status was seen. */
const lastHeartbeatUs = (
  { simulation: { behaviour, heartbeats }, observed }: Tools,
  node: NodeState,
): number | null => {
  heartbeats.catchUp(node);
  return behaviour.leases === 'none' ? observed.lastHeartbeatUs(node) : node.lease.renewUs;
};

function* awaitHeartbeat(tools: Tools, { heartbeatOf, us }: StartAfter): Task<End> {
  const { simulation, until, self, nodeNamed } = tools;
  const { behaviour, clock } = simulation;
  const node = nodeNamed(heartbeatOf);
  const did = behaviour.leases === 'none' ? 'posted its status' : 'renewed its lease';
  const beforeUs = lastHeartbeatUs(tools, node) ?? Number.NEGATIVE_INFINITY;
  let lastUs = beforeUs;
  const missing = (): string | null => {
    lastUs = lastHeartbeatUs(tools, node) ?? beforeUs;
    return lastUs > beforeUs ? null : `${heartbeatOf} has not ${did} since`;
  };
  const left = yield* until(missing, heartbeatBudgetUs);
  if (left !== null) return { outcome: 'timedOut', detail: left };
  yield* sleep(clock, self, Math.max(0, lastUs + us - clock.now()));
  return { outcome: 'done', detail: `${secondsText(us / 1000)} after ${heartbeatOf} ${did}` };
}

const taintsUs = ({ simulation: { settings }, observed }: Tools): number =>
  1000 * newNodeTaintsMs(observed.newlyTainted(), secondUs / settings.requestIntervalUs);

function* ready(tools: Tools): Task<End> {
  const { simulation, observed, until } = tools;
  const { startAfter } = simulation.config;
  const taintsLeft = (): string | null => {
    const count = observed.newlyTainted();
    return count === 0 ? null : `${counted(count, 'new node')} tainted not-ready`;
  };
  const left = yield* until(taintsLeft, taintsUs(tools));
  if (left !== null) return { outcome: 'timedOut', detail: left };
  return startAfter === undefined
    ? { outcome: 'done', detail: 'no new node tainted' }
    : yield* awaitHeartbeat(tools, startAfter);
}

/**
 * New nodes lose the taint that they came with, as on a real cluster: before that the controller manager's client has work ahead. Then
 * the heartbeat of a node comes to where the config wants it.
 */
export const createBeforeLoad = (tools: Tools): BeforeLoad => {
  const { simulation, observed } = tools;
  return {
    isNeeded: () => simulation.config.startAfter !== undefined || observed.newlyTainted() > 0,
    budgetUs: () => heartbeatBudgetUs + taintsUs(tools),
    ready: () => ready(tools),
  };
};
