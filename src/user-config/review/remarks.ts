import { type BugOf, bugSentence, bugsThatMatter } from '../../known-bugs/index.ts';
import {
  effectiveOfUserConfig,
  exactVersion,
  isSameValue,
  type UserConfig,
  type UserConfigFinding,
  userConfigFindings,
  type Version,
} from '../../profile/index.ts';
import { isBearingGate } from '../read/flags.ts';
import { unmodelledGate } from '../tables/unmodelled-gates.ts';
import type { ConfigFiles, ConfigSetting } from '../types.ts';
import type { Beside } from './differences/beside.ts';
import { bearsOnRun, type LeftOut, leftOut, type RunScope } from './left-out.ts';
import { isJudged, kindOf, type SettingsOn, sortsArgs } from './settings-on.ts';
import { shortened } from './start/command-lines.ts';
import { isSaidBy, startFaults } from './start/start-faults.ts';
import { unreadOn } from './unread-on.ts';

/**
 * One sentence on one setting, see `UserConfigFinding`. `unread`: it names what may change everything and is not read.
 * `noVersion`: no version is known, and one is assumed. `notRun`: it does something, and a run does not bring it in.
 * `about` says what cannot be predicted because of it; `other`: something that no figure speaks of.
 */
export type Remark = {
  readonly weight: UserConfigFinding['weight'] | 'unread' | 'noVersion' | 'notRun';
  readonly about: UserConfigFinding['about'] | 'other';
  readonly origin: string;
  readonly text: string;
  /** Whether a run brings the setting in all the same. */
  readonly isPassed: boolean;
};

const order: readonly Remark['weight'][] = ['fatal', 'unknown', 'noVersion', 'unread', 'notRun', 'ignored', 'note'];

const remark = (
  weight: Remark['weight'],
  { origin }: Pick<ConfigSetting, 'origin'>,
  text: string,
  about: Remark['about'] = null,
): Remark => ({
  weight,
  about,
  origin,
  text,
  isPassed: false,
});

const lifecycleNames = ['nodelifecycle', 'node-lifecycle-controller'];
const evictionNames = ['taint-eviction-controller'];

/** The first minor that knows a controller by that name. @see kubernetes cmd/kube-controller-manager/names */
const firstNamed: Readonly<Record<string, number>> = {
  'cloud-node-lifecycle': 14,
  'node-lifecycle-controller': 28,
  'cloud-node-lifecycle-controller': 28,
  'taint-eviction-controller': 29,
};

/** @see k8s.io/controller-manager app.IsControllerEnabled: the first word on a controller counts, without one `*` does */
const controllerRemarks = (setting: ConfigSetting, minor: number): readonly Remark[] => {
  const entries = setting.value.split(',');
  const isOff = (names: readonly string[]): boolean => {
    const own = entries.find((word) => names.includes(word.replace(/^-/, '')));
    return own === undefined ? !entries.includes('*') : own.startsWith('-');
  };
  const off = (what: string, about: Remark['about']): Remark =>
    remark(
      'unknown',
      setting,
      `--controllers=${setting.value} leaves out the ${what}, and what then happens is not modelled`,
      about,
    );
  const unheard = entries
    .map((word) => word.replace(/^-/, ''))
    .find(
      (word) =>
        (firstNamed[word] ?? 0) > minor ||
        (/^(node-?lifecycle|taint-?eviction)/.test(word) && ![...lifecycleNames, ...evictionNames].includes(word)),
    );
  const spaced = entries.find((word) => word === '' || /\s/.test(word));
  if (spaced !== undefined) {
    return [remark('fatal', setting, `controllers: there is no controller ${JSON.stringify(spaced)}`)];
  }
  if (unheard !== undefined) {
    return [remark('fatal', setting, `controllers: there is no controller ${JSON.stringify(unheard)}`)];
  }
  if (isOff(lifecycleNames)) return [off('node lifecycle controller', 'all')];
  return minor >= 29 && isOff(evictionNames) ? [off('taint eviction controller', 'eviction')] : [];
};

const gateRemarks = (setting: ConfigSetting): readonly Remark[] => {
  const gates =
    setting.name === 'feature-gates'
      ? setting.value.split(',')
      : [`${setting.name.replace('featureGates.', '')}=${setting.value}`];
  return gates
    .filter((gate) => isBearingGate(gate.split('=')[0]?.trim() ?? ''))
    .map((gate) => remark('unknown', setting, `the feature gate ${gate.trim()} is read and not modelled`, 'all'));
};

/** Gates whose defaults are what figures and runs have. */
const unmodelledGateRemarks = (configFiles: ConfigFiles, minor: number): readonly Remark[] =>
  configFiles.gates.flatMap((gate) => {
    const why = unmodelledGate(gate, minor);
    return why === null ? [] : [remark('unread', gate, why)];
  });

