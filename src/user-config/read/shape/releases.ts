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

const isPlain = (digits: string): boolean => /^(?:0|[1-9]\d*)$/.test(digits);

/** Whether there may be a release v1.MINOR.PATCH: digits as they are written, without zeros before them. */
export const isRelease = (minor: string, patch: string): boolean =>
  isPlain(minor) && isPlain(patch) && Number(patch) <= (lastPatches[minor] ?? maxPatches);
