import { parseDurationMs } from '../common/duration.ts';
import type { Profile } from './types.ts';

/** nodeStatusUpdateFrequency, nodeMonitorPeriod, nodeMonitorGracePeriod, eviction after NotReady; null = not passed. */
type Row = readonly [string | null, string | null, string | null, string | null];

/**
 * The five that operators' guides name, in the order of the guides: Kubernetes' own defaults, a grace as short as the
 * heartbeat, and the fast, medium and slow update-and-reaction settings.
 * @see kubespray docs/kubernetes-reliability.md, for the last three
 */
const rows: Readonly<Record<string, Row>> = {
  default: [null, null, null, null],
  'tight-grace': ['10s', '5s', '10s', '10s'],
  fast: ['4s', '2s', '20s', '30s'],
  medium: ['20s', '5s', '2m', '1m'],
  slow: ['1m', '5s', '5m', '1m'],
};

const msOf = (text: string | null): number | null => (text === null ? null : parseDurationMs(text));

export const profiles: readonly Profile[] = Object.entries(rows).map(([name, [update, period, grace, eviction]]) => ({
  name,
  nodeStatusUpdateFrequencyMs: msOf(update),
  nodeMonitorPeriodMs: msOf(period),
  nodeMonitorGracePeriodMs: msOf(grace),
  evictionAfterMs: msOf(eviction),
  evictionBy: null,
}));

export const profileNames: readonly string[] = profiles.map((profile) => profile.name);

/** The profile of that name, or null. */
export const findProfile = (name: string): Profile | null => profiles.find((profile) => profile.name === name) ?? null;
