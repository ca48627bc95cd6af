import { fullNodeName, inspectCluster } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { waitUntil } from '../../common/wait.ts';
import { failureLine } from '../../node/index.ts';
import type { KindRun } from './context.ts';

/** As long as the whole of the bring-up may take: containers are there within seconds, on a machine under load later. */
const madeWithinMs = 420_000;

const lift = async ({ options, commander }: KindRun, nodes: readonly string[], signal: AbortSignal): Promise<void> => {
  const argv = ['sysctl', '--quiet', '--write', 'net.ipv4.icmp_ratelimit=0'] as const;
  const results = await Promise.all(
    nodes.map((node) => commander({ node: fullNodeName(options.clusterName, node), argv, timeoutMs: 15_000 }, signal)),
  );
  signal.throwIfAborted();
  const failed = results.filter((result) => !succeeded(result)).map(failureLine);
  if (failed.length === 0) return;
  throw new SkipbeatError('NODE_NOT_PREPARED', `The limit on ICMP errors could not be lifted: ${failed.join('; ')}.`, {
    exitCode: exitCodes.environment,
    next: 'npm run skipbeat -- doctor',
  });
};

/**
 * Lifts the limit in every node of a cluster, as soon as the nodes' containers run: while kind still works on them.
 *
 * The kernel sends one client at most one ICMP error a second (net.ipv4.icmp_ratelimit, ip-sysctl), and kube-proxy
 * refuses with ICMP. The load stands for many clients, each with a limit of its own, yet comes from one address: without
 * this, most refusals would be seen as time-outs. It holds in the network namespaces of our own nodes alone.
 * @throws SkipbeatError NODE_NOT_PREPARED (exit 75)
 */
export const liftIcmpLimit = async (run: KindRun, signal: AbortSignal): Promise<void> => {
  const { plan, options } = run;
  const size = plan.topology.controlPlanes + plan.topology.workers;
  const nodes = await waitUntil<readonly string[]>(
    'the container of every node to run',
    async (attempt) => {
      const cluster = await inspectCluster(options.host, options.clusterName, attempt);
      const running = (cluster?.containers ?? []).filter(
        (one) => one.running && (one.role === 'control-plane' || one.role === 'worker'),
      );
      return running.length < size
        ? { seen: `${running.length} of ${size} run` }
        : { found: running.map(({ node }) => node) };
    },
    { timeoutMs: madeWithinMs, everyMs: 1000, signal },
  );
  await lift(run, nodes, signal);
};
