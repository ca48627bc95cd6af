import { exactVersion, type UserConfig, type UserConfigFinding, userConfigFindings } from '../../../profile/index.ts';
import { shownText } from '../../shown.ts';
import type { ConfigFiles, ConfigSetting } from '../../types.ts';
import type { Beside } from '../differences/beside.ts';
import type { RunScope } from '../left-out.ts';
import { isJudged, type SettingsOn } from '../settings-on.ts';
import { shortened } from '../start/command-lines.ts';
import { unreadOn } from '../unread-on.ts';
import { nodeRemarks } from './node-remarks.ts';
import { type Remark, remark } from './remark.ts';
import { asideRemarks, leftOutRemarks } from './run-remarks.ts';
import { beatenRemarks, evictionCaveat, lockRemarks, namedRemarks, unmodelledGateRemarks } from './setting-remarks.ts';
import { bugRemarks, startRemarks, versionRemark } from './version-remarks.ts';

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
