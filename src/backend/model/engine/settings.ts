import {
  type ControllerManagerSettings,
  controllerManagerDefaults,
  defaultGraceMs,
  defaultReportFrequencyMs,
  fixedRenewMs,
  hasLeases,
  hasTaintEviction,
  heartbeatTimeoutMs,
  leaseJitterOf,
  leaseSetsRenewal,
  statusJitterOf,
} from '../../../profile/index.ts';
import { secondUs } from './constants.ts';
import type { Tolerations } from './state.ts';
import type { ModelVersion } from './versions.ts';

/** What the processes of one cluster run with; µs. */
export type ModelSettings = {
  readonly statusUpdateUs: number;
  /** An unchanged status is posted at the first tick after this. */
  readonly statusReportUs: number;
  /** Largest factor by which a loop waits longer than its interval. */
  readonly statusJitter: number;
  readonly leaseRenewUs: number;
  readonly leaseJitter: number;
  /** Until its lease has run out, so long after its last renewal, nobody else takes it over. */
  readonly leaseDurationUs: number;
  /** How long a kubelet holds up the shutdown of its node, and what of it is for critical pods; left out: not at all. */
  readonly shutdown?: { readonly gracePeriodUs: number; readonly criticalPodsUs: number };
  /** The kubelet gives up a heartbeat request after this. */
  readonly heartbeatTimeoutUs: number;
  readonly monitorPeriodUs: number;
  readonly graceUs: number;
  /** Of a node without a Ready condition, from its creation. */
  readonly startupGraceUs: number;
  /** How often a zone may lose a node: in order, and while a large zone is partly down. */
  readonly evictionIntervalUs: number;
  /** null: never. */
  readonly secondaryEvictionIntervalUs: number | null;
  readonly largeClusterThreshold: number;
  /** A float32 there. */
  readonly unhealthyZoneThreshold: number;
  /** Requests of one client of the controller manager: one each so long, and so many at once. */
  readonly requestIntervalUs: number;
  readonly requestBurst: number;
  readonly leaderLeaseUs: number;
  readonly leaderDeadlineUs: number;
  readonly leaderRetryUs: number;
  /** A volume that a lost node has in use is detached after 6 min. */
  readonly forceDetach: boolean;
  readonly eviction:
    | { readonly kind: 'tolerations'; readonly seconds: number }
    | { readonly kind: 'pod-eviction-timeout'; readonly timeoutUs: number };
};

type ControllerSettings = Pick<
  ModelSettings,
  | 'startupGraceUs'
  | 'evictionIntervalUs'
  | 'secondaryEvictionIntervalUs'
  | 'largeClusterThreshold'
  | 'unhealthyZoneThreshold'
  | 'requestIntervalUs'
  | 'requestBurst'
  | 'leaderLeaseUs'
  | 'leaderDeadlineUs'
  | 'leaderRetryUs'
  | 'forceDetach'
>;

/** How a rate is kept: one each so long. */
const intervalUs = (perSecond: number): number => Math.round(secondUs / perSecond);

/** What no profile says of a controller manager, in the model's units. */
export const controllerSettings = (of: ControllerManagerSettings): ControllerSettings => ({
  startupGraceUs: of.nodeStartupGracePeriodMs * 1000,
  evictionIntervalUs: intervalUs(of.nodeEvictionRatePerSecond),
  secondaryEvictionIntervalUs:
    of.secondaryNodeEvictionRatePerSecond === 0 ? null : intervalUs(of.secondaryNodeEvictionRatePerSecond),
  largeClusterThreshold: of.largeClusterSizeThreshold,
  unhealthyZoneThreshold: Math.fround(of.unhealthyZoneThreshold),
  requestIntervalUs: intervalUs(of.kubeApiRequestsPerSecond),
  requestBurst: of.kubeApiBurst,
  // The record holds whole seconds.
  leaderLeaseUs: Math.floor(of.leaderElectLeaseDurationMs / 1000) * secondUs,
  leaderDeadlineUs: of.leaderElectRenewDeadlineMs * 1000,
  leaderRetryUs: of.leaderElectRetryPeriodMs * 1000,
  forceDetach: of.disableForceDetachOnTimeout !== true,
});

export const controllerDefaults = controllerSettings(controllerManagerDefaults);

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
  readonly controllerManager?: Partial<ControllerManagerSettings>;
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

/** R: a quarter of the lease's duration where that sets it. */
const renewUs = (version: ModelVersion, updateSeconds: number, leaseSeconds: number): number =>
  leaseSetsRenewal(version) ? (leaseSeconds / 4) * secondUs : fixedRenewMs(version, updateSeconds * 1000) * 1000;

/** F: every tick posts on versions without leases. */
const reportUs = (version: ModelVersion, asked: AskedSettings, updateSeconds: number): number => {
  if (!hasLeases(version)) return updateSeconds * secondUs;
  if (asked.statusReportSeconds !== undefined) return asked.statusReportSeconds * secondUs;
  if (asked.statusUpdateSeconds !== undefined && asked.statusUpdateBy !== 'flag') return updateSeconds * secondUs;
  return defaultReportFrequencyMs(version) * 1000;
};

/**
 * What holds on a version, defaults filled in, also for what no profile says. What a version has is `src/profile`'s to know.
 * @see kubernetes pkg/kubelet/apis/config/v1beta1 defaults, pkg/kubelet/nodelease, cmd/kubelet/app/server.go
 */
export const settingsFor = (version: ModelVersion, asked: AskedSettings = {}): ModelSettings => {
  const updateSeconds = asked.statusUpdateSeconds ?? defaultUpdateSeconds;
  const leaseSeconds = asked.leaseDurationSeconds ?? defaultLeaseSeconds;
  const byTimeout = { kind: 'pod-eviction-timeout', timeoutUs: defaultEvictionTimeoutUs } as const;
  const byTolerations = { kind: 'tolerations', seconds: defaultTolerationSeconds } as const;
  return {
    statusUpdateUs: updateSeconds * secondUs,
    statusReportUs: reportUs(version, asked, updateSeconds),
    statusJitter: statusJitterOf(version),
    leaseRenewUs: renewUs(version, updateSeconds, leaseSeconds),
    leaseJitter: leaseJitterOf(version),
    leaseDurationUs: leaseSeconds * secondUs,
    heartbeatTimeoutUs:
      heartbeatTimeoutMs({
        nodeStatusUpdateFrequencyMs: updateSeconds * 1000,
        nodeLeaseDurationSeconds: leaseSeconds,
        ...(hasLeases(version) ? {} : { withoutLeases: true }),
      }) * 1000,
    monitorPeriodUs: (asked.monitorPeriodSeconds ?? 5) * secondUs,
    graceUs: asked.graceSeconds === undefined ? defaultGraceMs(version) * 1000 : asked.graceSeconds * secondUs,
    ...controllerSettings({ ...controllerManagerDefaults, ...asked.controllerManager }),
    eviction: asked.eviction ?? (hasTaintEviction(version) ? byTolerations : byTimeout),
  };
};
