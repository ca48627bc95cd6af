import type { UserConfigFinding } from '../../../profile/index.ts';
import type { ConfigSetting } from '../../types.ts';

/**
 * One sentence on one setting, see `UserConfigFinding`. `unread`: it names what may change everything and is not read.
 * `noVersion`: no version is known, and one is assumed. `notRun`: it does something, and a run does not bring it in.
 * `about` says what cannot be predicted because of it; `other`: something that no figure speaks of.
 */
export type Remark = {
  readonly weight: UserConfigFinding['weight'] | 'unread' | 'noVersion' | 'notRun';
  readonly about: UserConfigFinding['about'] | 'other';
  readonly origin: string;
  readonly text: string;
  /** Whether a run brings the setting in all the same. */
  readonly isPassed: boolean;
};

export const remark = (
  weight: Remark['weight'],
  { origin }: Pick<ConfigSetting, 'origin'>,
  text: string,
  about: Remark['about'] = null,
): Remark => ({
  weight,
  about,
  origin,
  text,
  isPassed: false,
});
