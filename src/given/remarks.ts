import { formatDuration, parseDurationMs } from '../common/duration.ts';
import { compileProfile, type EffectiveSettings, findProfile, type Reading } from '../profile/index.ts';
import type { Lookup } from './explain.ts';
import type { Given, GivenSetting } from './types.ts';

/**
 * One sentence on one setting. `fatal`: the component does not start with it. `ignored`: it is read and does nothing.
 * `notRun`: it does something, and no profile of skipbeat can bring it into a run.
 */
export type Remark = {
  readonly weight: 'fatal' | 'ignored' | 'notRun' | 'note';
  readonly origin: string;
  readonly text: string;
};

type Place = { readonly kubernetesVersion: string; readonly minor: number; readonly reading: Reading };

const remark = (weight: Remark['weight'], { origin }: GivenSetting, text: string): Remark => ({ weight, origin, text });

const durations = [
  'node-monitor-period',
  'node-monitor-grace-period',
  'node-startup-grace-period',
  'pod-eviction-timeout',
  'nodeStatusUpdateFrequency',
  'nodeStatusReportFrequency',
];
const mayBeZero = ['pod-eviction-timeout', 'nodeStatusReportFrequency', 'node-startup-grace-period'];
const wholes = [
  'default-not-ready-toleration-seconds',
  'default-unreachable-toleration-seconds',
  'nodeLeaseDurationSeconds',
];

const valueRemarks = ({ settings }: Given): readonly Remark[] =>
  settings.flatMap((setting) => {
    const { name, value } = setting;
    if (durations.includes(name)) {
      const ms = parseDurationMs(value);
      if (ms !== null && (ms > 0 || (ms === 0 && mayBeZero.includes(name)))) return [];
      return [remark('fatal', setting, `${name}: expected a duration such as 10s, received ${JSON.stringify(value)}`)];
    }
    if (wholes.includes(name) && !/^\d{1,9}$/.test(value)) {
      return [remark('fatal', setting, `${name}: expected whole seconds, received ${JSON.stringify(value)}`)];
    }
    return [];
  });

/** Both flags left together in v1.27. @see kubernetes CHANGELOG-1.27, "--pod-eviction-timeout" and "--enable-taint-manager" */
const evictionRemarks = (given: Lookup, { kubernetesVersion, minor }: Place): readonly Remark[] => {
  const timeout = given.text('kube-controller-manager', 'pod-eviction-timeout');
  const manager = given.text('kube-controller-manager', 'enable-taint-manager');
  if (minor >= 27) {
    return [timeout, manager].flatMap((setting) =>
      setting === null
        ? []
        : [
            remark(
              'fatal',
              setting,
              `--${setting.name} was removed in v1.27: kube-controller-manager ${kubernetesVersion} ends with "unknown flag". ` +
                'Eviction is set by --default-unreachable-toleration-seconds of kube-apiserver now',
            ),
          ],
    );
  }
  const tolerations = given.text('kube-apiserver', 'default-unreachable-toleration-seconds');
  if (minor < 13) return [];
  if (manager?.value === 'false') {
    return tolerations === null
      ? []
      : [
          remark(
            'ignored',
            tolerations,
            'default-unreachable-toleration-seconds does nothing: with --enable-taint-manager=false nobody evicts by tolerations',
          ),
        ];
  }
  return timeout === null
    ? []
    : [
        remark(
          'ignored',
          timeout,
          '--pod-eviction-timeout does nothing: with the taint manager on, as it is by default, pods go by their tolerations',
        ),
      ];
};

