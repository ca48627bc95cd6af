import { fullNodeName, kubeconfigPath, loadClient, openAccess } from '../cluster/index.ts';
import { succeeded } from '../common/command.ts';
import { containerExec, failureLine, hostExec } from '../node/index.ts';
import { get } from '../observe/index.ts';
import { names, type Reading } from './figures.ts';
import { samplesOf } from './metrics.ts';

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
export const readControlPlane = async (cluster: string, signal: AbortSignal): Promise<Omit<Reading, 'seen'>> => {
  const access = openAccess(await loadClient(), kubeconfigPath(cluster), null);
  const exec = containerExec(hostExec);
  const argv = ['bash', '-c', script, 'bash', ...components] as const;
  const node = fullNodeName(cluster, 'control-plane');
  const [page, ofNode] = await Promise.all([
    get('/metrics', { access, signal, timeoutMs }),
    exec({ node, argv, timeoutMs }, signal),
  ]);
  signal.throwIfAborted();
  if (page.status !== 200) throw new Error(`the API server answered HTTP ${page.status} for /metrics`);
  if (!succeeded(ofNode)) throw new Error(failureLine(ofNode));
  return {
    atMs: performance.now(),
    apiServer: samplesOf(page.text, new Set([names.requests, names.latency, names.watchEvents])),
    etcd: samplesOf(ofNode.stdout.replaceAll('\r', ''), new Set([names.revision, names.received, names.database])),
    processes: processesIn(ofNode.stdout),
  };
};
