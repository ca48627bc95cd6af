import { describe, expect, test } from 'vitest';
import { profileOfUserConfig, unsupportedSettings } from '../../../src/profile/index.ts';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';
import { apiServerPod } from './api-server-pod.ts';

const version = 'v1.34.4';

const cluster = (section: string, ...args: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${version}`,
    `${section}:`,
    '  extraArgs:',
    ...args.map((arg) => `  - {name: ${arg.split('=')[0]}, value: "${arg.split('=').slice(1).join('=')}"}`),
  ].join('\n');

const weights = (text: string, on = version): readonly string[] =>
  explain(readConfigText(text, 'f'), on)
    .remarks.filter(({ weight }) => weight !== 'note')
    .map(({ weight }) => weight);

const outcome = (text: string, on = version): string => {
  const side = { configFiles: readConfigText(text, 'f'), kubernetesVersion: on, isAssumed: false };
  return outcomeOf(reviewConfigs(side, side));
};

describe('--admission-control', () => {
  const list =
    'admission-control=NodeRestriction,ServiceAccount,Priority,TaintNodesByCondition,MutatingAdmissionWebhook';

  test.each([
    ['beside plug-ins that are enabled', apiServerPod(list, 'enable-admission-plugins=LimitRanger'), ['fatal']],
    ['beside plug-ins that are disabled', apiServerPod(list, 'disable-admission-plugins=LimitRanger'), ['fatal']],
    ['beside an empty list', apiServerPod(list, 'enable-admission-plugins='), ['fatal']],
    ['beside those that kubeadm enables', cluster('apiServer', list), ['fatal']],
    ['beside those that k3s may enable', `kube-apiserver-arg: ["${list}"]`, ['unread']],
    ['alone in a pod', apiServerPod(list), []],
  ])('%s', (_, text, expected) => {
    expect([...new Set(weights(text).filter((weight) => weight !== 'ignored'))]).toEqual(expected);
  });

  test('is said once where the list speaks of tolerations', () => {
    const text = apiServerPod(`${list},DefaultTolerationSeconds`, 'enable-admission-plugins=DefaultTolerationSeconds');
    expect(weights(text)).toEqual(['fatal']);
  });

  test('is run on no cluster, each of which is set up by kubeadm', () => {
    const none = { controllerManagerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} };
    const profile = profileOfUserConfig({
      ...none,
      apiServerArgs: { 'admission-control': 'DefaultTolerationSeconds' },
    });
    expect(unsupportedSettings(profile, 'literal', version).map(({ message }) => message)).toEqual([
      '--admission-control excludes --enable-admission-plugins, which kubeadm passes by itself: kube-apiserver does not start with both',
    ]);
  });

  test('keeps a review from saying that all is the same', () => {
    expect(outcome(cluster('apiServer', list))).toBe('doesNotStart');
  });
});

describe('numbers as each flag reads them', () => {
  test.each(['0x2', '0b1', '0o2', '0_4', '+2', ' 2', '2.0', ''])('--v=%s keeps a component from starting', (value) => {
    expect(weights(cluster('controllerManager', `v=${value}`))).toEqual(['unread']);
    const [two, other] = ['2', value].map((level) => ({
      configFiles: readConfigText(cluster('controllerManager', `v=${level}`), 'f'),
      kubernetesVersion: version,
      isAssumed: false,
    }));
    if (two === undefined || other === undefined) throw new Error('expected two sides');
    expect(outcomeOf(reviewConfigs(two, other))).toBe('unknown');
  });

  test.each(['0', '2', '02', '4'])('--v=%s is taken', (value) => {
    expect(weights(cluster('controllerManager', `v=${value}`))).toEqual([]);
  });

  test.each(['kubelet-port', 'kubelet-read-only-port'])('--%s takes no sign', (name) => {
    expect(weights(cluster('apiServer', `${name}=+10250`))).toEqual(['unread']);
    expect(weights(cluster('apiServer', `${name}=0x280a`))).toEqual([]);
  });

  test('--log-file-max-size takes no sign', () => {
    expect(weights(apiServerPod('log-file-max-size=+5').replace(version, 'v1.25.16'), 'v1.25.16')).toEqual(['unread']);
  });
});

const change = (base: string, candidate: string, on = version): string => {
  const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: on, isAssumed: false });
  return outcomeOf(reviewConfigs(side(base), side(candidate)));
};

describe('what extraArgs replace of what kubeadm passes', () => {
  const plugins = (names: string | null): string =>
    cluster('apiServer', 'v=2', ...(names === null ? [] : [`enable-admission-plugins=${names}`]));

  test.each(['LimitRanger', '', 'ServiceAccount,Priority', 'DefaultTolerationSeconds', 'NodeRestriction,PodSecurity'])(
    'other plug-ins than NodeRestriction, %j',
    (names) => {
      expect(change(plugins(null), plugins(names))).toBe('unknown');
      expect(change(plugins(names), plugins(null))).toBe('unknown');
    },
  );

  test.each(['NodeRestriction', 'NodeRestriction,LimitRanger', 'Priority,NodeRestriction'])(
    'with NodeRestriction the same holds, %s',
    (names) => {
      expect(change(plugins(null), plugins(names))).toBe('known');
      expect(change(plugins(names), plugins(null))).toBe('known');
      expect(change(plugins('NodeRestriction'), plugins(names))).toBe('known');
    },
  );

  test('what k3s enables by itself is not known', () => {
    const list = (...args: readonly string[]): string => `kube-apiserver-arg: ${JSON.stringify(['v=2', ...args])}`;
    expect(change(list(), list('enable-admission-plugins=LimitRanger'))).toBe('unknown');
    expect(change(list('enable-admission-plugins=LimitRanger'), list('enable-admission-plugins=LimitRanger'))).toBe(
      'known',
    );
  });

  const dual = (section: string, gates: string): string =>
    [
      'apiVersion: kubeadm.k8s.io/v1beta2',
      'kind: ClusterConfiguration',
      'kubernetesVersion: v1.19.16',
      'featureGates: {IPv6DualStack: true}',
      'networking: {podSubnet: "10.244.0.0/16,fd00:10:244::/56", serviceSubnet: "10.96.0.0/12,fd00:10:96::/112"}',
      `${section}: {extraArgs: {${gates}}}`,
    ].join('\n');

  test.each(['apiServer', 'controllerManager', 'scheduler'])('its gate IPv6DualStack, of %s', (section) => {
    const unread = (gates: string): readonly string[] =>
      readConfigText(dual(section, gates), 'f')
        .unread.filter(({ text }) => /kubeadm passes/.test(text))
        .map(({ origin }) => origin);
    expect(unread('feature-gates: RemainingItemCount=false')).toHaveLength(1);
    expect(unread('feature-gates: IPv6DualStack=false')).toHaveLength(1);
    expect(unread('feature-gates: "RemainingItemCount=false,IPv6DualStack=true"')).toHaveLength(0);
    expect(unread('v: "2"')).toHaveLength(0);
  });
});
