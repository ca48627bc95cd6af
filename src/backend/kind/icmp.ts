import { fullNodeName } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { failureLine } from '../../node/index.ts';
import type { KindRun, StandingCluster } from './context.ts';

/**
 * The kernel sends one client at most one ICMP error a second (net.ipv4.icmp_ratelimit, ip-sysctl), and kube-proxy
 * refuses with ICMP. The load stands for many clients, each with a limit of its own, yet comes from one address: without
 * this, most refusals would be seen as time-outs. It holds in the network namespaces of our own nodes alone.
 * @throws SkipbeatError NODE_NOT_PREPARED (exit 75)
 */
export const liftIcmpLimit = async (
  { options, commander, signal }: KindRun,
  { nodes }: StandingCluster,
): Promise<void> => {
  const argv = ['sysctl', '--quiet', '--write', 'net.ipv4.icmp_ratelimit=0'] as const;
  const results = await Promise.all(
    nodes.map(({ node }) =>
      commander({ node: fullNodeName(options.clusterName, node), argv, timeoutMs: 15_000 }, signal),
    ),
  );
  signal.throwIfAborted();
  const failed = results.filter((result) => !succeeded(result)).map(failureLine);
  if (failed.length === 0) return;
  throw new SkipbeatError('NODE_NOT_PREPARED', `The limit on ICMP errors could not be lifted: ${failed.join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: 'npm run skipbeat -- doctor',
  });
};
