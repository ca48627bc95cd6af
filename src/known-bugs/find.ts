import { newestRead } from '../common/kubernetes/version-range.ts';
import { exactVersion, type Version } from '../profile/index.ts';
import { knownBugs } from './table.ts';
import type { KnownBug, VersionRange } from './types.ts';

export type BugStatus = 'has' | 'mayHave' | 'hasNot';

/** A patch that is left out is the first of a minor where it begins a range, and the last of it where it ends one. */
const parse = (text: string, patch: number): Version => {
  const parts = /^1\.(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) throw new Error(`no version of Kubernetes: ${text}`);
  return { minor: Number(parts[1]), patch: parts[2] === undefined ? patch : Number(parts[2]) };
};

const isBefore = (one: Version, other: Version): boolean =>
  one.minor < other.minor || (one.minor === other.minor && one.patch < other.patch);

const isIn = (version: Version, [first, last]: VersionRange): boolean =>
  !isBefore(version, parse(first, 0)) && !isBefore(parse(last, Number.POSITIVE_INFINITY), version);

/** Whether a version has a bug; what nobody has read may have it: one that is open in the newest may be fixed later. */
export const bugStatus = (bug: KnownBug, version: Version): BugStatus => {
  const isOpen = bug.fixedIn.length === 0;
  if (isOpen && isBefore(newestRead, version)) return 'mayHave';
  if (bug.affected.some((range) => isIn(version, range))) return 'has';
  return bug.unverified?.some((range) => isIn(version, range)) === true ? 'mayHave' : 'hasNot';
};

/** The first version after one that no longer has a bug; null where it is open. */
export const nextFix = ({ fixedIn }: KnownBug, version: Version): string | null =>
  fixedIn.find((fixed) => isBefore(version, parse(fixed, 0))) ?? null;

export type BugOf = { readonly bug: KnownBug; readonly status: Exclude<BugStatus, 'hasNot'> };

/** Asked for each of thousands of candidates of one version. */
const byVersion = new Map<string, readonly BugOf[]>();

/** The bugs that a version has or may have. @throws SkipbeatError VERSION_UNSUPPORTED */
export const bugsOf = (kubernetesVersion: string): readonly BugOf[] => {
  const before = byVersion.get(kubernetesVersion);
  if (before !== undefined) return before;
  const version = exactVersion(kubernetesVersion);
  const bugs = knownBugs.flatMap((bug) => {
    const status = bugStatus(bug, version);
    return status === 'hasNot' ? [] : [{ bug, status }];
  });
  byVersion.set(kubernetesVersion, bugs);
  return bugs;
};

/** More patches than any minor has had. */
const maxPatches = 60;

/** The bugs that some patch of a minor has or may have. @throws SkipbeatError VERSION_UNSUPPORTED */
export const bugsOfMinor = (kubernetesMinor: string): readonly KnownBug[] => {
  const { minor } = exactVersion(`${kubernetesMinor}.0`);
  const patches = Array.from({ length: maxPatches }, (_, patch): Version => ({ minor, patch }));
  return knownBugs.filter((bug) => patches.some((version) => bugStatus(bug, version) !== 'hasNot'));
};

/** What somebody does with a version; `faults` null where settings alone are examined. */
export type Situation = {
  readonly kubernetesVersion: string;
  readonly faults: readonly string[] | null;
  /** Those of them that hit a node with a kubelet: hollow nodes have none. */
  readonly kubeletFaults?: readonly string[];
  readonly evictsByTolerations: boolean;
};

const matters = ({ concerns, source }: KnownBug, situation: Situation): boolean => {
  const { evictsByTolerations } = situation;
  const isOfKubelet = source.startsWith('pkg/kubelet/');
  const faults = (isOfKubelet ? situation.kubeletFaults : null) ?? situation.faults;
  if (concerns.evictsByTolerations === true && !evictsByTolerations) return false;
  if (faults === null) return concerns.review === true;
  return concerns.faults?.some((kind) => faults.includes(kind)) ?? false;
};

/** Those of them that matter to it. @throws SkipbeatError VERSION_UNSUPPORTED */
export const bugsThatMatter = (situation: Situation): readonly BugOf[] =>
  bugsOf(situation.kubernetesVersion).filter(({ bug }) => matters(bug, situation));
