import { formatDuration } from '../../common/duration.ts';
import {
  compileProfile,
  controllerManagerFigures,
  controllerManagerOf,
  type EffectiveSettings,
  profiles,
  type Reading,
  unsupportedSettings,
} from '../../profile/index.ts';

/** The known profile that settings are, or are closest to, and what they have otherwise. */
export type ClosestProfile = {
  readonly name: string;
  readonly reading: Reading;
  readonly differences: readonly string[];
};

const evictionText = ({ eviction }: EffectiveSettings): string =>
  eviction.kind === 'tolerations'
    ? formatDuration(eviction.seconds * 1000)
    : `${formatDuration(eviction.timeoutMs)} by pod-eviction-timeout`;

const evictionMs = ({ eviction }: EffectiveSettings): number =>
  eviction.kind === 'tolerations' ? eviction.seconds * 1000 : eviction.timeoutMs;

type Field = {
  readonly name: string;
  readonly ms: (effective: EffectiveSettings) => number;
  readonly text: (effective: EffectiveSettings) => string;
  readonly isEviction?: true;
  /** One of the settings that profiles never change: it is shown where a side has it otherwise. */
  readonly isRare?: true;
};

const duration = (name: string, ms: Field['ms']): Field => ({ name, ms, text: (each) => formatDuration(ms(each)) });

/** Everything that holds and that settings can change. */
export const effectiveFields: readonly Field[] = [
  duration('nodeStatusUpdateFrequency', (each) => each.nodeStatusUpdateFrequencyMs),
  duration('nodeStatusReportFrequency', (each) => each.nodeStatusReportFrequencyMs),
  duration('lease duration', (each) => each.nodeLeaseDurationSeconds * 1000),
  duration('lease renewal', (each) => each.leaseRenewIntervalMs),
  duration('nodeMonitorPeriod', (each) => each.nodeMonitorPeriodMs),
  duration('nodeMonitorGracePeriod', (each) => each.nodeMonitorGracePeriodMs),
  { name: 'eviction after NotReady', ms: evictionMs, text: evictionText, isEviction: true },
  ...controllerManagerFigures.map(
    ({ flag, value, text }): Field => ({
      name: flag,
      ms: (each) => value(controllerManagerOf(each)),
      text: (each) => text(controllerManagerOf(each)),
      isRare: true,
    }),
  ),
];

/** How far apart two settings are: by the fields that differ, and among equals by how many times. */
const distance = (one: EffectiveSettings, other: EffectiveSettings): number =>
  effectiveFields.reduce((sum, { ms, text }) => {
    if (text(one) === text(other)) return sum;
    return sum + 1 + Math.min(0.2, Math.abs(Math.log((ms(one) + 1) / (ms(other) + 1))) / 100);
  }, 0);

const readings: readonly Reading[] = ['literal', 'equivalent'];

/** By what holds on the version once every default is filled in: a flag that says the default changes nothing. */
export const closestProfile = (effective: EffectiveSettings, kubernetesVersion: string): ClosestProfile | null => {
  const known = profiles.flatMap((profile) =>
    readings
      .filter((reading) => unsupportedSettings(profile, reading, kubernetesVersion).length === 0)
      .map((reading) => ({
        name: profile.name,
        reading,
        effective: compileProfile(profile, reading, kubernetesVersion).effective,
      })),
  );
  const [closest] = known.toSorted((a, b) => distance(effective, a.effective) - distance(effective, b.effective));
  if (closest === undefined) return null;
  return {
    name: closest.name,
    reading: closest.reading,
    differences: effectiveFields.flatMap(({ name, text }) => {
      const [own, theirs] = [text(effective), text(closest.effective)];
      return own === theirs ? [] : [`${name} ${own} instead of ${theirs}`];
    }),
  };
};
