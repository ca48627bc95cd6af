import type { RandomGenerator } from '../../common/random.ts';
import { entrancesOf, nodeNames, zoneOf } from '../../plan/index.ts';
import type { ModelConfig } from './config.ts';
import { podStatusTickUs, runtimeCheckUs } from './engine/constants.ts';
import { createProcess, type Process } from './engine/process.ts';
import type { Rng, RngSource } from './engine/random.ts';
import type { NodeState, Pod } from './engine/state.ts';
import { createLink, type Link, type Ways } from './network/link.ts';

/** The nodes of a cluster as the topology alone has them, by their index. */
export type Layout = {
  readonly names: readonly string[];
  /** @throws Error where no node has that name */
  readonly indexOf: (name: string) => number;
  /** Looked up once of a list that stays as it is. */
  readonly indicesOf: (names: readonly string[]) => Int32Array;
};

type Topology = Pick<ModelConfig, 'controlPlanes' | 'workers' | 'hollow'>;

const createLayout = (topology: Topology): Layout => {
  const names = nodeNames(topology);
  const byName = new Map(names.map((name, index) => [name, index]));
  const indexOf = (name: string): number => {
    const index = byName.get(name);
    if (index === undefined) throw new Error(`no node ${name}`);
    return index;
  };
  const known = new WeakMap<readonly string[], Int32Array>();
  const isOf = (indices: Int32Array, some: readonly string[]): boolean =>
    indices.length === some.length && some.every((name, place) => names[indices[place] as number] === name);
  return {
    names,
    indexOf,
    indicesOf: (some) => {
      const last = known.get(some);
      if (last !== undefined && isOf(last, some)) return last;
      const indices = Int32Array.from(some, indexOf);
      known.set(some, indices);
      return indices;
    },
  };
};

// What is kept for the next run is compared with what its config says then: whoever owns a config may have changed it in place.

/** The last is kept for the next run, for a sweep makes hundreds that differ in their seed alone. */
let laidOut: { readonly size: readonly number[]; readonly layout: Layout } | null = null;

const isSame = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.length === others.length && some.every((one, place) => one === others[place]);

export const layoutOf = (topology: Topology): Layout => {
  const size = [topology.controlPlanes, topology.workers, topology.hollow?.nodes ?? 0];
  if (laidOut === null || !isSame(size, laidOut.size)) laidOut = { size, layout: createLayout(topology) };
  return laidOut.layout;
};

type Entered = Topology & Pick<ModelConfig, 'load' | 'phases'>;

let entered: {
  readonly layout: Layout;
  readonly load: readonly unknown[];
  readonly targets: readonly string[];
  readonly entrances: readonly number[];
} | null = null;

/** Where the load enters, in the order of the nodes. Kept likewise: it asks every node whether a fault hits it. */
export const entrancesIn = (config: Entered, layout: Layout): readonly number[] => {
  const load = [config.load?.through, config.load?.generators];
  const targets = config.phases.flatMap((phase) =>
    phase.kind === 'fault' ? phase.inject.flatMap((fault) => fault.targets) : [],
  );
  if (entered?.layout !== layout || !isSame(load, entered.load) || !isSame(targets, entered.targets)) {
    const names = entrancesOf({ load: config.load, phases: config.phases, topology: config });
    const entrances = names.map(layout.indexOf).toSorted((one, other) => one - other);
    entered = { layout, load, targets, entrances };
  }
  return entered.entrances;
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
  object: NodeState['object'] = null;
  readonly lease: NodeState['lease'] = { renewUs: 0, revision: 0 };
  seen: NodeState['seen'] = null;
  own: NodeState['own'] = null;
  backgroundMarked = false;
  reconciling = false;
  thawed: NodeState['thawed'] = null;
  readonly #ways: Ways;
  readonly #rngs: RngSource;
  #leaseDraws: RandomGenerator | null = null;
  #statusDraws: Rng | null = null;
  #checks: Rng | null = null;
  #random: Rng | null = null;
  #runtimeCheckUs: number | null = null;
  #kubelet: Process | null = null;
  #link: Link | null = null;
  #pods: Set<Pod> | null = null;

  constructor(own: Own, ways: Ways, rngs: RngSource) {
    this.index = own.index;
    this.name = own.name;
    this.role = own.role;
    this.hollow = own.hollow;
    this.zone = own.zone;
    this.labels = own.labels;
    this.backgroundPods = own.backgroundPods;
    this.#ways = ways;
    this.#rngs = rngs;
  }

  get leaseDraws(): RandomGenerator {
    this.#leaseDraws ??= this.#rngs.ofNode(this.index, 'lease');
    return this.#leaseDraws;
  }

  get statusDraws(): Rng {
    this.#statusDraws ??= this.#rngs.ofNode(this.index, 'status');
    return this.#statusDraws;
  }

  get checks(): Rng {
    this.#checks ??= this.#rngs.ofNode(this.index, 'checks');
    return this.#checks;
  }

  get random(): Rng {
    this.#random ??= this.#rngs.ofNode(this.index, 'other');
    return this.#random;
  }

  get podTickUs(): number {
    return this.#rngs.onceOfNode(this.index, 'podTick', podStatusTickUs);
  }

  get runtimeCheckUs(): number {
    this.#runtimeCheckUs ??= this.#rngs.onceOfNode(this.index, 'runtimeCheck', runtimeCheckUs);
    return this.#runtimeCheckUs;
  }

  set runtimeCheckUs(atUs: number) {
    this.#runtimeCheckUs = atUs;
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
export const freshNode = (own: Own, ways: Ways, rngs: RngSource): NodeState => new Machine(own, ways, rngs);

export const createNodes = (config: ModelConfig, { names }: Layout, rngs: RngSource, ways: Ways): NodeState[] => {
  const real = config.controlPlanes + config.workers;
  return names.map((name, index) => {
    const isControlPlane = index < config.controlPlanes;
    const isHollow = index >= real;
    const own: Own = {
      index,
      name,
      role: isControlPlane ? 'control-plane' : 'worker',
      hollow: isHollow,
      // Zones of hollow nodes are theirs alone.
      zone: isHollow ? config.zones + zoneOf(index - real, config.hollow?.zones ?? 1) : zoneOf(index, config.zones),
      labels: none,
      backgroundPods: backgroundPodsOf(config, isControlPlane, isHollow),
    };
    return freshNode(own, ways, rngs);
  });
};
