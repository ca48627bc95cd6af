import { defaultTolerationSeconds, hasEvictionTimeout } from './effective.ts';
import { parseValue, splitList } from './go-values.ts';
import type { UserConfig } from './types.ts';
import { admittedTolerations, evictsByTimeout, writesTolerations } from './user-config/user-config.ts';
import { finding, type Setting, type UserConfigFinding } from './user-config/user-config-finding.ts';
import type { Version } from './version.ts';

/** Both flags left together in v1.27. @see kubernetes CHANGELOG-1.27, "--pod-eviction-timeout" and "--enable-taint-manager" */
const timeoutFindings = (
  settings: readonly Setting[],
  config: UserConfig,
  version: Version,
  versionText: string,
): readonly UserConfigFinding[] => {
  const find = (name: string) => settings.filter((setting) => setting.name === name);
  const timeout = find('pod-eviction-timeout');
  if (!hasEvictionTimeout(version)) {
    return [...timeout, ...find('enable-taint-manager')].map((setting) =>
      finding(
        'fatal',
        setting,
        `--${setting.name} was removed in v1.27: kube-controller-manager ${versionText} ends with "unknown flag". ` +
          'Eviction is set by --default-unreachable-toleration-seconds of kube-apiserver now',
      ),
    );
  }
  if (!evictsByTimeout(config, version)) {
    const text =
      '--pod-eviction-timeout does nothing: with the taint manager on, as it is by default, pods go by their tolerations';
    return timeout.map((setting) => finding('ignored', setting, text));
  }
  const why =
    version.minor < 13
      ? `to v1.12 pods go by --pod-eviction-timeout`
      : 'with --enable-taint-manager=false nobody evicts by tolerations';
  const all =
    'with --enable-taint-manager=false all pods of a silent node but those of DaemonSets are deleted, whatever they tolerate, and NoExecute taints evict nobody';
  return [
    ...(version.minor < 13 ? [] : find('enable-taint-manager')).map((setting) => finding('note', setting, all)),
    ...find('default-unreachable-toleration-seconds').map((setting) =>
      finding('ignored', setting, `${setting.name} does nothing: ${why}`),
    ),
  ];
};

const plugin = 'DefaultTolerationSeconds';

/** @see kubernetes pkg/kubeapiserver/options/admission.go and apiserver pkg/server/options/admission.go, Validate */
const admissionFindings = (settings: readonly Setting[], config: UserConfig): readonly UserConfigFinding[] => {
  const lists = settings.filter(({ kind }) => kind === 'list');
  const misspelt = lists.flatMap((setting) =>
    splitList(setting.value)
      .filter((word) => word !== plugin && word.trim().toLowerCase() === plugin.toLowerCase())
      .map((word) =>
        finding('fatal', setting, `${setting.name}: plugin ${JSON.stringify(word)} is unknown: it is ${plugin}`),
      ),
  );
  const has = (name: string): boolean => splitList(config.apiServerArgs[name] ?? '').includes(plugin);
  const [control, ...others] = [
    ...lists.filter(({ name }) => name === 'admission-control'),
    ...lists.filter(({ name }) => name !== 'admission-control'),
  ];
  if (control?.name === 'admission-control' && others.length > 0) {
    const text = `admission-control excludes --${others[0]?.name}: kube-apiserver does not start with both`;
    return [...misspelt, finding('fatal', control, text)];
  }
  if (has('enable-admission-plugins') && has('disable-admission-plugins')) {
    const named = lists.filter(({ name }) => name === 'disable-admission-plugins');
    const text = `${plugin} is both enabled and disabled: kube-apiserver does not start with that`;
    return [...misspelt, ...named.map((setting) => finding('fatal', setting, text))];
  }
  return misspelt;
};

const tolerationFindings = (
  settings: readonly Setting[],
  config: UserConfig,
  version: Version,
): readonly UserConfigFinding[] => {
  if (evictsByTimeout(config, version)) return [];
  const seconds = settings.filter(({ name }) => /^default-.*-toleration-seconds$/.test(name));
  if (!writesTolerations(config)) {
    const by = settings.find(({ name }) => name === 'disable-admission-plugins' || name === 'admission-control');
    const off = `without the admission plug-in ${plugin} pods get no tolerations: they are deleted as soon as their node is tainted`;
    return [
      ...(by === undefined ? [] : [finding('note', by, off)]),
      ...seconds.map((setting) =>
        finding('ignored', setting, `${setting.name} does nothing without the plug-in ${plugin}`),
      ),
    ];
  }
  const { notReady, unreachable } = admittedTolerations(config);
  const atOnce = seconds
    .filter(({ value, kind }) => Number(parseValue(kind, value) ?? 1) <= 0)
    .map((setting) =>
      finding(
        'note',
        setting,
        `${setting.name} ${setting.value} is taken as 0: pods are deleted as soon as their node is tainted`,
      ),
    );
  const differing = seconds.find(({ name }) => name.includes('not-ready')) ?? seconds[0];
  if (notReady === unreachable || differing === undefined) return atOnce;
  const text = `pods tolerate not-ready for ${notReady} s and unreachable for ${unreachable} s: a silent node is unreachable, which is what figures speak of; `;
  // Left at its default it is what figures without any setting leave out, too.
  return notReady === defaultTolerationSeconds
    ? [...atOnce, finding('note', differing, `${text}a node whose kubelet itself reports NotReady keeps the default`)]
    : [
        ...atOnce,
        finding(
          'unknown',
          differing,
          `${text}a node whose kubelet itself reports NotReady is not modelled with another one`,
        ),
      ];
};

/** Findings of who is evicted, when, and how fast. */
export const evictionFindings = (
  settings: readonly Setting[],
  config: UserConfig,
  version: Version,
  versionText: string,
): readonly UserConfigFinding[] => [
  ...timeoutFindings(settings, config, version, versionText),
  ...admissionFindings(settings, config),
  ...tolerationFindings(settings, config, version),
];
