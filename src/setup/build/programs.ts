import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { recipeDir } from '../recipe.ts';
import { type ActOptions, attempt, shell } from '../shell.ts';
import { goBuildEnvironment, goEnvironment, moduleDir, requireGo } from './go.ts';
import {
  builderGoMod,
  type ControlPlaneImages,
  downloadErrors,
  moduleVersionOf,
  parseImageList,
  stagingModules,
  versionFlags,
} from './modules.ts';

/** What was built and where: `directory` holds one static program a name. */
export type Programs = {
  readonly directory: string;
  readonly images: ControlPlaneImages;
  /** agnhost's image name, tagged as that Kubernetes version's own tests tag it. */
  readonly agnhostImage: string;
};

const commands = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubeadm', 'kubectl'].map(
    (name) => `k8s.io/kubernetes/cmd/${name}`,
  ),
  'k8s.io/kubernetes/test/images/agnhost',
];

/**
 * Builds Kubernetes, etcd, CoreDNS, the test server and the pause program from Go modules, for this machine's processor.
 * @param version such as "v1.34.4"
 * @param workspace an empty folder; the build cache grows in it by about 4 GB
 */
export const buildPrograms = async (version: string, workspace: string, options: ActOptions): Promise<Programs> => {
  const directory = join(workspace, 'programs');
  const module = join(workspace, 'kubernetes');
  await Promise.all([directory, module, join(workspace, 'etcd')].map((path) => mkdir(path, { recursive: true })));
  const env = await goBuildEnvironment(workspace);
  const go = (cwd: string, more: Readonly<Record<string, string>> = {}) =>
    shell({ cwd, env: { ...env, ...more }, timeoutMs: 1_200_000, signal: options.signal });

  const source = await moduleDir(`k8s.io/kubernetes@${version}`, options);
  const upstream = await readFile(join(source, 'go.mod'), 'utf8');
  await requireGo(/^go (\S+)$/m.exec(upstream)?.[1] ?? '1.24', options);
  await requireModules(stagingModules(upstream, version), options);
  await writeFile(join(module, 'go.mod'), builderGoMod(upstream, version));
  await writeFile(join(module, 'go.sum'), await readFile(join(source, 'go.sum')));
  const flags = versionFlags(version);
  await attempt(
    `Building Kubernetes ${version}`,
    go(module)`go build -mod=mod -trimpath -ldflags ${flags} -o ${`${directory}/`} ${commands}`,
    options.signal,
  );
  options.note(`Kubernetes ${version} built`);

  const list = go(module)`${join(directory, 'kubeadm')} config images list --kubernetes-version ${version}`;
  const images = parseImageList(await attempt('Listing the images that kubeadm wants', list, options.signal));
  const agnhostTag = (await readFile(join(source, 'test/images/agnhost/VERSION'), 'utf8')).trim();

  const etcd = join(workspace, 'etcd');
  const etcdModule = 'go.etcd.io/etcd/server/v3';
  await writeFile(
    join(etcd, 'go.mod'),
    `module skipbeat.local/etcd\n\ngo 1.23\n\nrequire ${etcdModule} ${moduleVersionOf(images.etcd)}\n`,
  );
  const etcdBuild = go(
    etcd,
  )`go build -mod=mod -trimpath -ldflags ${'-s -w'} -o ${join(directory, 'etcd')} ${etcdModule}`;
  await attempt(`Building etcd ${moduleVersionOf(images.etcd)}`, etcdBuild, options.signal);
  options.note(`etcd ${moduleVersionOf(images.etcd)} built`);

  const coreDns = `github.com/coredns/coredns@${moduleVersionOf(images.coreDns)}`;
  const coreDnsBuild = go(workspace, { GOBIN: directory })`go install -trimpath -ldflags ${'-s -w'} ${coreDns}`;
  await attempt(`Building CoreDNS ${moduleVersionOf(images.coreDns)}`, coreDnsBuild, options.signal);
  options.note(`CoreDNS ${moduleVersionOf(images.coreDns)} built`);

  const pause = join(workspace, 'pause');
  await mkdir(pause, { recursive: true });
  for (const file of ['main.go', 'go.mod']) await copyFile(join(recipeDir(), 'pause', file), join(pause, file));
  const pauseBuild = go(pause)`go build -trimpath -ldflags ${'-s -w'} -o ${join(directory, 'pause')} .`;
  await attempt('Building the pause program', pauseBuild, options.signal);
  return { directory, images, agnhostImage: `registry.k8s.io/e2e-test-images/agnhost:${agnhostTag}` };
};

/** @throws SkipbeatError GO_MODULES_REFUSED naming every module that cannot be had, before minutes go into a build */
const requireModules = async (modules: readonly string[], options: ActOptions): Promise<void> => {
  const sh = shell({ timeoutMs: 300_000, signal: options.signal, env: goEnvironment() });
  const result = await sh`go mod download -json ${modules}`.nothrow();
  const refused = result.exitCode === 0 ? [] : downloadErrors(result.stdout);
  if (result.exitCode === 0) return;
  const why = refused.length === 0 ? result.stderr.trim() : refused.join('\n');
  throw new SkipbeatError('GO_MODULES_REFUSED', `Go modules that the build needs could not be had:\n${why}`, {
    exitCode: exitCodes.environment,
    next: 'go env GOPROXY, and try another version with npm run setup -- --kubernetes',
  });
};
