import { isDeepStrictEqual } from 'node:util';
import type { UserConfig } from '../types.ts';

/**
 * Settings of the same files on several versions as one: what they pass has to be the same, what they say beside it may
 * be in no run of one version alone. Null where they pass something else.
 */
export const joinedUserConfig = (configs: readonly UserConfig[]): UserConfig | null => {
  const [first, ...others] = configs.map(({ notInRun: _told, ...passed }) => passed);
  if (first === undefined || others.some((other) => !isDeepStrictEqual(first, other))) return null;
  const notInRun = [...new Set(configs.flatMap((config) => config.notInRun ?? []))];
  return { ...first, ...(notInRun.length === 0 ? {} : { notInRun }) };
};
