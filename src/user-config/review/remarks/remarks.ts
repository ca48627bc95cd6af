import { type BugOf, bugSentence, bugsThatMatter } from '../../../known-bugs/index.ts';
import {
  effectiveOfUserConfig,
  exactVersion,
  isSameValue,
  type UserConfig,
  type UserConfigFinding,
  userConfigFindings,
} from '../../../profile/index.ts';
import { shownText, shownValue } from '../../shown.ts';
import type { ConfigFiles, ConfigSetting } from '../../types.ts';
import type { Beside } from '../differences/beside.ts';
import { bearsOnRun, type LeftOut, leftOut, type RunScope } from '../left-out.ts';
import { isJudged, kindOf, type SettingsOn } from '../settings-on.ts';
import { shortened } from '../start/command-lines.ts';
import { isSaidBy, startFaults } from '../start/start-faults.ts';
import { unreadOn } from '../unread-on.ts';
import { type Remark, remark } from './remark.ts';
import { beatenRemarks, evictionCaveat, lockRemarks, namedRemarks, unmodelledGateRemarks } from './setting-remarks.ts';

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
        'unread',
        setting,
        `${setting.name} is the first node's: no JoinConfiguration says what joined nodes have; left out, they have it too`,
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

/**
 * What acts beside every figure. A review names it as what no run brings in; where something is run, what has no part in
 * that is a note.
 */
const asideRemarks = ({ asides }: ConfigFiles, scope: RunScope | null): readonly Remark[] =>
  asides.map((each) => {
    const weight = scope === null || bearsOnRun(each, scope) ? 'notRun' : 'note';
    return remark(weight, each, `${each.key} ${shownValue(each.key, each.value)}: ${each.text}`);
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

const order: readonly Remark['weight'][] = ['fatal', 'unknown', 'noVersion', 'unread', 'notRun', 'ignored', 'note'];

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
  const found = findings.map((each): Remark => {
    const origin = originOf(each)?.origin ?? '';
    const caveat = evictionCaveat(configFiles, each, version.minor);
    if (caveat !== null) return remark('unknown', { origin }, caveat);
    return {
      weight: each.weight,
      about: each.about ?? (each.weight === 'unknown' ? 'other' : null),
      origin,
      text: each.text,
      isPassed: each.about !== 'all',
    };
  });
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
  return [...remarks, ...(scope === null ? [] : leftOutRemarks(configFiles, version.minor, remarks))]
    .map((each) => ({ ...each, origin: shownText(each.origin), text: shownText(each.text) }))
    .toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
};
