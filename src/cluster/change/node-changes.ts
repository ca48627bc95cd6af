import type { NodeExec } from '../../node/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { ClusterContainer } from '../inspect.ts';
import { fullNodeName } from '../names.ts';
import type { ReadSetting } from '../settings.ts';
import { managedFiles, programsToEnd } from './differences.ts';
import { type NodeFile, nodeSteps, type Program } from './node-files.ts';

/** What changes on one node. */
export type NodeChange = {
  readonly node: ClusterContainer;
  readonly components: readonly ReadSetting['component'][];
  readonly files: readonly NodeFile[];
  /** The leaders that are ended while their files change … */
  readonly leaders: readonly Program[];
  /** … and the API server, ended after the leaders' locks were cleared through it. */
  readonly api: boolean;
  /** All of them. */
  readonly ends: readonly Program[];
};

/** Reads the files of every node and returns which have to change for the plan; nodes without a change are left out. */
export const planChanges = async (options: {
  readonly plan: Plan;
  readonly cluster: string;
  readonly nodes: readonly ClusterContainer[];
  readonly exec: NodeExec;
  readonly signal: AbortSignal;
}): Promise<readonly NodeChange[]> => {
  const { plan, cluster, nodes, exec, signal } = options;
  const probes = nodes.map(async (node): Promise<NodeChange> => {
    const { read } = nodeSteps(exec, fullNodeName(cluster, node.node), signal);
    const rewritten = await Promise.all(
      managedFiles(plan, node.role).map(async ({ component, path, rewrite }) => {
        const before = await read(path);
        return { component, path, before, text: rewrite(before) };
      }),
    );
    const changed = rewritten.filter(({ before, text }) => before !== text);
    const components = changed.map(({ component }) => component);
    const { leaders, api } = programsToEnd(new Set(components));
    const ends: readonly Program[] = api ? [...leaders, 'kube-apiserver'] : leaders;
    return { node, components, files: changed.map(({ path, text }) => ({ path, text })), leaders, api, ends };
  });
  return (await Promise.all(probes)).filter(({ files }) => files.length > 0);
};
