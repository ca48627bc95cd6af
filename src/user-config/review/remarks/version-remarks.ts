import { type BugOf, bugSentence, bugsThatMatter } from '../../../known-bugs/index.ts';
import {
  effectiveOfUserConfig,
  exactVersion,
  type UserConfig,
  type UserConfigFinding,
} from '../../../profile/index.ts';
import type { ConfigFiles } from '../../types.ts';
import type { Beside } from '../differences/beside.ts';
import { isSaidBy, startFaults } from '../start/start-faults.ts';
import { type Remark, remark } from './remark.ts';

/** Where nobody named the version, one that is assumed cannot keep a component from starting. */
export const startRemarks = (
  configFiles: ConfigFiles,
  findings: readonly UserConfigFinding[],
  kubernetesVersion: string,
  isAssumed: boolean,
): readonly Remark[] =>
  startFaults(configFiles, kubernetesVersion)
    .filter((fault) => !isSaidBy(fault, findings))
    .map((fault) => remark(fault.isKnown && !isAssumed ? 'fatal' : 'unread', fault, fault.text));

export const versionRemark = ({ unversioned, files }: ConfigFiles, kubernetesVersion: string): Remark =>
  remark(
    'noVersion',
    { origin: unversioned[0] ?? files.join(', ') },
    `figures take the defaults of ${kubernetesVersion}: --kubernetes says which version counts`,
  );

/**
 * Bugs of the version that matter to whoever chooses settings; what one may spoil cannot be predicted, nor can what one does
 * that the other side of a review has not.
 */
export const bugRemarks = (
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
