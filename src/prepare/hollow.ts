import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { HollowNodes, Plan } from '../plan/index.ts';

/**
 * Processor time of API server, etcd and kwok for one heartbeat write, in core-ms: 1,000 nodes that renewed their leases
 * every 10 s took 0.40 + 0.15 + 2 × 0.07 cores of two (v1.34.4).
 */
const coreMsPerWrite = 7;

/** The rest is for the controllers, the workload, and the load; at more than this the heartbeats themselves come late. */
const shareOfCores = 0.6;

/** Heartbeat writes of one node a second. */
const writesPerSecond = ({ effective }: Plan['profile']): number => {
  const reportMs = Math.max(effective.nodeStatusReportFrequencyMs, effective.nodeStatusUpdateFrequencyMs);
  return (effective.withoutLeases === true ? 0 : 1000 / effective.leaseRenewIntervalMs) + 1000 / reportMs;
};

/** How many hollow nodes of a profile a machine bears, by estimate. */
export const bearableHollow = (plan: Pick<Plan, 'profile'>, cores: number): number =>
  Math.floor((cores * shareOfCores * 1000) / coreMsPerWrite / writesPerSecond(plan.profile));

/** @throws SkipbeatError HOLLOW_TOO_MANY (exit 75), with what the machine would bear */
export const assertHollowBearable = (plan: Plan, { nodes }: HollowNodes, cores: number): void => {
  const max = bearableHollow(plan, cores);
  if (nodes <= max) return;
  throw new SkipbeatError(
    'HOLLOW_TOO_MANY',
    `cluster.hollow.nodes ${nodes}: expected at most ${max} on ${cores} cores with the heartbeat of profile ${plan.profile.name}, which is ${(nodes * writesPerSecond(plan.profile)).toFixed(0)} writes a second.`,
    { exitCode: exitCodes.environment, next: `ask for ${max} or fewer, or predict with --backend model` },
  );
};
