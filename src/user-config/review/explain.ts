import {
  type EffectiveSettings,
  effectiveOfUserConfig,
  exactVersion,
  notReadPrefix,
  type Profile,
  rowOfUserConfig,
  type UserConfig,
  userConfigName,
} from '../../profile/index.ts';
import { leavesOutValue } from '../shown.ts';
import type { ConfigFiles, ConfigSetting } from '../types.ts';
import { type ClosestProfile, closestProfile } from './closest-profile.ts';
import { type Beside, nothingBeside } from './differences/beside.ts';
import type { RunScope } from './left-out.ts';
import type { Remark } from './remarks/remark.ts';
import { remarksOf } from './remarks/remarks.ts';
import { settingsOn, userConfigOf } from './settings-on.ts';

/** A sentence, and where what it is about stands, `file:line:column`. */
export type Placed = { readonly origin: string; readonly text: string };

export type Explained = {
  readonly kubernetesVersion: string;
  /** What the components get, each setting once: what figures are predicted from. */
  readonly settings: readonly ConfigSetting[];
  readonly profile: Profile;
  /** null: a component would not start with these settings on this version, or does what is not modelled. */
  readonly effective: EffectiveSettings | null;
  readonly nearest: ClosestProfile | null;
  readonly remarks: readonly Remark[];
  /** Versions that files name and that do not count, as beside `--kubernetes`: one sentence each, and its place. */
  readonly otherVersions: readonly Placed[];
  /** Whether nothing stands aside that may change everything: where it is false, figures are shown and nothing is judged. */
  readonly isWhole: boolean;
};

export type ExplainOptions = {
  /** What is named and not read may be left out. */
  readonly allowUnread?: boolean;
  /** Nobody named the version. */
  readonly isAssumed?: boolean;
  /** What is run with the settings, or predicted by the model: what that has not then counts as not read. */
  readonly scope?: RunScope;
};

/** A file's version is part of what it says of a cluster: defaults are those of the one that counts. */
const otherVersions = ({ versions }: ConfigFiles, kubernetesVersion: string): readonly Placed[] => {
  const others = versions
    // A minor alone names the patch that counts, too.
    .filter(({ version }) => version !== kubernetesVersion && !kubernetesVersion.startsWith(`${version}.`))
    .map(({ origin, version }) => ({
      origin,
      text: `it names Kubernetes ${version}, and ${kubernetesVersion} counts instead`,
    }));
  return [...new Map(others.map((each) => [`${each.origin} ${each.text}`, each])).values()];
};

/** Whether nothing can be predicted because of it. */
const hidesAll = ({ weight, about }: Remark): boolean => weight === 'fatal' || about === 'all';

/** Whether it may change everything, and what is predicted, or run, has it not. */
export const isLeftOut = ({ weight, about }: Remark, scope?: RunScope): boolean =>
  weight === 'unread' || (scope !== undefined && (weight === 'notRun' || about === 'other'));

/**
 * What given settings amount to on an exact version: what holds, the nearest known profile, and every remark that a
 * reader should see. Pure.
 * @throws SkipbeatError VERSION_UNSUPPORTED; CONFIG_INVALID where two documents say different things
 */
export const explain = (
  configFiles: ConfigFiles,
  kubernetesVersion: string,
  { allowUnread = false, isAssumed = false, scope }: ExplainOptions = {},
  beside: Beside = nothingBeside,
): Explained => {
  const on = settingsOn(configFiles, kubernetesVersion);
  const config = userConfigOf(configFiles, on.settings);
  const remarks = remarksOf(configFiles, on, config, { kubernetesVersion, isAssumed, scope: scope ?? null, beside });
  const effective = effectiveOfUserConfig(config, exactVersion(kubernetesVersion));
  const isKnown = !remarks.some(hidesAll);
  const isRead = !remarks.some((each) => isLeftOut(each, scope));
  return {
    kubernetesVersion,
    settings: on.settings,
    profile: rowOfUserConfig(userConfigName, config, effective),
    effective: isKnown ? effective : null,
    nearest: isKnown ? closestProfile(effective, kubernetesVersion) : null,
    remarks,
    otherVersions: otherVersions(configFiles, kubernetesVersion),
    isWhole: !isAssumed && (allowUnread || (isRead && beside.differences.length === 0)),
  };
};

/** As long a text as a scenario takes. */
const maxLength = 1000;

const shortened = (text: string): string => (text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text);

/**
 * The profile as a scenario's YAML spells it out, to be put in the place of the scenario's own: with what a run of it has
 * not, for its report to say.
 */
export const inlineProfile = ({
  profile,
  remarks,
  otherVersions: versions,
}: Explained): { readonly name: string; readonly userConfig: UserConfig } => {
  if (profile.userConfig === undefined) throw new TypeError('explain makes profiles of a userConfig');
  const left = remarks
    .filter(({ weight }) => weight === 'unread' || weight === 'notRun')
    .map(({ origin, text, weight }) => ({
      origin,
      text: `${weight === 'unread' || leavesOutValue(text) ? notReadPrefix : ''}${text}`,
    }));
  const notInRun = [...versions, ...left].map(({ origin, text }) => ({ at: shortened(origin), text: shortened(text) }));
  return {
    name: profile.name,
    userConfig: { ...profile.userConfig, ...(notInRun.length === 0 ? {} : { notInRun }) },
  };
};
