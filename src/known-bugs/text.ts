import { exactVersion } from '../profile/index.ts';
import { type BugOf, nextFix } from './find.ts';
import { measured } from './measured.ts';
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

/** Where the bug was seen in real controllers or on real clusters, and where it was not; or why nobody measures it here. */
export const measuredText = ({ id }: KnownBug): string => {
  const of = measured[id];
  if (of === undefined || 'notMeasured' in of) return `not measured: ${of?.notMeasured ?? 'nobody has'}`;
  const seen = [
    ...(of.present.length === 0 ? [] : [`there in ${of.present.join(', ')}`]),
    ...(of.absent.length === 0 ? [] : [`not in ${of.absent.join(', ')}`]),
  ];
  const where = of.run === undefined ? 'the real controllers' : `real clusters, by ${of.run} VERSION`;
  return `${where}: ${seen.join('; ')}`;
};
