import {
  type EffectiveSettings,
  exactVersion,
  flapRange,
  outlivedMs,
  scattersReports,
  selfFlapShare,
  steadyFlapShare,
  surelyOutlivedMs,
} from '../../profile/index.ts';
import type { Explained } from './explain.ts';
import type { ReviewRow } from './row.ts';

// How many heartbeats of healthy nodes come too late, of which only bounds are known.

/** All that heartbeats go by, and how often the one who waits for them looks for one. */
const heartbeats = [
  'withoutLeases',
  'leaseRenewIntervalMs',
  'leaseJitter',
  'nodeStatusUpdateFrequencyMs',
  'nodeStatusReportFrequencyMs',
  'statusJitter',
  'nodeMonitorPeriodMs',
] as const satisfies readonly (keyof EffectiveSettings)[];

type Side = { readonly effective: EffectiveSettings; readonly version: string };

/** Whether heartbeats come and are waited for alike: graces between the same two passes are. */
const isAlike = (one: Side, other: Side): boolean =>
  heartbeats.every((name) => one.effective[name] === other.effective[name]) &&
  outlivedMs(one.effective) === outlivedMs(other.effective) &&
  surelyOutlivedMs(one.effective) === surelyOutlivedMs(other.effective) &&
  scattersReports(exactVersion(one.version)) === scattersReports(exactVersion(other.version));

const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

/** Of all heartbeats, and of those after a change of status where more of these may come too late. */
const shown = ({ effective, version }: Side): string => {
  const [steady, max] = [steadyFlapShare(effective), selfFlapShare(effective, version)].map(percent);
  if (max === percent(0)) return percent(0);
  const ofAll = steady === percent(0) ? [] : [`up to ${steady}`];
  return [...ofAll, ...(max === steady ? [] : [`up to ${max} after a change of status`])].join(', ');
};

/** More than this part of a number lies between two that are not the same for how they were added up. */
const rounding = 1e-9;

const isBelow = ([, max]: readonly [number, number], [min]: readonly [number, number]): boolean =>
  max < min * (1 - rounding);

/** Who never flaps is better than who may; of two who may one is only where no share and no rate of theirs can be the same. */
const verdictOf = (base: Side, candidate: Side): ReviewRow['verdict'] => {
  const [one, other] = [base, candidate].map(({ effective, version }) => flapRange(effective, version));
  if (one === undefined || other === undefined) return 'unknown';
  const [before, after] = [one.share[1] > 0, other.share[1] > 0];
  if (!before && !after) return 'same';
  if (before !== after) return after ? 'worse' : 'better';
  if (isAlike(base, candidate)) return 'same';
  if (isBelow(one.share, other.share) && isBelow(one.perSecond, other.perSecond)) return 'worse';
  return isBelow(other.share, one.share) && isBelow(other.perSecond, one.perSecond) ? 'better' : 'unknown';
};

/** The row of heartbeats by which healthy nodes flap. */
export const flapRow = (base: Explained, candidate: Explained): ReviewRow => {
  const sideOf = ({ effective, kubernetesVersion }: Explained): Side | null =>
    effective === null ? null : { effective, version: kubernetesVersion };
  const [one, other] = [sideOf(base), sideOf(candidate)];
  return {
    figure: 'heartbeats of healthy nodes that flap',
    base: one === null ? null : shown(one),
    candidate: other === null ? null : shown(other),
    verdict: one === null || other === null || !base.isWhole || !candidate.isWhole ? 'unknown' : verdictOf(one, other),
  };
};
