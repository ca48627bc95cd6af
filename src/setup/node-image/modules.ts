import { compareVersions } from '../versions.ts';

/**
 * The module that builds Kubernetes' commands: upstream's own go.mod under another name, with the staging folders,
 * which the module proxy leaves out, replaced by the modules published from them (v1.34.4 → v0.34.4).
 * @param upstream the text of go.mod in the module k8s.io/kubernetes
 * @param version such as "v1.34.4"
 */
export const builderGoMod = (upstream: string, version: string): string =>
  `${upstream
    .replace(/^module .*$/m, 'module skipbeat.local/node')
    .replace(/=> \.\/staging\/src\/(k8s\.io\/[\w.-]+)/g, (_, path: string) => `=> ${path} ${stagingVersion(version)}`)}
require k8s.io/kubernetes ${version}
`;

/**
 * The staging modules that a Kubernetes go.mod requires, each with its version, as `go mod download` takes them.
 * It replaces more than it requires (samples), and those are not always published.
 */
export const stagingModules = (upstream: string, version: string): readonly string[] =>
  [...upstream.matchAll(/^\s*(?:require )?(k8s\.io\/[\w.-]+) v0\.0\.0\s*(?:\/\/.*)?$/gm)].map(
    (found) => `${found[1]}@${stagingVersion(version)}`,
  );

/** v1.34.4 is published as v0.34.4. @see kubernetes staging/README.md */
const stagingVersion = (version: string): string => version.replace(/^v1\./, 'v0.');

/**
 * Linker flags that make the programs say their version, as upstream's build does.
 * @see kubernetes hack/lib/version.sh, kube::version::ldflags
 */
export const versionFlags = (version: string): string => {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const set = packages.flatMap((name) => Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`));
  return ['-s', '-w', ...set].join(' ');
};

/** What kubeadm pulls for one version: the images' full names, as `kubeadm config images list` prints them. */
export type ControlPlaneImages = {
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly proxy: string;
  readonly coreDns: string;
  readonly pause: string;
  readonly etcd: string;
};

/** @throws Error naming the image that the list lacks */
export const parseImageList = (text: string): ControlPlaneImages => {
  const lines = text.split('\n').map((line) => line.trim());
  const named = (name: string): string => {
    const found = lines.find((line) => new RegExp(`/${name}:[^/]+$`).test(line));
    if (found === undefined)
      throw new Error(`kubeadm config images list: no image named ${name} in: ${lines.join(' ')}`);
    return found;
  };
  return {
    apiServer: named('kube-apiserver'),
    controllerManager: named('kube-controller-manager'),
    scheduler: named('kube-scheduler'),
    proxy: named('kube-proxy'),
    coreDns: named('coredns'),
    pause: named('pause'),
    etcd: named('etcd'),
  };
};

export const tagOf = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);

/** The module version behind an image's tag: etcd:3.6.5-0 is v3.6.5, coredns:v1.12.1 is v1.12.1. */
export const moduleVersionOf = (reference: string): string =>
  `v${tagOf(reference).replace(/^v/, '').replace(/-\d+$/, '')}`;

/** A version of Go as `go env GOVERSION` prints it ("go1.26.8"), against what a go.mod asks for ("1.24.0"). */
export const goIsAtLeast = (goVersion: string, wanted: string): boolean =>
  compareVersions(goVersion.replace(/^go/, 'v').replace(/[^v\d.].*$/, ''), `v${wanted}`) >= 0;

/** The errors in `go mod download -json` output, which is one JSON object after another. */
export const downloadErrors = (text: string): readonly string[] =>
  text
    .split(/(?<=^\})\s*$/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as { Path?: string; Version?: string; Error?: string })
    .flatMap(({ Path, Version, Error: error }) => {
      if (error === undefined) return [];
      const name = `${Path}@${Version}`;
      return [error.startsWith(name) ? error : `${name}: ${error}`];
    });