/** @see client-go tools/leaderelection/resourcelock/interface.go: a Lease is a lock from v1.14 on */
const lockRemarks = (configFiles: ConfigFiles, minor: number): readonly Remark[] =>
  configFiles.flags
    .filter(({ component, name, value }) => {
      const isLock = component === 'kube-controller-manager' && name === 'leader-elect-resource-lock';
      return isLock && value === 'leases' && minor < 14;
    })
    .map((flag) =>
      remark(
        'fatal',
        flag,
        `kube-controller-manager of v1.${minor} knows no lock leases, and ends with "Invalid lock-type"`,
      ),
    );

/** Settings that are read only to be named. */
const namedRemarks = (configFiles: ConfigFiles, settings: readonly ConfigSetting[], minor: number): readonly Remark[] =>
  settings.flatMap((setting) => {
    if (setting.name === 'controllers') return controllerRemarks(setting, minor);
    if (setting.name === 'feature-gates' || setting.name.startsWith('featureGates.')) return gateRemarks(setting);
    if (!['config', 'config-dir', 'dynamic-config-dir'].includes(setting.name)) return [];
    const isKubeadms = setting.value === '/var/lib/kubelet/config.yaml';
    if (setting.name === 'config' && isKubeadms && configFiles.documents.includes('KubeletConfiguration')) {
      return [remark('note', setting, `${setting.value} is taken to be the KubeletConfiguration that is given`)];
    }
    return [remark('unread', setting, `what stands in ${setting.value} may set every field of KubeletConfiguration`)];
  });

const beatenRemarks = ({ beaten }: SettingsOn, version: Version): readonly Remark[] =>
  beaten.map(({ setting, by }) => {
    const how =
      by.form === 'kubeadm' && sortsArgs(version)
        ? 'this kubeadm sorts flags by name and value, so'
        : 'of equal flags the last counts:';
    return remark(
      'ignored',
      setting,
      `${setting.name} ${setting.value} is passed beside ${by.value}: ${how} ${by.value} holds`,
    );
  });

/** kubeadm's first node and the joined ones may have other flags. */
const nodeRemarks = (
  configFiles: ConfigFiles,
  settings: readonly ConfigSetting[],
  scope: RunScope | null,
): readonly Remark[] => {
  const own = settings.filter(({ nodes, name }) => nodes !== 'all' && kindOf('kubelet', name) !== 'text');
  const [judged, others] = [
    own.filter((each) => isJudged(configFiles, each)),
    own.filter((each) => !isJudged(configFiles, each)),
  ];
  const differing = others.filter(
    (other) =>
      !judged.some(
        ({ name, value }) => name === other.name && isSameValue(kindOf('kubelet', name), value, other.value),
      ),
  );
  const missing = configFiles.hasJoined
    ? judged.filter(({ name }) => !others.some((other) => other.name === name))
    : [];
  if (!configFiles.hasJoined) {
    return judged.map((setting) =>
      remark(
        'note',
        setting,
        `${setting.name} is the first node's: no JoinConfiguration says what joined nodes have, and they are taken to have it too`,
      ),
    );
  }
  return [
    ...differing.map((setting) => {
      const theirs = judged.find(({ name }) => name === setting.name)?.value ?? 'not set';
      return remark(
        'notRun',
        setting,
        `the first node has ${setting.name} ${setting.value}, joined nodes ${theirs}: figures and a run are those of joined nodes`,
      );
    }),
    ...missing.map((setting) =>
      remark(
        // Of a first node whose file is not among them nobody says that it has it not.
        scope === null || configFiles.documents.some((title) => title.startsWith('InitConfiguration '))
          ? 'notRun'
          : 'note',
        setting,
        `joined nodes have ${setting.name} ${setting.value}, the first node not: figures and a run are those of joined nodes`,
      ),
    ),
  ];
};

/** Where nobody named the version, one that is assumed cannot keep a component from starting. */
const startRemarks = (
  configFiles: ConfigFiles,
  findings: readonly UserConfigFinding[],
  kubernetesVersion: string,
  isAssumed: boolean,
): readonly Remark[] =>
  startFaults(configFiles, kubernetesVersion)
    .filter((fault) => !isSaidBy(fault, findings))
    .map((fault) => remark(fault.isKnown && !isAssumed ? 'fatal' : 'unread', fault, fault.text));

const versionRemark = ({ unversioned, files }: ConfigFiles, kubernetesVersion: string): Remark =>
  remark(
    'noVersion',
    { origin: unversioned[0] ?? files.join(', ') },
    `figures take the defaults of ${kubernetesVersion}: --kubernetes says which version counts`,
  );

