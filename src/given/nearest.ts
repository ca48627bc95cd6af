import { formatDuration } from '../common/duration.ts';
import { type CompiledProfile, compileProfile, type EffectiveSettings, profiles } from '../profile/index.ts';

/** The known profile that settings are, or are closest to, and what they have otherwise. */
export type Nearest = { readonly name: string; readonly differences: readonly string[] };

const evictionMs = ({ eviction }: EffectiveSettings): number =>
  eviction.kind === 'tolerations' ? eviction.seconds * 1000 : eviction.timeoutMs;

const fields: readonly (readonly [string, (effective: EffectiveSettings) => number])[] = [
  ['nodeStatusUpdateFrequency', (effective) => effective.nodeStatusUpdateFrequencyMs],
  ['nodeMonitorPeriod', (effective) => effective.nodeMonitorPeriodMs],
  ['nodeMonitorGracePeriod', (effective) => effective.nodeMonitorGracePeriodMs],
  ['eviction after NotReady', evictionMs],
];

/** How far apart two settings are: by the fields that differ, and among equals by how many times. */
const distance = (one: EffectiveSettings, other: EffectiveSettings): number =>
  fields.reduce((sum, [, pick]) => {
    const [a, b] = [pick(one), pick(other)];
    return a === b ? sum : sum + 1 + Math.min(0.2, Math.abs(Math.log((a + 1) / (b + 1))) / 100);
  }, 0);

/** By what holds on the version once every default is filled in: a flag that says the default changes nothing. */
export const nearestProfile = ({ effective, reading, kubernetesVersion }: CompiledProfile): Nearest | null => {
  const known = profiles.map((profile) => ({
    name: profile.name,
    effective: compileProfile(profile, reading, kubernetesVersion).effective,
  }));
  const [nearest] = known.toSorted((a, b) => distance(effective, a.effective) - distance(effective, b.effective));
  if (nearest === undefined) return null;
  return {
    name: nearest.name,
    differences: fields.flatMap(([name, pick]) => {
      const [own, theirs] = [pick(effective), pick(nearest.effective)];
      return own === theirs ? [] : [`${name} ${formatDuration(own)} instead of ${formatDuration(theirs)}`];
    }),
  };
};
