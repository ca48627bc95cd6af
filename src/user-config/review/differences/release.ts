import { type BugOf, bugsOf } from '../../../known-bugs/index.ts';
import { exactVersion } from '../../../profile/index.ts';

/** That the two sides of a review are not of one version, in words. */
export type ReleaseChange = {
  readonly isAnotherMinor: boolean;
  readonly text: string;
  /** Known bugs of the candidate that the base has not, or only may have. */
  readonly newBugs: readonly NewBug[];
};

export type NewBug = BugOf & { readonly was: 'hasNot' | 'mayHave' };

const newBugs = (base: string, candidate: string): readonly NewBug[] => {
  const before = new Map(bugsOf(base).map(({ bug, status }) => [bug.id, status]));
  return bugsOf(candidate).flatMap(({ bug, status }): readonly NewBug[] => {
    const was = before.get(bug.id) ?? 'hasNot';
    return was === 'has' || was === status ? [] : [{ bug, status, was }];
  });
};

/** What a minor changes beside every setting, as far as its sources were read. */
const known: Readonly<Record<number, string>> = {
  // @see kubernetes v1.22.17 cmd/kubeadm/app/componentconfigs/kubelet.go, Default; v1.19.16 does so for Docker alone
  22: 'kubelets that kubeadm of v1.22 and later sets up have the cgroup driver systemd',
  // @see kubernetes v1.24.17 pkg/kubelet, which has no dockershim
  24: 'kubelets of v1.24 and later do not use Docker themselves (dockershim)',
  // @see kubernetes v1.35.4 pkg/kubelet/apis/config/v1beta1/defaults.go, where v1.34.4 has false
  35: 'kubelets of v1.35 and later do not start on cgroup v1 (failCgroupV1)',
};

/**
 * What nobody here knows of two versions beside figures; null where they are one.
 * @see https://kubernetes.io/releases/version-skew-policy: an upgrade takes every minor, and none goes back
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const releaseChange = (base: string, candidate: string): ReleaseChange | null => {
  if (base === candidate) return null;
  const bugs = newBugs(base, candidate);
  const [from, to] = [exactVersion(base).minor, exactVersion(candidate).minor];
  if (from === to) {
    const text = `${base} → ${candidate}: what else that patch changes is not compared`;
    return { isAnotherMinor: false, text, newBugs: bugs };
  }
  const crossed = Object.entries(known).filter(([minor]) => from < Number(minor) && Number(minor) <= to);
  const sentences = [
    `${base} → ${candidate}: what else ${to === from + 1 ? 'that release changes' : 'these releases change'} is not compared`,
    ...(to < from ? ['no release supports the way back to an older minor'] : []),
    ...(to > from + 1 ? ['kubeadm upgrades by one minor at a time'] : []),
    ...crossed.map(([, text]) => text),
  ];
  return { isAnotherMinor: true, text: sentences.join('; '), newBugs: bugs };
};
