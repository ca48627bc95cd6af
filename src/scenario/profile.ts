import { findProfile, type Profile, profileNames, type UserConfig } from '../profile/index.ts';
import type { ParsedProfile } from './schema.ts';

type Inline = Exclude<ParsedProfile, string>;

/** A part of a period that is not there is for the profile to refuse. */
const shutdownOf = ({
  shutdownGracePeriod: period,
  shutdownGracePeriodCriticalPods: critical,
}: Inline): Pick<Profile, 'shutdown'> =>
  period === undefined && (critical ?? 0) === 0
    ? {}
    : { shutdown: { gracePeriodMs: period ?? 0, criticalPodsMs: critical ?? 0 } };

/**
 * The profile that a scenario names or spells out; `clash` says what is wrong with the name of its own; `beside`
 * are fields that stand beside a userConfig, which passes nothing else.
 */
export const readProfile = (
  parsed: ParsedProfile,
): { readonly profile: Profile; readonly clash: string | null; readonly beside: readonly string[] } => {
  if (typeof parsed === 'string') {
    const profile = findProfile(parsed);
    if (profile === null) throw new TypeError(`the schema let an unknown profile through: ${parsed}`);
    return { profile, clash: null, beside: [] };
  }
  const profile: Profile = {
    name: parsed.name,
    nodeStatusUpdateFrequencyMs: parsed.nodeStatusUpdateFrequency ?? null,
    nodeMonitorPeriodMs: parsed.nodeMonitorPeriod ?? null,
    nodeMonitorGracePeriodMs: parsed.nodeMonitorGracePeriod ?? null,
    evictionAfterMs: parsed.evictionAfter ?? null,
    evictionBy: parsed.evictionBy ?? null,
    ...shutdownOf(parsed),
    // A key that is not written is not there: no value is undefined.
    ...(parsed.userConfig === undefined ? {} : { userConfig: parsed.userConfig as UserConfig }),
  };
  const { name, userConfig, ...fields } = parsed;
  const clash = profileNames.includes(name)
    ? `expected a name that no known profile has, received ${JSON.stringify(name)}`
    : null;
  return { profile, clash, beside: userConfig === undefined ? [] : Object.keys(fields) };
};
