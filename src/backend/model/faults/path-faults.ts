import type { PlannedFaultOf } from '../../../plan/index.ts';
import { type Direction, directions, fromNetem, type Slower, spread } from '../network/fault-options.ts';
import { connectionOf, type Link } from '../network/link.ts';
import { type ActiveFault, declare, type Maker } from './active-fault.ts';

const bites = (direction: Direction, way: 'egress' | 'ingress'): boolean => direction === way || direction === 'both';

/** `rejects`: with a reset instead of silence. `allTraffic`: what clients ask through a control plane is cut too. */
type Isolation = { readonly direction: Direction; readonly rejects?: boolean; readonly allTraffic?: boolean };

const partition: Maker<Isolation> = (
  { simulation, kubelets },
  node,
  { direction, rejects = false, allTraffic = false },
) => {
  const { link } = node;
  const change = (by: 1 | -1): void => {
    if (bites(direction, 'egress')) link.cutsUp += by;
    if (bites(direction, 'ingress')) link.cutsDown += by;
    if (rejects) link.rejects += by;
  };
  const before = node.unreachable;
  simulation.flushLoad();
  change(1);
  link.blockedUp = link.cutsUp > 0;
  link.blockedDown = link.cutsDown > 0;
  if (rejects) connectionOf(link)?.close();
  connectionOf(link)?.changed();
  if (allTraffic) node.unreachable = rejects && before !== 'drop' ? 'reject' : 'drop';
  return {
    holds: () => link.blockedUp || link.blockedDown,
    evidence: `nothing gets through to the control plane (${direction}${rejects ? ', by reset' : ''})`,
    undo: () => {
      simulation.flushLoad();
      change(-1);
      if (allTraffic) node.unreachable = before;
      kubelets.heal(node, rejects ? 'rejected' : 'silent');
    },
  };
};

const slower = (link: Link, { delayUs, jitterUs = 0, loss = 0, direction }: Slower): ActiveFault => {
  const change = (sign: 1 | -1): void => {
    if (bites(direction, 'egress')) link.extraUpUs += sign * delayUs;
    if (bites(direction, 'ingress')) link.extraDownUs += sign * delayUs;
    link.jitterUs += sign * jitterUs;
  };
  const ways = (['up', 'down'] as const).filter((way) => bites(direction, way === 'up' ? 'egress' : 'ingress'));
  change(1);
  const changeLosses = (to: (losses: readonly number[]) => readonly number[]): void => {
    for (const way of ways) link.losses = { ...link.losses, [way]: to(link.losses[way]) };
  };
  if (loss > 0) changeLosses((losses) => [...losses, loss]);
  connectionOf(link)?.changed();
  return {
    holds: () =>
      link.extraUpUs + link.extraDownUs + link.jitterUs + link.losses.up.length + link.losses.down.length > 0,
    evidence: `${delayUs / 1000} ms more, ${loss * 100} % lost (${direction})`,
    undo: () => {
      change(-1);
      changeLosses((losses) => {
        const place = losses.indexOf(loss);
        return place < 0 ? losses : losses.toSpliced(place, 1);
      });
    },
  };
};

const slowPath: Maker<Slower> = (_, { link }, options) => slower(link, options);

/** Faults of a node's paths through the network. */
export const pathKinds = {
  partition: declare(partition, ({ direction, by, traffic }: PlannedFaultOf<'partition'>) => ({
    direction: directions[direction],
    rejects: by === 'reject',
    allTraffic: traffic === 'all',
  })),
  latency: declare(slowPath, ({ direction, lossPercent, rampSteps, ...delay }: PlannedFaultOf<'latency'>) => ({
    ...spread(delay),
    loss: lossPercent / 100,
    direction: directions[direction],
    rampSteps,
  })),
  netem: declare(slowPath, fromNetem),
};
