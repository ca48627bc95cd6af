import { membersOf } from '../engine/config.ts';
import { secondUs } from '../engine/constants.ts';
import { createProcess, freeze, type Process, replace, thaw } from '../engine/process.ts';
import type { Rng } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isRunning, type NodeState } from '../engine/state.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import type { ApiClient } from '../network/apiserver.ts';
import { type Controller, type ControllerTools, startController } from './controller.ts';
import { type ControllerManager, feedManagers } from './controller-manager.ts';
import { acquire, type Candidate, type Lock, restartDelayUs, stayLeader, take } from './leader.ts';

/** The processes of the control-plane nodes, by the node's index. */
export type ControlPlane = {
  /** The first controller manager leads from now on; the others stand by. */
  readonly begin: (leadsAtUs: number) => void;
  /** The controller manager's. */
  readonly processOf: (member: number) => Process;
  /** Ends the controller manager; its kubelet starts it again. */
  readonly kill: (member: number) => void;
  readonly pauseStore: (member: number) => void;
  readonly resumeStore: (member: number) => void;
  readonly isStorePaused: (member: number) => boolean;
  /** The watches of nodes and leases of its controller manager bring nothing, whoever of it leads. */
  readonly loseWatch: (member: number) => void;
  readonly regainWatch: (member: number) => void;
  readonly isWatchLost: (member: number) => boolean;
  /** All of a member at once, as when its machine is frozen or off. */
  readonly pauseMember: (member: number) => void;
  readonly resumeMember: (member: number) => void;
  /** The member whose controller manager leads now; the first where none does. */
  readonly leader: () => number;
  /** Controller managers that run now, by the name of their node; not those of a managed control plane. */
  readonly running: () => readonly { readonly node: string; readonly process: Process }[];
  /** Who leads by the lock, dead or alive; null where nobody has ever led. */
  readonly lockHolder: () => LockHolder | null;
  /** Hands over the workload: from now on its ReplicaSet wants its pods. */
  readonly deploy: () => void;
  /** Controller managers receive what they missed. */
  readonly catchUp: () => void;
};

/** `node` null: it runs on none of the nodes. */
export type LockHolder = { readonly holder: string; readonly node: string | null; readonly transitions: number };

type Member = {
  readonly process: Process;
  readonly client: ApiClient;
  candidate: Candidate | null;
  controller: Controller | null;
  restarts: number;
  storePauses: number;
  /** Faults that keep from its controller manager what its watches of nodes and leases would bring. */
  lostWatches: number;
};

/** For generators that all runs share: `waitUntil` says why. An `index` is that of a member. */
type ControlPlaneParts = {
  readonly simulation: Simulation;
  readonly rng: Rng;
  readonly lock: Lock;
  readonly at: (index: number) => Member;
  /** Its machine; null where it runs on none of the nodes. */
  readonly nodeOf: (index: number) => NodeState | null;
  readonly nameOf: (index: number) => string;
  readonly lockHolder: () => LockHolder | null;
  /** Its controllers start. */
  readonly lead: (index: number, ranBefore: boolean) => void;
  /** Its process ends, and comes back. */
  readonly leave: (index: number, why: string) => void;
  /** Its process starts. */
  readonly stand: (index: number, leads: boolean) => void;
};

/** A start of the process: it stands for election, leads, and leaves when it cannot renew. */
function* live(
  { simulation, rng, lock, at, nameOf, lockHolder, lead, leave }: ControlPlaneParts,
  index: number,
  candidate: Candidate,
  leads: boolean,
): Task {
  const { clock, config, sink } = simulation;
  const { client } = at(index);
  if (leads) take(lock, candidate.identity);
  else {
    yield* acquire(simulation, client, lock, candidate.identity, rng);
    sink.event(clock.now(), { type: 'note', text: `the controller manager of ${nameOf(index)} leads` });
  }
  const held = lockHolder();
  if (held !== null) sink.event(clock.now(), { type: 'leader', component: 'kube-controller-manager', ...held });
  lead(index, leads && config.age === 'old');
  yield* stayLeader(simulation, client, lock, candidate.identity);
  leave(index, 'could not renew its leadership');
}

/** The container is started again by its kubelet, which must not be frozen itself. */
function* comeBack({ simulation, rng, at, nodeOf, stand }: ControlPlaneParts, index: number): Task {
  const { clock } = simulation;
  const member = at(index);
  const node = nodeOf(index);
  const kubelet = node?.kubelet ?? member.process;
  member.restarts += 1;
  yield* sleep(clock, kubelet, restartDelayUs(member.restarts, rng));
  while (node !== null && (!isRunning(node) || node.silent !== 'no')) yield* sleep(clock, kubelet, secondUs);
  replace(member.process, clock);
  stand(index, false);
}

