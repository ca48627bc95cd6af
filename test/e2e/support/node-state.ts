import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { waitUntil } from '../../../src/common/wait.ts';

/**
 * What a fault may change in a node, as text: queueing disciplines and filters (of pods' own links apart, for pods come
 * and go), packet rules (counters and the chains
 * that Kubernetes keeps anew all the time left out), the states of the processes that matter, the kubelet's unit,
 * the files that kubeadm wrote, and taints of Node objects, of a control plane that has them.
 */
const script = String.raw`
devices=$(ls /sys/class/net | grep -v '^veth')
echo '# links'; echo $devices
echo '# qdisc'; for dev in $devices; do tc qdisc show dev "$dev" 2>&1; tc filter show dev "$dev" 2>&1; done
echo '# rules'; for table in filter nat mangle; do iptables-save --table "$table" | sed 's/\[[0-9:]*\]$//' | grep -v -e KUBE- -e KIND -e '^#' -e cali -e DOCKER; done
echo '# unit'; systemctl show --property ActiveState --value kubelet.service
echo '# processes'
for name in kubelet kube-apiserver etcd kube-controller-manager; do
  for pid in $(pgrep --full "^([^ ]*/)?$name( |$)"); do
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$pid/status")
    case "$state" in R|S|D) state=alive;; esac
    echo "$name $state"
  done
done
echo '# loops'; pgrep --count --full '[s]kipbeat-busy'
echo '# files'; sha256sum /etc/kubernetes/manifests/* /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env 2> /dev/null
# Those of conditions come and go with them.
if [ -e /etc/kubernetes/admin.conf ]; then
  echo '# taints'; kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s get nodes --output 'jsonpath={range .items[*]}{.metadata.name}{range .spec.taints[*]} {.key}:{.effect}{end}{"\n"}{end}' 2>&1 | sed -E 's, node.kubernetes.io/(not-ready|unreachable):[A-Za-z]+,,g'
fi
echo '# sysctl'; sysctl net.ipv4.conf.all.route_localnet net.ipv4.conf.eth0.route_localnet net.ipv4.icmp_ratemask net.ipv4.icmp_ratelimit 2>&1
echo '# ours'; pgrep --full '[s]kipbeat-' | wc --lines
exit 0
`;

/** The state of a node as it lies before us; of a container that does not run, only how it stands. */
export const nodeState = async (node: string): Promise<string> => {
  const { stdout: status } = await execa('docker', ['inspect', '--format', '{{.State.Status}}', node]);
  if (status !== 'running') return status;
  const { stdout } = await execa('docker', ['exec', node, 'sh', '-c', script]);
  return `${status}\n${stdout}`;
};

/** The states of several nodes, in their order. */
export const nodeStates = (nodes: readonly string[]): Promise<readonly string[]> => Promise.all(nodes.map(nodeState));

/** What the run before looked at its nodes with ends a moment after it: the states once two looks at them are alike. */
export const stableStates = (nodes: readonly string[]): Promise<readonly string[]> => {
  let last: readonly string[] = [];
  const probe = async () => {
    const [now, earlier] = [await nodeStates(nodes), last];
    last = now;
    return isDeepStrictEqual(now, earlier) ? { found: now } : { seen: 'a node that changed' };
  };
  return waitUntil('nodes that stand still', probe, {
    timeoutMs: 60_000,
    everyMs: 2000,
    signal: new AbortController().signal,
  });
};
