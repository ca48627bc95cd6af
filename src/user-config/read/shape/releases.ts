import { maxPatchOf } from '../../../common/kubernetes/patches.ts';

const isPlain = (digits: string): boolean => /^(?:0|[1-9]\d*)$/.test(digits);

/** Whether there may be a release v1.MINOR.PATCH: digits as they are written, without zeros before them. */
export const isRelease = (minor: string, patch: string): boolean =>
  isPlain(minor) && isPlain(patch) && Number(patch) <= maxPatchOf(minor);
