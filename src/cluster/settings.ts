import { succeeded } from '../common/command.ts';
import { failureLine, type NodeExec } from '../node/index.ts';
import type { ExpectedSetting } from '../profile/index.ts';
import type { ClusterAccess } from './client.ts';
import { fullNodeName } from './names.ts';

/** One setting of one process, as read from it. */
export type ReadSetting = ExpectedSetting & {
  readonly node: string;
  /** null: the flag was not passed, or the field is not there. */
  readonly observed: string | null;
  readonly same: boolean;
};

/** Prints the arguments of the oldest process of that name, one a line, as the kernel has them. */
const cmdlineScript = `pid=$(pgrep -o -f "^(/[^ ]*/)?$1( |\\$)") || exit 3; tr '\\0' '\\n' < "/proc/$pid/cmdline"`;

/** `--name=value` and `--name value` of a command line; a flag that stands alone is `true`; the last one wins. */
export const flagsOf = (argv: readonly string[]): ReadonlyMap<string, string> => {
  const flags = new Map<string, string>();
  argv.forEach((argument, index) => {
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument);
    if (match?.[1] === undefined) return;
    const following = argv[index + 1];
    const apart = following !== undefined && following !== '' && !following.startsWith('-') ? following : 'true';
    flags.set(match[1], match[2] ?? apart);
  });
  return flags;
};

const readFlags = async (
  exec: NodeExec,
  node: string,
  component: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  const argv = ['sh', '-c', cmdlineScript, 'sh', component] as const;
  const result = await exec({ node, argv, timeoutMs: 15_000 }, signal);
  if (!succeeded(result)) throw new Error(`${component} is not running on ${node}: ${failureLine(result)}`);
  return flagsOf(result.stdout.split('\n'));
};

const readConfigz = async ({ client, config }: ClusterAccess, node: string): Promise<Record<string, unknown>> => {
  const api = config.makeApiClient(client.CoreV1Api);
  // Declared as text, yet parsed by then: the kubelet sends it as application/json.
  const answer: unknown = await api.connectGetNodeProxyWithPath({ name: node, path: 'configz' });
  const parsed: unknown = typeof answer === 'string' ? JSON.parse(answer) : answer;
  const { kubeletconfig } = parsed as { kubeletconfig?: Record<string, unknown> };
  if (kubeletconfig === undefined) throw new Error(`configz of ${node} holds no kubeletconfig`);
  return kubeletconfig;
};

/** One process whose settings can be read. `read` throws an Error that says why it could not be; call it within a wait. */
export type SettingReader = {
  readonly process: string;
  readonly read: (signal: AbortSignal) => Promise<readonly ReadSetting[]>;
};

/**
 * How every expected setting is read back from the live processes: flags from /proc/PID/cmdline on each control plane,
 * kubelet fields from configz of every node through the API server.
 */
export const settingReaders = (
  expected: readonly ExpectedSetting[],
  cluster: string,
  nodes: { readonly controlPlanes: readonly string[]; readonly all: readonly string[] },
  access: ClusterAccess,
  exec: NodeExec,
): readonly SettingReader[] => {
  const compare = (setting: ExpectedSetting, node: string, observed: string | null): ReadSetting => ({
    ...setting,
    node,
    observed,
    same: observed === setting.expected,
  });
  const flags = (['kube-controller-manager', 'kube-apiserver'] as const).flatMap((component) =>
    nodes.controlPlanes.map((node) => ({
      process: `${component} on ${node}`,
      read: async (signal: AbortSignal) => {
        const found = await readFlags(exec, fullNodeName(cluster, node), component, signal);
        return expected
          .filter((setting) => setting.component === component)
          .map((setting) => compare(setting, node, found.get(setting.setting) ?? null));
      },
    })),
  );
  const fields = nodes.all.map((node) => ({
    process: `kubelet on ${node}`,
    read: async () => {
      const found = await readConfigz(access, fullNodeName(cluster, node));
      return expected
        .filter((setting) => setting.component === 'kubelet')
        .map((setting) => {
          const value = found[setting.setting];
          return compare(setting, node, value === undefined || value === null ? null : String(value));
        });
    },
  }));
  return [...flags, ...fields];
};

/** All of them at once. @throws Error naming the first process that could not be read; call it within a wait */
export const readSettings = async (
  readers: readonly SettingReader[],
  signal: AbortSignal,
): Promise<readonly ReadSetting[]> => (await Promise.all(readers.map(({ read }) => read(signal)))).flat();