export const createControlPlane = (shared: Omit<ControllerTools, 'isDeployed'>, rng: Rng): ControlPlane => {
  const { simulation } = shared;
  let deployed = false;
  const tools: ControllerTools = { ...shared, isDeployed: () => deployed };
  const { api, clock, config, nodes, sink, store } = simulation;
  const lock: Lock = { holder: null, revision: 0, transitions: 0 };
  const managers = new Set<ControllerManager>();
  const members: Member[] = Array.from({ length: membersOf(config) }, (_, member) => {
    const process = createProcess();
    return {
      process,
      client: { process, member, link: null, lastFrameUs: 0 },
      candidate: null,
      controller: null,
      restarts: 0,
      storePauses: 0,
      lostWatches: 0,
    };
  });
  const nodeOf = (member: number): NodeState | null => (member < config.controlPlanes ? (nodes[member] ?? null) : null);
  const nameOf = (member: number): string => nodeOf(member)?.name ?? 'the managed control plane';
  const at = (index: number): Member => {
    const member = members[index];
    if (member === undefined) throw new Error(`no control plane ${index}`);
    return member;
  };
  const feed = feedManagers(
    simulation,
    managers,
    (manager, health) => at(manager.member).controller?.nodeUpdated(health),
    (index) => at(index).lostWatches > 0,
  );
  store.watch({
    pod: (pod) => {
      for (const { controller } of members) if (controller?.manager.alive === true) controller.podUpdated(pod);
    },
  });

  const lead = (index: number, ranBefore: boolean): void => {
    const member = at(index);
    member.controller = startController(tools, member.client, index, ranBefore);
    managers.add(member.controller.manager);
    for (const pod of simulation.pods) member.controller.podUpdated(pod);
    for (const pod of simulation.hollowPods) member.controller.podUpdated(pod);
  };

  const end = (index: number): void => {
    const member = at(index);
    if (member.candidate !== null) member.candidate.alive = false;
    if (member.controller !== null) {
      member.controller.manager.alive = false;
      managers.delete(member.controller.manager);
    }
    member.candidate = null;
    member.controller = null;
  };

  const lockHolder = (): LockHolder | null => {
    const { holder, transitions } = lock;
    // An identity begins with its member.
    return holder === null ? null : { holder, node: nodeOf(Number.parseInt(holder, 10))?.name ?? null, transitions };
  };

  const leave = (index: number, why: string): void => {
    sink.event(clock.now(), { type: 'note', text: `the controller manager of ${nameOf(index)} ${why}` });
    end(index);
    start(comeBack(parts, index), () => true);
  };

  const stand = (index: number, leads: boolean): void => {
    const member = at(index);
    const candidate: Candidate = { identity: `${index}-${member.restarts}`, alive: true };
    member.candidate = candidate;
    start(live(parts, index, candidate, leads), () => candidate.alive);
  };

  const parts: ControlPlaneParts = { simulation, rng, lock, at, nodeOf, nameOf, lockHolder, lead, leave, stand };

  const hasQuorum = (): boolean => members.filter(({ storePauses }) => storePauses === 0).length * 2 > members.length;
  const changeStore = (index: number, by: 1 | -1): void => {
    at(index).storePauses += by;
    api.stallStore(!hasQuorum());
  };

  const beginAll = (): void => {
    for (const index of members.keys()) stand(index, index === 0);
  };

  return {
    begin: (leadsAtUs) => clock.at(leadsAtUs, beginAll, undefined),
    processOf: (index) => at(index).process,
    kill: (index) => {
      if (at(index).candidate !== null) leave(index, 'was killed');
    },
    pauseStore: (index) => changeStore(index, 1),
    resumeStore: (index) => changeStore(index, -1),
    isStorePaused: (index) => at(index).storePauses > 0,
    loseWatch: (index) => {
      at(index).lostWatches += 1;
    },
    regainWatch: (index) => {
      at(index).lostWatches -= 1;
      feed.catchUp();
    },
    isWatchLost: (index) => at(index).lostWatches > 0,
    pauseMember: (index) => {
      freeze(at(index).process, clock.now());
      api.pause(index);
      changeStore(index, 1);
    },
    resumeMember: (index) => {
      changeStore(index, -1);
      api.resume(index);
      thaw(at(index).process, clock);
      feed.catchUp();
    },
    leader: () =>
      Math.max(
        0,
        members.findIndex(({ controller }) => controller?.manager.alive === true),
      ),
    running: () =>
      members.flatMap(({ candidate, process }, index) => {
        const node = nodeOf(index);
        return candidate === null || node === null ? [] : [{ node: node.name, process }];
      }),
    lockHolder,
    deploy: () => {
      deployed = true;
      for (const { controller } of members) controller?.replicaSet.reconcile();
    },
    catchUp: feed.catchUp,
  };
};
