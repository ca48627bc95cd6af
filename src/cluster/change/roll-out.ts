import { succeeded } from '../../common/command.ts';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import { failureLine, type NodeExec } from '../../node/index.ts';
import type { ClusterAccess } from '../client.ts';
import { fullNodeName } from '../names.ts';
import { clearLock, lockHolder } from './api.ts';
import type { NodeChange } from './node-changes.ts';
import type { nodeSteps, Program } from './node-files.ts';

type RollOut = {
  readonly cluster: { readonly name: string };
  readonly access: ClusterAccess;
  readonly exec: NodeExec;
  readonly changes: readonly NodeChange[];
  readonly steps: (change: NodeChange) => ReturnType<typeof nodeSteps>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
};

const locks = ['kube-controller-manager', 'kube-scheduler'] as const;

/** Resolves when the member's own API server says that it is ready, and the programs that were ended run again. */
const awaitMember = (roll: RollOut, node: string, programs: readonly Program[]): Promise<true> => {
  const script = `
    for program; do pgrep -f "^(/[^ ]*/)?$program( |\\$)" > /dev/null || { echo "no $program"; exit 3; }; done
    curl --silent --show-error --fail --insecure --noproxy '*' --max-time 2 https://127.0.0.1:6443/readyz`;
  const argv = ['sh', '-c', script, 'sh', ...programs] as const;
  return waitUntil<true>(
    `the control plane of ${node} to be ready again`,
    async (attempt): Promise<PollResult<true>> => {
      const result = await roll.exec({ node, argv, timeoutMs: 10_000 }, attempt);
      return succeeded(result) ? { found: true } : { seen: failureLine({ ...result, command: 'readyz' }) };
    },
    { timeoutMs: roll.limitMs, everyMs: 200, signal: roll.signal },
  );
};

/** The members that do not lead first: the lock then changes hands once. */
const leaderLast = (changes: readonly NodeChange[], cluster: string, holder: string): readonly NodeChange[] => {
  const leads = ({ node }: NodeChange): boolean => holder.startsWith(`${fullNodeName(cluster, node.node)}_`);
  return [...changes.filter((change) => !leads(change)), ...changes.filter(leads)];
};

/** Of the leaders that were ended on a node, clears the locks that they held. */
const clearLocks = async (roll: RollOut, { node, leaders }: NodeChange): Promise<void> => {
  const own = `${fullNodeName(roll.cluster.name, node.node)}_`;
  await Promise.all(
    locks
      .filter((name) => leaders.includes(name))
      .map(async (name) => {
        const lock = await waitUntil(
          `the lock of ${name} to be readable`,
          async () => ({ found: await lockHolder(roll.access, name) }),
          { timeoutMs: roll.limitMs, everyMs: 100, signal: roll.signal },
        );
        if (lock?.holder.startsWith(own)) await clearLock(roll.access, name, roll.limitMs, roll.signal);
      }),
  );
};

/**
 * Puts staged files into effect: control planes one after another, the leader last, and the kubelets of the workers.
 * Where an API server was away, whoever watched it would come back only after a pause that grows with every failed
 * try, to a minute: kubelets of workers and kube-proxies are therefore started anew when it is back, and watch at once.
 * @returns whether the leading controller manager was ended, and the uid of the lock that it held
 */
export const rollOut = async (roll: RollOut): Promise<{ readonly led: boolean; readonly lockUid: string | null }> => {
  const { changes, cluster, steps } = roll;
  const lock = await lockHolder(roll.access, 'kube-controller-manager');
  const workers = changes.filter(({ node }) => node.role !== 'control-plane');
  const members = leaderLast(
    changes.filter(({ node }) => node.role === 'control-plane'),
    cluster.name,
    lock?.holder ?? '',
  );
  for (const change of members) {
    await steps(change).place(change.leaders);
    await clearLocks(roll, change);
    await steps(change).start(change.api ? ['kube-apiserver'] : []);
    // What the last member does is read back together with everything else, where nobody has to wait for its API server.
    if (change.api || change !== members.at(-1)) {
      await awaitMember(roll, fullNodeName(cluster.name, change.node.node), change.ends);
    }
  }
  const watchers: readonly Program[] = members.some(({ api }) => api) ? ['kube-proxy'] : [];
  await Promise.all([
    ...workers.map(async (change) => {
      await steps(change).place(watchers);
      await steps(change).start([]);
    }),
    ...members.map((change) => steps(change).end(watchers)),
  ]);
  return {
    led: members.some(({ leaders }) => leaders.includes('kube-controller-manager')),
    lockUid: lock?.uid ?? null,
  };
};
