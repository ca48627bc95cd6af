import type { ModelConfig } from './config.ts';
import { createControlPlane } from './controllers/control-plane.ts';
import { createSlices } from './controllers/endpoints.ts';
import { createHollowPods } from './controllers/hollow-pods.ts';
import { createPassOrder } from './controllers/passes/pass-order.ts';
import { createPodNames, createScheduler } from './controllers/workload.ts';
import { createClock } from './engine/clock.ts';
import { membersOf } from './engine/config.ts';
import { hollowMadeUs, hollowSpreadUs, joinSpreadUs } from './engine/constants.ts';
import { createProcess } from './engine/process.ts';
import { createRngSource, type Rng } from './engine/random.ts';
import type { Simulation } from './engine/simulation.ts';
import type { ModelSink } from './engine/sink.ts';
import type { NodeState } from './engine/state.ts';
import { createStore, stampUs } from './engine/store.ts';
import { start } from './engine/task.ts';
import { behaviourOf } from './engine/versions.ts';
import { createHeartbeats, type KubeletPhases } from './kubelet/heartbeats.ts';
import { createKubelets } from './kubelet/kubelet.ts';
import { createApiServer } from './network/apiserver.ts';
import { createClient, type Entrance, type LoadClient } from './network/client.ts';
import type { Ways } from './network/link.ts';
import { createKubeProxy } from './network/proxy.ts';
import { createSharedPath } from './network/shared-path.ts';
import { createNodes, entrancesIn, layoutOf } from './nodes.ts';
import { createObserver } from './observer.ts';
import { runScript } from './script.ts';

export type ModelRun = {
  /** Lets at most so many things happen. @returns whether the run goes on */
  readonly advance: (max: number) => boolean;
  readonly nowUs: () => number;
  readonly happened: () => number;
};

/** `oneByOne`: every heartbeat happens by itself, whoever watches. What comes of it is the same. */
export type RunOptions = { readonly oneByOne?: boolean };

/** kwok keeps a group behind a relay over one connection, on which every renewal and every change of a node comes to it. */
const shareConnections = ({ config, nodes, settings }: Simulation): void => {
  const { relayedGroups = [] } = config;
  if (relayedGroups.length === 0) return;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  for (const group of relayedGroups) {
    const shared = createSharedPath(settings.leaseRenewUs / nodes.length);
    for (const name of group) {
      const node = byName.get(name);
      if (node !== undefined) node.link.shared = shared;
    }
  }
};

const none: readonly never[] = [];

/** Every phase is independent and as likely as any other. */
const startOld = ({ nodes, settings, store }: Simulation, kubelets: ReturnType<typeof createKubelets>): void => {
  const renewUs = Math.round(settings.leaseRenewUs * (1 + settings.leaseJitter / 2));
  const updateUs = Math.round(settings.statusUpdateUs * (1 + settings.statusJitter / 2));
  const phases = nodes.map((node): KubeletPhases => {
    const leaseAtUs = node.leaseDraws.below(renewUs);
    const statusAtUs = node.statusDraws.below(updateUs);
    const lastPostUs = statusAtUs - updateUs - node.statusDraws.below(settings.statusReportUs);
    const reportUs = Math.min(kubelets.reportAfterChangeUs(node), settings.statusReportUs);
    node.lease.renewUs = leaseAtUs - renewUs;
    node.lease.revision = 1;
    return { leaseAtUs, statusAtUs, lastPostUs, reportUs };
  });
  const phasesOf = ({ index }: NodeState): KubeletPhases => phases[index] as KubeletPhases;
  store.registerAll(nodes, (node) => {
    const stampedUs = stampUs(phasesOf(node).lastPostUs);
    return {
      createdUs: stampedUs,
      ready: 'True',
      reason: 'KubeletReady',
      heartbeatUs: stampedUs,
      transitionUs: stampedUs,
      conditions: none,
      taints: none,
    };
  });
  for (const node of nodes) kubelets.startOld(node, phasesOf(node));
};

/**
 * Control planes first, then the workers within `joinSpreadUs`, then hollow nodes one after the other; when all of it begins is
 * random by one renewal.
 */
const startFresh = ({ nodes, settings }: Simulation, kubelets: ReturnType<typeof createKubelets>, rng: Rng): void => {
  const beginUs = rng.below(Math.max(settings.leaseRenewUs, settings.statusUpdateUs) + 1);
  const [minEachUs, maxEachUs] = hollowMadeUs;
  // Machines differ.
  const eachUs = nodes.some(({ hollow }) => hollow) ? minEachUs + rng.below(maxEachUs - minEachUs + 1) : 0;
  let madeAfterUs = 2 * joinSpreadUs;
  for (const node of nodes) {
    if (node.hollow) {
      kubelets.startFresh(node, beginUs + madeAfterUs + node.random.below(hollowSpreadUs));
      madeAfterUs += eachUs;
      continue;
    }
    const afterUs = node.role === 'worker' ? joinSpreadUs : 0;
    kubelets.startFresh(node, beginUs + afterUs + node.random.below(joinSpreadUs));
  }
};

