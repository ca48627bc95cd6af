import { apiServersHit, isControlPlane, isHollow, nodesOf, type Plan } from '../../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../../timeline/index.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { secondsText } from '../../text.ts';
import { renewalGraceMs } from './signs-of-life.ts';

/**
 * Other nodes whose leases were renewed meanwhile. A watch may stand and bring nothing, behind an API server that hangs or a
 * connection that stalls: only where it brought something of somebody does its silence about the targets mean anything.
 */
export const renewedMeanwhile = (
  events: readonly TimelineEvent[],
  targets: readonly string[],
  injectedMs: number,
  undoingMs: number,
): readonly string[] => {
  const aimed = new Set(targets);
  return [
    ...new Set(
      ofType(events, 'lease.renewed')
        .filter(({ node, atMs }) => !aimed.has(node) && atMs > injectedMs + renewalGraceMs && atMs < undoingMs)
        .map(({ node }) => node),
    ),
  ];
};

/** No constant of Kubernetes: a renewal may be late by such a part of its interval. */
const lateShare = 0.25;

/**
 * Why the silence of the targets is no proof, in words: no real node, or no hollow one, that no fault hits renewed its lease
 * meanwhile, though each was to. Empty where one did, where the fault was shorter than that takes, or where some fault
 * reaches an API server, so that nobody may renew.
 * @param others those that did
 */
export const othersProblems = (
  plan: Plan,
  others: readonly string[],
  injectedMs: number,
  undoingMs: number,
): readonly string[] => {
  const { leaseRenewIntervalMs, leaseJitter } = plan.profile.effective;
  const faults = plannedFaults(plan);
  const dueMs = renewalGraceMs + leaseRenewIntervalMs * (1 + leaseJitter + lateShare);
  const lengthMs = undoingMs - injectedMs;
  if (lengthMs < dueMs || faults.some((fault) => apiServersHit(fault).some(isControlPlane))) return [];
  const hit = new Set(faults.flatMap(({ targets }) => targets));
  const spared = nodesOf(plan).filter((node) => !hit.has(node));
  return [
    { own: spared.filter((node) => !isHollow(node)), what: 'node', are: (node: string) => !isHollow(node) },
    { own: spared.filter(isHollow), what: 'hollow node', are: isHollow },
  ].flatMap(({ own, what, are }) =>
    own.length === 0 || others.some(are)
      ? []
      : [
          `no ${what} that no fault hits renewed its lease either in the ${secondsText(lengthMs)} that it stood: that the targets did not proves nothing`,
        ],
  );
};
