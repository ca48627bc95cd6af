import { describe, expect, test } from 'vitest';
import { explain, joinConfigs, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';
import { refusalOf } from '../support/refusal.ts';

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const listOf = (flags: readonly string[]): string =>
  flags
    .map((flag) => {
      const [name, ...value] = flag.split('=');
      return `{name: ${name}, value: "${value.join('=')}"}`;
    })
    .join(', ');

const cluster = (section: string, ...flags: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `${section}: {extraArgs: [${listOf(flags)}]}`,
  ].join('\n');

const joined = (...flags: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: JoinConfiguration',
    `nodeRegistration: {kubeletExtraArgs: [${listOf(flags)}]}`,
  ].join('\n');

const configFiles = (...texts: readonly string[]) =>
  joinConfigs(texts.map((text, index) => readConfigText(text, `f${index}`)));

const refusal = (make: () => unknown): string => refusalOf(make).message;

const verdicts = (base: string, candidate: string): ReadonlySet<string> => {
  const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.4' });
  return new Set(reviewConfigs(side(base), side(candidate)).predicted.map(({ verdict }) => verdict));
};

describe('two documents of a kind, one of which says nothing of a setting', () => {
  test.each([
    [kubelet('nodeStatusUpdateFrequency: 4s'), kubelet(), 'nodeStatusUpdateFrequency 4s', '3:28'],
    [
      cluster('controllerManager', 'node-monitor-grace-period=20s'),
      cluster('controllerManager'),
      'node-monitor-grace-period 20s',
      '3:74',
    ],
    [
      cluster('apiServer', 'default-unreachable-toleration-seconds=30'),
      cluster('apiServer'),
      'default-unreachable-toleration-seconds 30',
      '3:79',
    ],
    [joined('node-status-update-frequency=4s'), joined(), 'node-status-update-frequency 4s', '3:83'],
    ['kubelet-arg: [node-status-update-frequency=4s]', 'kubelet-arg: [v=2]', 'node-status-update-frequency 4s', '1:15'],
  ])('are refused: nobody knows which of them a node has: %s, and %s', (one, other, setting, at) => {
    const refusals = [configFiles(one, other), configFiles(other, one)].map((files) =>
      refusal(() => explain(files, 'v1.34.4')),
    );
    expect(refusals).toEqual([
      `f1:1:1: expected ${setting}, as f0:${at} says of the same kind, received none`,
      `f0:1:1: expected ${setting}, as f1:${at} says of the same kind, received none`,
    ]);
  });

  test('are refused where one of them turns leases off', () => {
    const files = [kubelet('nodeLeaseDurationSeconds: 20'), kubelet('nodeLeaseDurationSeconds: 0')] as const;
    expect(
      [files, files.toReversed()].map((texts) => refusal(() => explain(configFiles(...texts), 'v1.34.4'))),
    ).toEqual([
      'f1:3:27: nodeLeaseDurationSeconds: expected 20, as f0:3:27 says, received 0',
      'f1:3:27: nodeLeaseDurationSeconds: expected 0, as f0:3:27 says, received 20',
    ]);
  });

  test.each([
    [kubelet('nodeStatusUpdateFrequency: 0s'), kubelet()],
    [kubelet('nodeStatusUpdateFrequency: 4s'), kubelet('nodeStatusUpdateFrequency: 4s')],
    [cluster('controllerManager', 'node-monitor-grace-period=20s'), kubelet('nodeStatusUpdateFrequency: 4s')],
    // A server has a control plane, and an agent has none.
    ['kube-controller-manager-arg: [node-monitor-grace-period=20s]', 'kubelet-arg: [v=2]'],
  ])('may say the same, or of different things: %s, and %s', (one, other) => {
    expect(explain(configFiles(one, other), 'v1.34.4').effective).not.toBeNull();
  });
});

test('a list of k3s that adds to what other files say is not read', () => {
  const added = readConfigText('kubelet-arg+: [node-status-update-frequency=4s]', 'f');
  expect(added.unread).toMatchObject([
    { text: 'kubelet-arg+ adds to what files before this one say, which are not read' },
  ]);
});

test.each([['kubelet', joined('kube-api-qps=50', 'kube-api-burst=100', 'kube_api_qps=50')]])(
  'a flag that %s has is its own, though another component has one by that name',
  (_, text) => {
    expect(readConfigText(text, 'f').unread).toEqual([]);
  },
);

describe("a kubelet's flags where systemd has them", () => {
  test.each([
    ['[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--node-status-update-frequency=4s"\n'],
    [
      '# Note: this dropin only works with kubeadm\n[Service]\nExecStart=\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n',
    ],
    ['[Unit]\nDescription=kubelet\n'],
    ['KUBELET_EXTRA_ARGS=--node-status-update-frequency=4s\n'],
    ['\n# by hand\nKUBELET_EXTRA_ARGS="--node-status-update-frequency=4s --v=2"\n'],
    ['KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n'],
    ["export K3S_KUBELET='--kubelet-arg=v=2'\n"],
  ])('are refused, and the message says where to put them: %j', (text) => {
    expect(refusal(() => readConfigText(text, '/etc/default/kubelet'))).toBe(
      "/etc/default/kubelet:1:1: expected settings of Kubernetes, received a unit of systemd or a file of environment, which is not read: a kubelet's flags there beat every file; say them as kubeletExtraArgs of a JoinConfiguration",
    );
  });

  test('a text within a file of Kubernetes is none of these', () => {
    const text = `${kubelet('nodeLeaseDurationSeconds: 20')}\n# [Service]\n# KUBELET_EXTRA_ARGS=--v=2\n`;
    expect(explain(readConfigText(text, 'f'), 'v1.34.4').effective?.nodeLeaseDurationSeconds).toBe(20);
  });
});

describe('flags with which requests wait, fail or go another way', () => {
  test.each([
    ['apiServer', 'audit-webhook-mode=blocking'],
    ['apiServer', 'audit-webhook-mode=blocking-strict'],
    ['apiServer', 'audit-log-mode=blocking-strict'],
    ['apiServer', 'watch-cache=false'],
    ['apiServer', 'default-watch-cache-size=0'],
    ['apiServer', 'disable-http2-serving=true'],
    ['apiServer', 'emulation-forward-compatible=true'],
    ['controllerManager', 'enable-leader-migration=true'],
  ])('%s %s is not the same as without it, nor known by itself', (section, flag) => {
    const [without, text] = [cluster(section), cluster(section, flag)];
    expect(verdicts(without, text)).toEqual(new Set(['unknown']));
    expect(verdicts(text, text)).toEqual(new Set(['unknown']));
  });

  test.each(['fail-cgroupv1=true', 'register-schedulable=false'])('kubelet --%s likewise', (flag) => {
    const text = joined(flag);
    const version = flag.startsWith('register') ? 'v1.30.0' : 'v1.34.4';
    expect(explain(readConfigText(text, 'f'), version).isWhole).toBe(false);
  });

  test.each(['node-ip=10.0.0.9', 'enable-controller-attach-detach=false'])(
    'kubelet --%s is held against the base',
    (flag) => {
      expect(verdicts(joined('v=2'), joined(flag))).toEqual(new Set(['unknown']));
      expect(verdicts(joined(flag), joined(flag))).toEqual(new Set(['same']));
    },
  );
});
