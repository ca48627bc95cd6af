import { hollowNames, zoneOf } from '../../plan/index.ts';
import type { ModelConfig } from './config.ts';
import { podStatusTickUs, runtimeCheckUs } from './engine/constants.ts';
import { createProcess, type Process } from './engine/process.ts';
import type { Rng, RngSource } from './engine/random.ts';
import type { NodeState, Pod } from './engine/state.ts';
import type { Heartbeats } from './kubelet/heartbeats.ts';
import { createLink, type Link, type Ways } from './network/link.ts';

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

const noHolds: NodeState['holds'] = { pauses: 0, offs: 0, stops: 0 };
const rightClock: NodeState['clock'] = { offUs: 0, wasOff: false };

class Machine implements NodeState {
  readonly index: number;
  readonly name: string;
  readonly role: NodeState['role'];
  readonly hollow: boolean;
  readonly zone: number;
  readonly labels: readonly string[];
  readonly backgroundPods: number;
  awaitsLease = false;
  silent: NodeState['silent'] = 'no';
  holds = noHolds;
  goOff: NodeState['goOff'] = null;
  endsInOrder = false;
  bootedUs: number | null = null;
  beginsUs = 0;
  losses = 0;
  unreachable: NodeState['unreachable'] = 'no';
  clock = rightClock;
  incarnation = 0;
  readonly random: Rng;
  object: NodeState['object'] = null;
  readonly lease: NodeState['lease'] = { renewUs: 0, revision: 0 };
  own: NodeState['own'] = null;
  backgroundMarked = false;
  readonly podTickUs: number;
  reconciling = false;
  readonly checks: Rng;
  runtimeCheckUs: number;
  thawed: NodeState['thawed'] = null;
  readonly #ways: Ways;
  #kubelet: Process | null = null;
  #link: Link | null = null;
  #pods: Set<Pod> | null = null;

  constructor(own: Own, ways: Ways, random: Rng, checks: Rng) {
    this.index = own.index;
    this.name = own.name;
    this.role = own.role;
    this.hollow = own.hollow;
    this.zone = own.zone;
    this.labels = own.labels;
    this.backgroundPods = own.backgroundPods;
    this.random = random;
    this.checks = checks;
    this.podTickUs = random.below(podStatusTickUs);
    this.runtimeCheckUs = checks.below(runtimeCheckUs);
    this.#ways = ways;
  }

  get kubelet(): Process {
    this.#kubelet ??= createProcess();
    return this.#kubelet;
  }

  get knownKubelet(): Process | null {
    return this.#kubelet;
  }

  get link(): Link {
    this.#link ??= createLink(this.#ways);
    return this.#link;
  }

  get knownLink(): Link | null {
    return this.#link;
  }

  get pods(): Set<Pod> {
    this.#pods ??= new Set();
    return this.#pods;
  }

  get knownPods(): ReadonlySet<Pod> | null {
    return this.#pods;
  }
}

/** A node of which nothing has been seen yet: its kubelet runs, its path is as it should be, no lease or object is there. */
export const freshNode = (own: Own, ways: Ways, random: Rng, checks: Rng): NodeState =>
  new Machine(own, ways, random, checks);

export const createNodes = (config: ModelConfig, rngs: RngSource, heartbeats: Heartbeats, ways: Ways): NodeState[] => {
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
    return freshNode(own, ways, random, rngs.next());
  });
};
