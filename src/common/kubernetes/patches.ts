import { triedPatches } from './version-range.ts';

/**
 * The last patch of minors that get no more, by minor.
 * @see kubernetes CHANGELOG/CHANGELOG-1.11.md to CHANGELOG-1.27.md
 */
const lastPatches: Readonly<Record<string, number>> = {
  '11': 10,
  '12': 10,
  '13': 12,
  '14': 10,
  '15': 12,
  '16': 15,
  '17': 17,
  '18': 20,
  '19': 16,
  '20': 15,
  '21': 14,
  '22': 17,
  '23': 17,
  '24': 17,
  '25': 16,
  '26': 15,
  '27': 16,
};

/** v1.18 had the most patches; a minor that still gets some will not have more. */
const maxPatches = 20;

/** The greatest patch that there may be of a minor. */
export const maxPatchOf = (minor: string): number => lastPatches[minor] ?? maxPatches;

/** The newest patch of a minor that is known here: the last one, or the one that skipbeat was tried with. */
const newestKnown = (minor: string): number => lastPatches[minor] ?? triedPatches[`v1.${minor}`] ?? maxPatches;

/**
 * Of a patch release that is not known here, what is taken in its place, as a sentence; null where it is known. All that
 * depends on the patch goes by the first one that has it, so a newer one is as the newest of them.
 * @param kubernetesVersion exact, `v1.34.4`
 */
export const unknownPatchText = (kubernetesVersion: string): string | null => {
  const [, minor, patch] = /^v1\.(\d+)\.(\d+)$/.exec(kubernetesVersion) ?? [];
  if (minor === undefined || Number(patch) <= newestKnown(minor)) return null;
  return `Kubernetes ${kubernetesVersion} is a patch release that skipbeat does not know: it is taken to do what the newest known one of v1.${minor} does`;
};
