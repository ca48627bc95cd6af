import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeExec } from '../../node/index.ts';
import type { ClusterContainer } from '../inspect.ts';
import { fullNodeName } from '../names.ts';

/** The last lines of what the control plane and the kubelet logged; which files of it are there depends on what failed. */
const script = `
for log in /var/log/pods/kube-system_kube-controller-manager-*/*/*.log /var/log/pods/kube-system_kube-apiserver-*/*/*.log; do
  [ -f "$log" ] || continue
  echo "== $log"
  tail -n 100 "$log"
done
echo "== kubelet"
journalctl -u kubelet --no-pager -n 200
`;

/** Keeps what every control plane logged, in a file each. @returns the files */
export const saveLogs = (
  context: {
    readonly cluster: { readonly name: string };
    readonly nodes: readonly ClusterContainer[];
    readonly exec: NodeExec;
  },
  folder: string,
): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true });
  const members = context.nodes.filter(({ role }) => role === 'control-plane');
  return Promise.all(
    members.map(async ({ node }) => {
      const name = fullNodeName(context.cluster.name, node);
      const { stdout, stderr } = await context.exec({ node: name, argv: ['sh', '-c', script], timeoutMs: 30_000 });
      const file = join(folder, `change-${node}.log`);
      writeFileSync(file, `${stdout}\n${stderr}`);
      return file;
    }),
  );
};
