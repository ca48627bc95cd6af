import { exactVersion } from '../profile/index.ts';
import { type BugOf, nextFix } from './find.ts';
import type { KnownBug, VersionRange } from './types.ts';

const rangeText = ([first, last]: VersionRange): string => {
  if (first === last) return `v${first}`;
  return `v${first} to ${last}`;
};

export const rangesText = (ranges: readonly VersionRange[]): string => ranges.map(rangeText).join(', ');

export const affectedText = ({ affected, unverified }: KnownBug): string =>
  rangesText(affected) + (unverified === undefined ? '' : `; perhaps ${rangesText(unverified)}`);

export const fixedText = ({ fixedIn }: KnownBug): string =>
  fixedIn.length === 0 ? 'open' : fixedIn.map((version) => `v${version}`).join(', ');

/** One sentence on a bug of a version, for whoever plans with it. */
export const bugSentence = ({ bug, status }: BugOf, kubernetesVersion: string): string => {
  const has = status === 'has' ? 'has' : 'may have';
  const fix = nextFix(bug, exactVersion(kubernetesVersion));
  return `${kubernetesVersion} ${has} ${bug.id}: ${bug.title} (${fix === null ? 'open' : `fixed in v${fix}`})`;
};