const tolerationRemarks = (given: Lookup): readonly Remark[] => {
  const [notReady, unreachable, disabled] = [
    given.text('kube-apiserver', 'default-not-ready-toleration-seconds'),
    given.text('kube-apiserver', 'default-unreachable-toleration-seconds'),
    given.text('kube-apiserver', 'disable-admission-plugins'),
  ];
  const differs = notReady !== null && notReady.value !== (unreachable?.value ?? '300');
  return [
    ...(differs
      ? [
          remark(
            'notRun',
            notReady,
            `default-not-ready-toleration-seconds ${notReady.value} differs from that for unreachable (${unreachable?.value ?? '300, the default'}): a run has one for both`,
          ),
        ]
      : []),
    ...(disabled?.value.split(',').includes('DefaultTolerationSeconds')
      ? [
          remark(
            'notRun',
            disabled,
            'without the admission plugin DefaultTolerationSeconds pods get no tolerations: they are evicted as soon as their node is tainted',
          ),
        ]
      : []),
  ];
};

const kubeletRemarks = (given: Lookup, { reading }: Place): readonly Remark[] => {
  if (reading === 'equivalent') return [];
  const lease = given.text('kubelet', 'nodeLeaseDurationSeconds');
  const report = given.text('kubelet', 'nodeStatusReportFrequency');
  const update = given.text('kubelet', 'nodeStatusUpdateFrequency');
  return [
    ...(lease === null || lease.value === '40'
      ? []
      : [
          remark(
            'notRun',
            lease,
            `nodeLeaseDurationSeconds ${lease.value} makes kubelets renew every ${Number(lease.value) / 4} s; a run keeps 40 and 10 s, ` +
              'unless nodeStatusUpdateFrequency is a quarter of it and nodeStatusReportFrequency 5m',
          ),
        ]),
    ...(report === null || report.value === (update?.value ?? '5m')
      ? []
      : [remark('notRun', report, `nodeStatusReportFrequency ${report.value} is not brought into a run`)]),
  ];
};

const rates = [
  'node-eviction-rate',
  'secondary-node-eviction-rate',
  'unhealthy-zone-threshold',
  'large-cluster-size-threshold',
  'node-startup-grace-period',
];

const otherRemarks = ({ settings }: Given): readonly Remark[] =>
  settings
    .filter(({ name }) => rates.includes(name))
    .map((setting) =>
      remark('notRun', setting, `--${setting.name}=${setting.value} is read, and a run keeps the default`),
    );

/** Settings that say what the version does by itself, and those that were a default once and are none any more. */
const defaultRemarks = ({ settings }: Given, { kubernetesVersion }: Place): readonly Remark[] => {
  const standard = findProfile('default');
  if (standard === null) throw new TypeError('there is no profile default');
  const { effective } = compileProfile(standard, 'literal', kubernetesVersion);
  const defaults: Readonly<Record<string, (effective: EffectiveSettings) => number>> = {
    'node-monitor-period': (each) => each.nodeMonitorPeriodMs,
    'node-monitor-grace-period': (each) => each.nodeMonitorGracePeriodMs,
    nodeStatusUpdateFrequency: (each) => each.nodeStatusUpdateFrequencyMs,
  };
  return settings.flatMap((setting) => {
    const pick = Object.hasOwn(defaults, setting.name) ? defaults[setting.name] : undefined;
    const ms = parseDurationMs(setting.value);
    if (pick === undefined || ms === null) return [];
    const now = formatDuration(pick(effective));
    if (ms === pick(effective)) {
      return [remark('note', setting, `${setting.name} ${setting.value} is the default of ${kubernetesVersion}`)];
    }
    const once =
      setting.name === 'node-monitor-grace-period' && ms === 40_000 ? ', which was the default to v1.31' : '';
    return [
      remark('note', setting, `${setting.name} ${setting.value}${once}: the default of ${kubernetesVersion} is ${now}`),
    ];
  });
};

/** Everything a reader should hear of given settings on a version; what matters most first. */
export const remarksOf = (given: Given, lookup: Lookup, place: Place): readonly Remark[] => {
  const order = ['fatal', 'ignored', 'notRun', 'note'];
  return [
    ...valueRemarks(given),
    ...evictionRemarks(lookup, place),
    ...tolerationRemarks(lookup),
    ...kubeletRemarks(lookup, place),
    ...otherRemarks(given),
    ...defaultRemarks(given, place),
  ].toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
};
