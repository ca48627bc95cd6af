import { succeeded } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { failureLine } from '../node/index.ts';
import type { FaultSite } from './fault.ts';

/**
 * The control plane whose component leads now, by the holder of its Lease (`NODE_UUID`), asked of each control plane in
 * turn. The Lease exists from v1.14 on and is what everybody votes with from v1.20 on.
 * @returns the node's short name @throws SkipbeatError LEADER_UNKNOWN (exit 75)
 */
export const leaderNode = async (component: string, site: FaultSite, signal: AbortSignal): Promise<string> => {
  const answers: string[] = [];
  for (const { node, container, role } of site.nodes) {
    if (role !== 'control-plane') continue;
    const result = await site.exec(
      {
        node: container,
        argv: [
          'kubectl',
          ...['--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout', '5s', '--namespace', 'kube-system'],
          ...['get', 'lease', component, '--output', 'jsonpath={.spec.holderIdentity}'],
        ],
        timeoutMs: 15_000,
      },
      signal,
    );
    const holder = result.stdout.trim().replace(/_[^_]*$/, '');
    const leader = site.nodes.find((one) => one.container === holder);
    if (succeeded(result) && leader !== undefined) return leader.node;
    answers.push(`${node}: ${succeeded(result) ? `the holder is ${holder || 'nobody'}` : failureLine(result)}`);
  }
  throw new SkipbeatError(
    'LEADER_UNKNOWN',
    `leader of ${component}: expected a node of this cluster as the holder of its Lease. ${answers.join('; ')}.`,
    { exitCode: exitCodes.environment, next: `kubectl --namespace kube-system get lease ${component}` },
  );
};
