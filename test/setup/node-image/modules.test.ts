import { describe, expect, test } from 'vitest';
import {
  builderGoMod,
  downloadErrors,
  goIsAtLeast,
  moduleVersionOf,
  parseImageList,
  stagingModules,
  versionFlags,
} from '../../../src/setup/node-image/modules.ts';

const upstream = `module k8s.io/kubernetes

go 1.24.0

require (
	go.uber.org/zap v1.27.0
	k8s.io/api v0.0.0
	k8s.io/kube-openapi v0.0.0-20250710124328-f3f2b991d03b
	k8s.io/mount-utils v0.0.0 // indirect
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/mount-utils => ./staging/src/k8s.io/mount-utils
	k8s.io/sample-controller => ./staging/src/k8s.io/sample-controller
)
`;

describe('the module that builds Kubernetes', () => {
  test("is upstream's with published modules in place of the staging folders", () => {
    expect(builderGoMod(upstream, 'v1.34.4')).toBe(`module skipbeat.local/node

go 1.24.0

require (
	go.uber.org/zap v1.27.0
	k8s.io/api v0.0.0
	k8s.io/kube-openapi v0.0.0-20250710124328-f3f2b991d03b
	k8s.io/mount-utils v0.0.0 // indirect
)

replace (
	k8s.io/api => k8s.io/api v0.34.4
	k8s.io/mount-utils => k8s.io/mount-utils v0.34.4
	k8s.io/sample-controller => k8s.io/sample-controller v0.34.4
)

require k8s.io/kubernetes v1.34.4
`);
  });

  test('needs the staging modules that are required, not all that are replaced', () => {
    expect(stagingModules(upstream, 'v1.34.4')).toEqual(['k8s.io/api@v0.34.4', 'k8s.io/mount-utils@v0.34.4']);
  });

  test('has its programs say their version', () => {
    expect(versionFlags('v1.31.0')).toBe(
      '-s -w -X k8s.io/component-base/version.gitVersion=v1.31.0 -X k8s.io/component-base/version.gitMajor=1 ' +
        '-X k8s.io/component-base/version.gitMinor=31 -X k8s.io/component-base/version.gitTreeState=clean ' +
        '-X k8s.io/client-go/pkg/version.gitVersion=v1.31.0 -X k8s.io/client-go/pkg/version.gitMajor=1 ' +
        '-X k8s.io/client-go/pkg/version.gitMinor=31 -X k8s.io/client-go/pkg/version.gitTreeState=clean',
    );
  });
});

describe("kubeadm's list of images", () => {
  const list = `registry.k8s.io/kube-apiserver:v1.34.4
registry.k8s.io/kube-controller-manager:v1.34.4
registry.k8s.io/kube-scheduler:v1.34.4
registry.k8s.io/kube-proxy:v1.34.4
registry.k8s.io/coredns/coredns:v1.12.1
registry.k8s.io/pause:3.10.1
registry.k8s.io/etcd:3.6.5-0
`;

  test('is read by name', () => {
    expect(parseImageList(list)).toEqual({
      apiServer: 'registry.k8s.io/kube-apiserver:v1.34.4',
      controllerManager: 'registry.k8s.io/kube-controller-manager:v1.34.4',
      scheduler: 'registry.k8s.io/kube-scheduler:v1.34.4',
      proxy: 'registry.k8s.io/kube-proxy:v1.34.4',
      coreDns: 'registry.k8s.io/coredns/coredns:v1.12.1',
      pause: 'registry.k8s.io/pause:3.10.1',
      etcd: 'registry.k8s.io/etcd:3.6.5-0',
    });
  });

  test('is refused where one is not in it', () => {
    expect(() => parseImageList('registry.k8s.io/pause:3.10.1\n')).toThrow(
      'kubeadm config images list: no image named kube-apiserver in: registry.k8s.io/pause:3.10.1',
    );
  });

  test.each([
    ['registry.k8s.io/etcd:3.6.5-0', 'v3.6.5'],
    ['registry.k8s.io/etcd:3.5.15-0', 'v3.5.15'],
    ['registry.k8s.io/coredns/coredns:v1.12.1', 'v1.12.1'],
  ])('%s comes from module version %s', (reference, version) => {
    expect(moduleVersionOf(reference)).toBe(version);
  });
});

describe('Go', () => {
  test.each([
    ['go1.26.8', '1.24.0', true],
    ['go1.24.0', '1.24.0', true],
    ['go1.9.7', '1.24', false],
    ['go1.26rc1', '1.26.0', true],
    ['', '1.24', false],
  ])('%s serves for %s: %s', (found, wanted, serves) => {
    expect(goIsAtLeast(found, wanted)).toBe(serves);
  });

  test('names every module that was refused, out of one JSON object after another', () => {
    const text = `{
	"Path": "k8s.io/api",
	"Version": "v0.31.14",
	"Error": "k8s.io/api@v0.31.14: 403 Forbidden"
}
{
	"Path": "k8s.io/client-go",
	"Version": "v0.31.14",
	"Dir": "/root/go/pkg/mod/k8s.io/client-go@v0.31.14"
}
{
	"Path": "k8s.io/kms",
	"Version": "v0.31.14",
	"Error": "404 Not Found"
}
`;
    expect(downloadErrors(text)).toEqual(['k8s.io/api@v0.31.14: 403 Forbidden', 'k8s.io/kms@v0.31.14: 404 Not Found']);
  });
});
