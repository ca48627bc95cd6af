import { hollowNames, zoneOf } from '../../plan/index.ts';
import type { ModelConfig } from './config.ts';
import { runtimeCheckUs } from './engine/constants.ts';
import { createProcess } from './engine/process.ts';
import type { Rng, RngSource } from './engine/random.ts';
import type { NodeState, Pod } from './engine/state.ts';
import type { Heartbeats } from './kubelet/heartbeats.ts';
import { createLink } from './network/link.ts';

/** By role and number less one: each simulation of a sweep has the same, and looks its nodes up by them. */
const names: Readonly<Record<NodeState['role'], string[]>> = { 'control-plane': [], worker: [] };

const nodeName = (role: NodeState['role'], number: number): string => {
  const known = names[role];
  while (known.length < number) known.push(known.length === 0 ? role : `${role}${known.length + 1}`);
  return known[number - 1] as string;
};

const backgroundPodsOf = ({ backgroundPods }: ModelConfig, isControlPlane: boolean, isHollow: boolean): number => {
  if (isHollow) return 0;
  return isControlPlane ? backgroundPods.controlPlane : backgroundPods.worker;
};

const none: readonly string[] = [];

type Own = Pick<NodeState, 'index' | 'name' | 'role' | 'hollow' | 'zone' | 'labels' | 'backgroundPods'>;

/** A node of which nothing has been seen yet: its kubelet runs, its path is as it should be, no lease or object is there. */
export const freshNode = (own: Own, random: Rng, checks: Rng): NodeState => ({
  index: own.index,
  name: own.name,
  role: own.role,
  hollow: own.hollow,
  zone: own.zone,
  labels: own.labels,
  backgroundPods: own.backgroundPods,
  awaitsLease: false,
  kubelet: createProcess(),
  silent: 'no' as const,
  holds: { pauses: 0, offs: 0, stops: 0 },
  goOff: null,
  endsInOrder: false,
  bootedUs: null,
  beginsUs: 0,
  losses: 0,
  unreachable: 'no' as const,
  clock: { offUs: 0, wasOff: false },
  incarnation: 0,
  link: createLink(),
  random,
  object: null,
  lease: { renewUs: 0, revision: 0 },
  own: null,
  pods: new Set<Pod>(),
  backgroundMarked: false,
  podTickUs: random.below(10_000_000),
  reconciling: false,
  checks,
  runtimeCheckUs: checks.below(runtimeCheckUs),
  thawed: null,
});

export const createNodes = (config: ModelConfig, rngs: RngSource, heartbeats: Heartbeats): NodeState[] => {
  const real = config.controlPlanes + config.workers;
  const hollow = hollowNames(config.hollow?.nodes ?? 0);
  const randoms = Array.from({ length: real + hollow.length }, () => rngs.next());
  return randoms.map((undisturbed, index) => {
    const random = heartbeats.randomOf(index, undisturbed);
    const isControlPlane = index < config.controlPlanes;
    const role = isControlPlane ? 'control-plane' : 'worker';
    const hollowName = hollow[index - real];
    const own: Own = {
      index,
      name: hollowName ?? nodeName(role, isControlPlane ? index + 1 : index - config.controlPlanes + 1),
      role,
      hollow: hollowName !== undefined,
      // Zones of hollow nodes are theirs alone.
      zone:
        hollowName === undefined
          ? zoneOf(index, config.zones)
          : config.zones + zoneOf(index - real, config.hollow?.zones ?? 1),
      labels: none,
      backgroundPods: backgroundPodsOf(config, isControlPlane, hollowName !== undefined),
    };
    return freshNode(own, random, rngs.next());
  });
};
