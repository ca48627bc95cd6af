import { secondUs } from './constants.ts';
import type { Tolerations } from './state.ts';
import { atLeast, type ModelVersion } from './versions.ts';

/** What the processes of one cluster run with; µs. */
export type ModelSettings = {
  readonly statusUpdateUs: number;
  /** An unchanged status is posted at the first tick after this. */
  readonly statusReportUs: number;
  /** Largest factor by which a loop waits longer than its interval. */
  readonly statusJitter: number;
  readonly leaseRenewUs: number;
  readonly leaseJitter: number;
  /** The kubelet gives up a heartbeat request after this. */
  readonly heartbeatTimeoutUs: number;
  readonly monitorPeriodUs: number;
  readonly graceUs: number;
  readonly eviction:
    | { readonly kind: 'tolerations'; readonly seconds: number }
    | { readonly kind: 'pod-eviction-timeout'; readonly timeoutUs: number };
};

/** What an operator may say; what is left out stays at the version's default. */
export type AskedSettings = {
  readonly statusUpdateSeconds?: number;
  /** `file`: written to the kubelet's configuration, so that an unset report frequency takes the same value. */
  readonly statusUpdateBy?: 'flag' | 'file';
  readonly statusReportSeconds?: number;
  readonly leaseDurationSeconds?: number;
  readonly monitorPeriodSeconds?: number;
  readonly graceSeconds?: number;
  readonly eviction?: ModelSettings['eviction'];
};

const defaultUpdateSeconds = 10;
const defaultLeaseSeconds = 40;
const defaultTolerationSeconds = 300;
const defaultEvictionTimeoutUs = 300 * secondUs;

/** What admission gives a pod that says nothing of these taints itself. @see kubernetes plugin/pkg/admission/defaulttolerationseconds */
export const tolerationsOf = ({ eviction }: ModelSettings): Tolerations => {
  const seconds = eviction.kind === 'tolerations' ? eviction.seconds : defaultTolerationSeconds;
  return { 'not-ready': seconds, unreachable: seconds };
};

/** R: a quarter of the lease's duration since 1.16; before, 10 s, and from 1.14.6 and 1.15.3 on no more than S. */
const renewSeconds = (version: ModelVersion, updateSeconds: number, leaseSeconds: number): number => {
  if (atLeast(version, 16)) return leaseSeconds / 4;
  const followsUpdate = (version.minor === 14 && version.patch >= 6) || (version.minor === 15 && version.patch >= 3);
  return followsUpdate ? Math.min(10, updateSeconds) : 10;
};

/** F: no such thing to 1.12, 1 min to 1.16, then 5 min. Every tick posts on versions without leases. */
const reportSeconds = (version: ModelVersion, asked: AskedSettings, updateSeconds: number): number => {
  if (!atLeast(version, 14)) return updateSeconds;
  if (asked.statusReportSeconds !== undefined) return asked.statusReportSeconds;
  if (asked.statusUpdateSeconds !== undefined && asked.statusUpdateBy !== 'flag') return updateSeconds;
  return atLeast(version, 17) ? 300 : 60;
};

/** 1.22.0, 1.21.2, 1.20.8. */
const leaseJitterOf = (version: ModelVersion): number => {
  const since = { 20: 8, 21: 2 }[version.minor] ?? 0;
  return atLeast(version, 20) && version.patch >= since ? 0.04 : 0;
};

/**
 * What holds on a version, defaults filled in, for the versions that no plan names as well.
 * @see kubernetes pkg/kubelet/apis/config/v1beta1 defaults, pkg/kubelet/nodelease, cmd/kubelet/app/server.go
 */
export const settingsFor = (version: ModelVersion, asked: AskedSettings = {}): ModelSettings => {
  const updateSeconds = asked.statusUpdateSeconds ?? defaultUpdateSeconds;
  const leaseSeconds = asked.leaseDurationSeconds ?? defaultLeaseSeconds;
  const byTimeout = { kind: 'pod-eviction-timeout', timeoutUs: defaultEvictionTimeoutUs } as const;
  const byTolerations = { kind: 'tolerations', seconds: defaultTolerationSeconds } as const;
  return {
    statusUpdateUs: updateSeconds * secondUs,
    statusReportUs: reportSeconds(version, asked, updateSeconds) * secondUs,
    statusJitter: atLeast(version, 23) ? 0.04 : 0,
    leaseRenewUs: renewSeconds(version, updateSeconds, leaseSeconds) * secondUs,
    leaseJitter: leaseJitterOf(version),
    heartbeatTimeoutUs: Math.min(updateSeconds, atLeast(version, 14) ? leaseSeconds : updateSeconds) * secondUs,
    monitorPeriodUs: (asked.monitorPeriodSeconds ?? 5) * secondUs,
    graceUs: (asked.graceSeconds ?? (atLeast(version, 32) ? 50 : 40)) * secondUs,
    eviction: asked.eviction ?? (atLeast(version, 13) ? byTolerations : byTimeout),
  };
};