/** Long enough for every node to have been seen alive by two passes. */
const startUpUs = ({ age, settings }: Pick<ModelConfig, 'age' | 'settings'>): number =>
  age === 'fresh' ? 0 : Math.ceil(settings.leaseRenewUs * (1 + settings.leaseJitter)) + 2 * settings.monitorPeriodUs;

/** Its kubelets may be frozen, and nothing else happens to anything. */
const hasOnlyPauses = ({ phases }: Pick<ModelConfig, 'phases'>): boolean =>
  phases.every((phase) => phase.kind !== 'fault' || phase.inject.every(({ kind }) => kind === 'kubelet-pause'));

/**
 * Sets a simulation up; nothing has happened yet. Everything in it follows from the config: no clock of the machine, no
 * random numbers but those of the seed.
 * @param config checked by `checkConfig`
 */
export const startModel = (config: ModelConfig, sink: ModelSink, { oneByOne = false }: RunOptions = {}): ModelRun => {
  const clock = createClock();
  const rngs = createRngSource(config.seed);
  // The order of asking is part of what a seed means: add new generators at the end.
  const [passes, election, clientRng, network, places] = Array.from({ length: 5 }, () => rngs.next()) as [
    Rng,
    Rng,
    Rng,
    Rng,
    Rng,
  ];
  const api = createApiServer(clock, membersOf(config), network);
  let client: LoadClient | null = null;
  const store = createStore(clock);
  const behaviour = behaviourOf(config.version);
  // A kubelet's next status says which volumes are in use: it is waited for, whatever its node's condition is.
  const isWatched = oneByOne || config.workload?.volume !== undefined;
  const oneEach = sink.heartbeats === undefined || isWatched;
  const counted = sink.heartbeats ?? null;
  const { settings } = config;
  const mayStandStill = sink.lastRenewal === undefined && hasOnlyPauses(config);
  const heartbeats = createHeartbeats({ clock, settings, behaviour, api, store, oneEach, counted, mayStandStill });
  const ways: Ways = { connect: null };
  const layout = layoutOf(config);
  const simulation: Simulation = {
    config,
    settings,
    behaviour,
    clock,
    rngs,
    api,
    store,
    heartbeats,
    sink,
    nodes: createNodes(config, layout, rngs, ways),
    ways,
    pods: new Set(),
    hollowPods: new Set(),
    flushLoad: () => client?.flush(),
  };
  shareConnections(simulation);
  const slices = createSlices(simulation);
  const kubelets = createKubelets(simulation, {
    isAwaited: (node) => entrances.some((entrance) => entrance.node === node),
    caughtUp: (node) => {
      for (const entrance of entrances) if (entrance.node === node) entrance.proxy.catchUp();
    },
  });
  const nextPodName = createPodNames();
  const controlPlane = createControlPlane(
    { simulation, slices, nextPodName, rng: passes, passOrder: createPassOrder, ticks: rngs.next() },
    election,
  );
  createScheduler(simulation, { process: createProcess(), member: 0, link: null, lastFrameUs: 0 });
  const observed = createObserver(simulation, slices);
  const entrances: readonly Entrance[] = entrancesIn(config, layout).map((index) => {
    const node = simulation.nodes[index] as NodeState;
    return { node, proxy: createKubeProxy(simulation, node, slices, simulation.flushLoad) };
  });
  if (config.load !== null) client = createClient(clock, config.load, entrances, sink, clientRng);

  if (config.age === 'old') startOld(simulation, kubelets);
  else startFresh(simulation, kubelets, places);
  controlPlane.begin(places.below(config.settings.monitorPeriodUs));
  const script = runScript({
    simulation,
    layout,
    kubelets,
    controlPlane,
    phases: config.phases,
    observed,
    client,
    entrances: entrances.map(({ node }) => node.name),
    startUpUs: startUpUs(config),
    deploy: () => {
      createHollowPods(simulation);
      controlPlane.deploy();
    },
    answers: () => entrances.every(({ proxy }) => proxy.targets().length > 0),
  });
  clock.at(0, () => start(script, () => true), undefined);
  return { advance: clock.advance, nowUs: clock.now, happened: clock.happened };
};

/** Runs a simulation to its end. */
export const runModel = (config: ModelConfig, sink: ModelSink, options?: RunOptions): ModelRun => {
  const run = startModel(config, sink, options);
  while (run.advance(1_000_000));
  return run;
};
