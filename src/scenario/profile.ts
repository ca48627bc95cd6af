import { findProfile, type Profile, profileNames } from '../profile/index.ts';
import type { ParsedProfile } from './schema.ts';

/** The profile that a scenario names or spells out; `clash` says what is wrong with the name of its own. */
export const readProfile = (parsed: ParsedProfile): { readonly profile: Profile; readonly clash: string | null } => {
  if (typeof parsed === 'string') {
    const profile = findProfile(parsed);
    if (profile === null) throw new TypeError(`the schema let an unknown profile through: ${parsed}`);
    return { profile, clash: null };
  }
  const profile: Profile = {
    name: parsed.name,
    nodeStatusUpdateFrequencyMs: parsed.nodeStatusUpdateFrequency ?? null,
    nodeMonitorPeriodMs: parsed.nodeMonitorPeriod ?? null,
    nodeMonitorGracePeriodMs: parsed.nodeMonitorGracePeriod ?? null,
    evictionAfterMs: parsed.evictionAfter ?? null,
    evictionBy: parsed.evictionBy ?? null,
  };
  const clash = profileNames.includes(parsed.name)
    ? `expected a name that no known profile has, received ${JSON.stringify(parsed.name)}`
    : null;
  return { profile, clash };
};