/**
 * Bugs of the version that matter to whoever chooses settings; what one may spoil cannot be predicted, nor can what one does
 * that the other side of a review has not.
 */
const bugRemarks = (
  configFiles: ConfigFiles,
  config: UserConfig,
  kubernetesVersion: string,
  release: Beside['release'],
): readonly Remark[] => {
  const { eviction } = effectiveOfUserConfig(config, exactVersion(kubernetesVersion));
  const evictsByTolerations = eviction.kind === 'tolerations';
  const added: readonly BugOf[] = release?.newBugs ?? [];
  const others = bugsThatMatter({ kubernetesVersion, faults: null, evictsByTolerations }).filter(
    ({ bug }) => !added.some((one) => one.bug.id === bug.id),
  );
  return [...added, ...others].map((one) => {
    const { hides } = one.bug;
    const weight = hides === undefined && !added.includes(one) ? 'note' : 'unknown';
    return remark(weight, { origin: configFiles.files.join(', ') }, bugSentence(one, kubernetesVersion), hides ?? null);
  });
};

/**
 * What acts beside every figure. A review names it as what no run brings in; where something is run, what has no part in
 * that is a note.
 */
const asideRemarks = ({ asides }: ConfigFiles, scope: RunScope | null): readonly Remark[] =>
  asides.map((each) => {
    const weight = scope === null || bearsOnRun(each, scope) ? 'notRun' : 'note';
    return remark(weight, each, `${each.key} ${each.value}: ${each.text}`);
  });

/** What neither a run nor the model has, but for what other remarks name already. */
const leftOutRemarks = (configFiles: ConfigFiles, minor: number, others: readonly Remark[]): readonly Remark[] => {
  const isNamed = ({ origin, name }: LeftOut): boolean =>
    others.some(
      (each) =>
        each.origin === origin &&
        ['fatal', 'unknown', 'unread', 'notRun'].includes(each.weight) &&
        name.split('.').some((word) => each.text.includes(word)),
    );
  return leftOut(configFiles, minor)
    .filter((each) => !isNamed(each))
    .map((each) => remark('notRun', each, each.text));
};

export type RemarkOptions = {
  readonly kubernetesVersion: string;
  readonly isAssumed: boolean;
  /** What is run with the settings, or predicted by the model; null: nothing, as in a review. */
  readonly scope: RunScope | null;
  readonly beside: Beside;
};

/** What a review found beside the settings. */
const besideRemarks = ({ files }: ConfigFiles, { differences, release }: Beside): readonly Remark[] => [
  ...differences.map((each) => remark('unknown', each, each.text)),
  ...(release === null
    ? []
    : [remark(release.isAnotherMinor ? 'unknown' : 'note', { origin: files.join(', ') }, release.text)]),
];

/** Every remark for a reader of given settings on a version; what matters most first. */
export const remarksOf = (
  configFiles: ConfigFiles,
  on: SettingsOn,
  config: UserConfig,
  { kubernetesVersion, isAssumed, scope, beside }: RemarkOptions,
): readonly Remark[] => {
  const version = exactVersion(kubernetesVersion);
  const originOf = ({ component, name }: UserConfigFinding): ConfigSetting | undefined =>
    on.settings.find((each) => each.component === component && each.name === name && isJudged(configFiles, each));
  const findings = userConfigFindings(config, kubernetesVersion);
  const found = findings.map(
    (each): Remark => ({
      weight: each.weight,
      about: each.about ?? (each.weight === 'unknown' ? 'other' : null),
      origin: originOf(each)?.origin ?? '',
      text: each.text,
      isPassed: each.about !== 'all',
    }),
  );
  const remarks = [
    ...found,
    ...startRemarks(configFiles, findings, kubernetesVersion, isAssumed),
    ...(isAssumed ? [versionRemark(configFiles, kubernetesVersion)] : []),
    ...besideRemarks(configFiles, beside),
    ...unreadOn(configFiles, version.minor).map((each) => remark('unread', each, each.text)),
    ...namedRemarks(configFiles, on.settings, version.minor),
    ...unmodelledGateRemarks(configFiles, version.minor),
    ...lockRemarks(configFiles, version.minor),
    ...nodeRemarks(configFiles, on.settings, scope),
    ...asideRemarks(configFiles, scope),
    ...shortened(configFiles).map((each) => remark('note', each, each.text)),
    ...configFiles.bounds.map((each) => remark('note', each, `it depends on the machine: ${each.text}`)),
    ...bugRemarks(configFiles, config, kubernetesVersion, beside.release),
    ...beatenRemarks(on, version),
  ];
  return [...remarks, ...(scope === null ? [] : leftOutRemarks(configFiles, version.minor, remarks))].toSorted(
    (a, b) => order.indexOf(a.weight) - order.indexOf(b.weight),
  );
};
