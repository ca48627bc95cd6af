import { secondsText } from '../../common/duration.ts';
import type { EffectiveSettings } from '../../profile/index.ts';
import { isHollow } from '../../scenario/index.ts';
import type { Plan, PlannedFault, PlannedPhase } from '../types.ts';
import { nodesText } from './hollow.ts';

type Heartbeat = Pick<
  EffectiveSettings,
  'nodeLeaseDurationSeconds' | 'leaseRenewIntervalMs' | 'leaseJitter' | 'withoutLeases'
>;

/** How long a lease is its holder's after its last renewal, in ms. */
const leaseMs = ({ nodeLeaseDurationSeconds }: Heartbeat): number => nodeLeaseDurationSeconds * 1000;

/** No constant of kwok: within this it has started again, and tries for the first time. */
const startMs = 1000;

/** Without leases kwok takes none over. */
const mayHold = (fault: PlannedFault, effective: Heartbeat): boolean =>
  fault.kind === 'kubelet-stop' && effective.withoutLeases !== true && fault.targets.some(isHollow);

const isShort = ({ startMs: fromMs, endMs }: PlannedFault['occurrences'][number], effective: Heartbeat): boolean =>
  endMs - fromMs < leaseMs(effective);

/**
 * The phases with the silence of hollow nodes under kubelet-stop at its longest. kwok has another name as holder of a lease
 * with each start, so that it takes a lease over only once that has run out: its duration after the last renewal, at the
 * first of its tries, which are as far apart as renewals. The very phases where no fault is shorter than that.
 * @see kwok v0.8.0 pkg/kwok/controllers: controller.go, Identity; node_lease_controller.go, tryAcquireOrRenew, nextTryDuration
 */
export const untilLeasesRunOut = (phases: readonly PlannedPhase[], effective: Heartbeat): readonly PlannedPhase[] => {
  const tryMs = effective.leaseRenewIntervalMs * (1 + effective.leaseJitter);
  const stretched = (one: PlannedFault['occurrences'][number]) =>
    isShort(one, effective) ? { ...one, endMs: one.startMs + leaseMs(effective) + tryMs + startMs } : one;
  const isHeld = (fault: PlannedFault): boolean =>
    mayHold(fault, effective) && fault.occurrences.some((one) => isShort(one, effective));
  if (!phases.some((phase) => phase.kind === 'fault' && phase.inject.some(isHeld))) return phases;
  return phases.map((phase) => {
    if (phase.kind !== 'fault') return phase;
    const inject = phase.inject.flatMap((fault) => {
      if (!isHeld(fault)) return [fault];
      const real = fault.targets.filter((node) => !isHollow(node));
      const hollow = {
        ...fault,
        targets: fault.targets.filter(isHollow),
        occurrences: fault.occurrences.map(stretched),
      };
      return real.length === 0 ? [hollow] : [{ ...fault, targets: real }, hollow];
    });
    return { ...phase, inject };
  });
};

/** Each fault that is over before the leases of its hollow nodes have run out, in words: what these do then is kwok's own. */
export const heldLeases = ({
  phases,
  profile: { effective },
}: Pick<Plan, 'phases'> & { readonly profile: { readonly effective: Heartbeat } }): readonly string[] =>
  phases.flatMap((phase) => {
    if (phase.kind !== 'fault') return [];
    return phase.inject
      .filter((fault) => mayHold(fault, effective))
      .flatMap(({ id, targets, occurrences }) => {
        const short = occurrences.filter((one) => isShort(one, effective));
        if (short.length === 0) return [];
        const shortestMs = Math.min(...short.map((one) => one.endMs - one.startMs));
        return [
          `${id} on ${nodesText(targets.filter(isHollow))} lasts ${secondsText(shortestMs)}, and kwok, which is another holder after each start, renews a lease only once it has run out, ${secondsText(leaseMs(effective))} after its last renewal: for so long they are silent, and what comes of it is kwok’s, not a kubelet’s`,
        ];
      });
  });
