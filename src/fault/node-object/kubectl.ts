import type { NodeCommand } from '../../node/index.ts';
import type { PlannedFault } from '../../plan/index.ts';
import { type FaultSite, notInjected } from '../fault.ts';

/** The API server answers within 10 s, or does not. Twice for a change: a read and a PATCH, each with kubectl's start. */
const timeoutMs = 30_000;

/** In the shell of a control-plane node: kubectl with its administrator's rights. */
export const asAdministrator =
  'kubectl() { command kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 10s "$@"; }';

/** A script on a control-plane node; `$1` is the name of the Node object that it is about. */
export const onControlPlane = (through: string, text: string, target: string): NodeCommand => ({
  node: through,
  argv: ['sh', '-c', text, 'sh', target],
  timeoutMs,
});

/** @throws SkipbeatError FAULT_NOT_INJECTED (exit 75) where no control plane is one of the nodes */
export const controlPlaneOf = ({ kind }: Pick<PlannedFault, 'kind'>, { nodes }: FaultSite): string => {
  const through = nodes.find(({ role }) => role === 'control-plane')?.container;
  if (through === undefined) throw notInjected(kind, ['expected a control plane among the nodes, found none']);
  return through;
};

/** The container of a node, by which its Node object is called, too. */
export const containerOf = (node: string, { nodes }: FaultSite): string => {
  const container = nodes.find((one) => one.node === node)?.container;
  if (container === undefined) throw new Error(`no node ${node} in this cluster`);
  return container;
};
