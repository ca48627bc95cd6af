import { succeeded } from '../../common/command.ts';
import { failureLine, type NodeExec } from '../../node/index.ts';
import type { MemberCounts } from '../../timeline/index.ts';
import { managerCounts, serverCounts, wantedLines } from './pages.ts';

/** One page on a machine at its end; a second at most on one that is not. */
const pageSeconds = 5;

const timeoutMs = (2 * pageSeconds + 5) * 1000;

/**
 * Prints `# NAME` and the wanted lines of its metrics page, or `! NAME WHY`. Both listen inside the node, where kubeadm puts them, and
 * take the client certificate that kubeadm leaves there, which may read metrics. On loopback the server's certificate is not
 * checked: the controller manager's is its own, made at its start. Zones have a NUL in their names
 * (k8s.io/component-helpers node/topology, GetZoneKey).
 */
const script = `
set -o pipefail
pki=/etc/kubernetes/pki
page() {
  if lines=$(curl --silent --show-error --fail --insecure --max-time ${pageSeconds} --cert $pki/apiserver-kubelet-client.crt \\
    --key $pki/apiserver-kubelet-client.key "https://127.0.0.1:$2/metrics" 2>&1 | tr -d '\\000' | grep -E "$3|^curl: "); then
    printf '# %s\\n%s\\n' "$1" "$lines"
  else
    why=$(grep '^curl: ' <<< "$lines" | tail -n 1)
    printf '! %s %s\\n' "$1" "\${why:-has none of the wanted lines}"
  fi
}
page kube-controller-manager 10257 "$1"
page kube-apiserver 6443 "$1"
`;

const pageOf = (output: string, name: string): string | null => {
  const lines = output.split('\n');
  const from = lines.indexOf(`# ${name}`);
  if (from === -1) return null;
  const to = lines.findIndex((line, index) => index > from && /^[#!] /.test(line));
  return lines.slice(from + 1, to === -1 ? undefined : to).join('\n');
};

/** Why a page is not there, as curl said it. */
const failureOf = (output: string, name: string): string =>
  output
    .split('\n')
    .find((line) => line.startsWith(`! ${name}`))
    ?.slice(2)
    .trim() ?? `${name} says nothing of itself`;

/** What the script printed on one node. */
export const memberCountsIn = (node: string, output: string): MemberCounts => {
  const [managerPage, serverPage] = (['kube-controller-manager', 'kube-apiserver'] as const).map((name) =>
    pageOf(output, name),
  );
  const manager = managerPage == null ? null : managerCounts(managerPage);
  const server = serverPage == null ? null : serverCounts(serverPage);
  const missing = [
    ...(manager === null ? [failureOf(output, 'kube-controller-manager')] : []),
    ...(server === null ? [failureOf(output, 'kube-apiserver')] : []),
  ];
  return { node, manager, server, why: missing.length === 0 ? null : missing.join('; ') };
};

/**
 * Reads what controller manager and API server of a control-plane node say of themselves: two requests, from within that node.
 * @param container of the node @returns with nulls, and why, where they do not answer
 * @throws the signal's reason
 */
export const countControlPlane = async (
  exec: NodeExec,
  { node, container }: { readonly node: string; readonly container: string },
  signal: AbortSignal,
): Promise<MemberCounts> => {
  const result = await exec({ node: container, argv: ['bash', '-c', script, 'bash', wantedLines], timeoutMs }, signal);
  signal.throwIfAborted();
  if (!succeeded(result)) return { node, manager: null, server: null, why: failureLine(result) };
  return memberCountsIn(node, result.stdout);
};
