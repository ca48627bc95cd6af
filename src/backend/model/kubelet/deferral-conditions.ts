import type { Clock } from '../engine/clock.ts';
import { secondUs } from '../engine/constants.ts';
import type { ModelSettings } from '../engine/settings.ts';
import { isFrozen, isRunning, type NodeState } from '../engine/state.ts';
import type { Behaviour } from '../engine/versions.ts';
import type { ApiServer } from '../network/apiserver.ts';
import { isPlain, type Link } from '../network/link.ts';
import { leaseJitterUs, notifiedAfterUs, statusJitterUs } from './deferred.ts';
import type { WaitingStatus } from './loops.ts';

/** What keeps heartbeats of nodes from being deferred. */
export type DeferralConditions = {
  /** @param leaseWaits its turn is the next thing that happens to it */
  readonly mayDefer: (node: NodeState, leaseWaits: boolean, status: WaitingStatus) => boolean;
  /** The same where both loops wait, and its status would say what its Node object says. */
  readonly isWell: (node: NodeState) => boolean;
  /** Those of its lease, whatever its status is. */
  readonly mayDeferLease: (node: NodeState, leaseWaits: boolean) => boolean;
  /** They may stay deferred though its kubelet is frozen. */
  readonly mayStandStill: (node: NodeState) => boolean;
  /** One that was deferred happens one by one again. */
  readonly roused: (node: NodeState) => void;
  /** A fault on a control plane stands in the way of all nodes, one on a worker in its own. */
  readonly faultBegan: (node: NodeState) => void;
  readonly faultEnded: (node: NodeState) => void;
};

type Parts = {
  readonly settings: ModelSettings;
  readonly behaviour: Behaviour;
  readonly api: Pick<ApiServer, 'isUnhindered'>;
  readonly clock: Pick<Clock, 'now'>;
};

/** Of two nodes with less jitter than this the next heartbeats come at the same microsecond again and again. */
const minJitterUs = 1000;

const isUnhindered = (link: Link | null): boolean => {
  if (link === null) return true;
  const { ways, extraUpUs, extraDownUs, jitterUs, rejects, shared } = link;
  // kwok that renews by old copies has conflicts.
  if (shared?.watchesLeases === false) return false;
  return (
    extraUpUs === 0 && extraDownUs === 0 && jitterUs === 0 && rejects === 0 && ways.connect !== null && isPlain(link)
  );
};

/** @param oneByOne each heartbeat has to happen by itself */
export const createDeferralConditions = (
  { settings, behaviour, api, clock: { now } }: Parts,
  oneByOne: boolean,
): DeferralConditions => {
  const hasLeases = behaviour.leases !== 'none';
  // Shorter than that one heartbeat would meet the one before it, or have the same stamp.
  const isApart = settings.leaseRenewUs > notifiedAfterUs && settings.statusUpdateUs >= secondUs;
  const faults: number[] = [];
  let controlPlaneFaults = 0;
  // With hardly any jitter nodes that went on at one moment stay in step for long, and who comes first then is who did before:
  // that is not known of one that was deferred.
  const keepsStep = Math.min(leaseJitterUs(settings), statusJitterUs(settings)) < minJitterUs;
  const inStep: boolean[] = [];
  let allInStep = false;

  const isUndisturbed = (node: NodeState): boolean => {
    if (allInStep || inStep[node.index] === true) return false;
    if (oneByOne || !isApart || controlPlaneFaults > 0 || (faults[node.index] ?? 0) > 0) return false;
    return isRunning(node) && !isFrozen(node) && isUnhindered(node.knownLink) && api.isUnhindered();
  };

  const isWell = (node: NodeState, hasItsOwn: boolean): boolean => {
    const { object } = node;
    if (object?.ready !== 'True' || object.taints.length > 0 || node.backgroundMarked) return false;
    return hasItsOwn && isUndisturbed(node);
  };
  /** Whether the next status is held against what is Ready. */
  const hasReady = ({ own }: NodeState): boolean => !behaviour.statusFromInformer || own?.ready === 'True';
  /** The watch brings it what it has just posted itself, long before its next turn: then it has the Node object as it is. */
  const isBrought = ({ lastPostUs }: WaitingStatus): boolean =>
    lastPostUs <= now() && now() < lastPostUs + notifiedAfterUs;

  return {
    mayDefer: (node, leaseWaits, status) => {
      if (status.dueUs === null || !status.saysReady(status) || (hasLeases && !leaseWaits)) return false;
      return isWell(node, hasReady(node) || isBrought(status));
    },
    isWell: (node) => isWell(node, hasReady(node)),
    mayDeferLease: (node, leaseWaits) => hasLeases && leaseWaits && !node.awaitsLease && isUndisturbed(node),
    // What a frozen kubelet has to do about pods it does before or after its heartbeats.
    mayStandStill: ({ knownPods, role }) => !keepsStep && role === 'worker' && (knownPods?.size ?? 0) === 0,
    roused: ({ index }) => {
      inStep[index] = keepsStep;
    },
    faultBegan: ({ role, index }) => {
      if (role === 'control-plane') {
        controlPlaneFaults += 1;
        allInStep = keepsStep;
      } else {
        faults[index] = (faults[index] ?? 0) + 1;
        inStep[index] = keepsStep;
      }
    },
    faultEnded: ({ role, index }) => {
      if (role === 'control-plane') controlPlaneFaults -= 1;
      else faults[index] = (faults[index] ?? 0) - 1;
    },
  };
};
