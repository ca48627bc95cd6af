import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { downloadModules, goBuildEnvironment, moduleDir, requireGo } from './go.ts';
import { builderGoMod, stagingModules, versionFlags } from './modules.ts';

/** Kubernetes' commands that a node or a control plane runs. */
export const kubernetesCommands = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubeadm',
  'kubectl',
] as const;

/** A compile takes 4 minutes on two idle cores; on a busy machine it gets an hour. */
const compileMs = 3_600_000;

/** A shell for Go in one folder of a workspace, whose build cache it uses. */
export const goIn = async (workspace: string, cwd: string, { signal }: ActOptions) =>
  shell({ cwd, env: await goBuildEnvironment(workspace), timeoutMs: compileMs, signal });

/**
 * Builds Kubernetes and its test server from Go modules, for this machine's processor.
 * @param version such as "v1.34.4"
 * @param directory takes the programs
 * @returns agnhost's tag, as that version's own tests tag it
 * @throws SkipbeatError GO_MISSING, GO_TOO_OLD, GO_MODULES_REFUSED (exit 75), before minutes go into a build
 */
export const buildFromModules = async (
  version: string,
  { workspace, directory }: { readonly workspace: string; readonly directory: string },
  options: ActOptions,
): Promise<string> => {
  const module = join(workspace, 'kubernetes');
  await mkdir(module, { recursive: true });
  const source = await moduleDir(`k8s.io/kubernetes@${version}`, options);
  const upstream = await readFile(join(source, 'go.mod'), 'utf8');
  await requireGo(/^go (\S+)$/m.exec(upstream)?.[1] ?? '1.24', options);
  // The ones that are not always published are asked for first: a refusal comes before minutes go into a build.
  await downloadModules(stagingModules(upstream, version), options);
  await writeFile(join(module, 'go.mod'), builderGoMod(upstream, version));
  await writeFile(join(module, 'go.sum'), await readFile(join(source, 'go.sum')));
  await downloadModules([], { ...options, cwd: module });
  const commands = [
    ...kubernetesCommands.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    'k8s.io/kubernetes/test/images/agnhost',
  ];
  const go = await goIn(workspace, module, options);
  const build = go`go build -mod=mod -trimpath -ldflags ${versionFlags(version)} -o ${`${directory}/`} ${commands}`;
  await attempt(`Building Kubernetes ${version}`, build, options.signal);
  return (await readFile(join(source, 'test/images/agnhost/VERSION'), 'utf8')).trim();
};
