import { formatDuration, parseDurationMs } from '../common/duration.ts';
import { compileProfile, type EffectiveSettings, exactVersion, type Profile, type Reading } from '../profile/index.ts';
import { type Nearest, nearestProfile } from './nearest.ts';
import { type Remark, remarksOf } from './remarks.ts';
import type { Component, Given, GivenSetting } from './types.ts';

export type Explained = {
  readonly kubernetesVersion: string;
  readonly profile: Profile;
  readonly reading: Reading;
  /** null: a component would not start with these flags on this version. */
  readonly effective: EffectiveSettings | null;
  readonly nearest: Nearest | null;
  readonly remarks: readonly Remark[];
  /** What profiles warn of, for this one. */
  readonly warnings: readonly string[];
};

export type Lookup = {
  readonly text: (component: Component, name: string) => GivenSetting | null;
  readonly ms: (component: Component, name: string) => number | null;
};

const lookupIn = ({ settings }: Given): Lookup => {
  const text: Lookup['text'] = (component, name) =>
    settings.find((each) => each.component === component && each.name === name) ?? null;
  return { text, ms: (component, name) => parseDurationMs(text(component, name)?.value ?? '') };
};

/** To v1.26 both flags exist, and the taint manager, which counts since v1.13, decides which of two ways evicts. */
const evictionOf = (given: Lookup, minor: number): Pick<Profile, 'evictionAfterMs' | 'evictionBy'> => {
  const manager = given.text('kube-controller-manager', 'enable-taint-manager')?.value;
  if (minor < 13 || (minor < 27 && manager === 'false')) {
    const timeoutMs = given.ms('kube-controller-manager', 'pod-eviction-timeout');
    if (minor < 13 && timeoutMs === null) return { evictionAfterMs: null, evictionBy: null };
    return { evictionAfterMs: timeoutMs ?? 300_000, evictionBy: 'pod-eviction-timeout' };
  }
  // A node that is silent becomes Unknown, so unreachable: that toleration is the one that counts.
  const seconds = given.text('kube-apiserver', 'default-unreachable-toleration-seconds')?.value;
  if (seconds === undefined) return { evictionAfterMs: null, evictionBy: null };
  return { evictionAfterMs: Number(seconds) * 1000, evictionBy: 'tolerations' };
};

/** The lease carries the frequency and reports stay at 5 m: then the files say what the equivalent reading says. */
const readingOf = (given: Lookup): Reading => {
  const updateMs = given.ms('kubelet', 'nodeStatusUpdateFrequency');
  const lease = given.text('kubelet', 'nodeLeaseDurationSeconds')?.value;
  const reportMs = given.ms('kubelet', 'nodeStatusReportFrequency');
  return updateMs !== null && lease !== undefined && Number(lease) * 1000 === updateMs * 4 && reportMs === 300_000
    ? 'equivalent'
    : 'literal';
};

/**
 * What given settings amount to on an exact version: the profile that they are, the nearest known one, and every remark
 * that a reader should hear. Pure.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const explain = (given: Given, kubernetesVersion: string): Explained => {
  const { minor } = exactVersion(kubernetesVersion);
  const lookup = lookupIn(given);
  const reading = readingOf(lookup);
  const profile: Profile = {
    name: 'given',
    nodeStatusUpdateFrequencyMs: lookup.ms('kubelet', 'nodeStatusUpdateFrequency'),
    nodeMonitorPeriodMs: lookup.ms('kube-controller-manager', 'node-monitor-period'),
    nodeMonitorGracePeriodMs: lookup.ms('kube-controller-manager', 'node-monitor-grace-period'),
    ...evictionOf(lookup, minor),
  };
  const remarks = remarksOf(given, lookup, { kubernetesVersion, minor, reading });
  const starts = !remarks.some(({ weight }) => weight === 'fatal');
  const compiled = starts ? compileProfile(profile, reading, kubernetesVersion) : null;
  return {
    kubernetesVersion,
    profile,
    reading,
    effective: compiled?.effective ?? null,
    nearest: compiled === null ? null : nearestProfile(compiled),
    remarks,
    warnings: compiled?.warnings ?? [],
  };
};

/** The profile as a scenario's YAML spells it out, to be put in the place of the scenario's own. */
export const inlineProfile = ({ profile }: Explained): Readonly<Record<string, string>> => {
  const durations = {
    nodeStatusUpdateFrequency: profile.nodeStatusUpdateFrequencyMs,
    nodeMonitorPeriod: profile.nodeMonitorPeriodMs,
    nodeMonitorGracePeriod: profile.nodeMonitorGracePeriodMs,
    evictionAfter: profile.evictionAfterMs,
  };
  const written = Object.entries(durations).flatMap(([name, ms]) => (ms === null ? [] : [[name, formatDuration(ms)]]));
  return {
    name: profile.name,
    ...Object.fromEntries(written),
    ...(profile.evictionBy === null ? {} : { evictionBy: profile.evictionBy }),
  };
};
