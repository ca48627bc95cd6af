import type { VolumeTimes } from '../engine/config.ts';
import { attachDetachLoopUs, maxWaitForUnmountUs } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import { type NodeObject, type NodeState, outOfService, type Pod } from '../engine/state.ts';
import { sleep, start, type Task, type Wait } from '../engine/task.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { recordEvent } from './eviction/eviction.ts';
import { createRateLimitedClient, replied } from './rate-limited-client.ts';

export type AttachDetach = {
  readonly begin: () => void;
  readonly nodeUpdated: (health: NodeHealth) => void;
  readonly podUpdated: (pod: Pod) => void;
};

/** A volume on the node that it is attached to; since when nothing there wants it, null where something does. */
type Attachment = { readonly node: NodeState; unwantedUs: number | null };

const source = 'attachdetach-controller';
const none: ReadonlySet<string> = new Set();

/** Gone for it: its containers do not run, by what the API has of them. @see kubernetes pkg/volume/util, IsPodTerminated */
const isTerminated = ({ gone, seen, volume }: Pod): boolean => gone || (seen.deleting && volume?.hasRun !== true);

const isOutOfService = (object: NodeObject | null): boolean =>
  object?.taints.some(({ key }) => key === outOfService) === true;

type VolumeParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly times: VolumeTimes;
  readonly attached: Map<string, Attachment>;
  /** Volumes that are being attached or detached. */
  readonly busy: Set<string>;
  /** By the last of each node's updates; one that has just been attached counts as in use until there is another. */
  readonly inUse: Map<NodeState, ReadonlySet<string>>;
  /** Says on the node's status which volumes are attached. */
  readonly write: (node: NodeState, change: (attached: readonly string[]) => readonly string[]) => Wait;
  readonly record: (pod: Pod, reason: string, message: string) => void;
};

function* detach(parts: VolumeParts, name: string, { node }: Attachment): Task {
  const { simulation, manager, times, attached, busy, write } = parts;
  busy.add(name);
  const said = replied(yield write(node, (names) => names.filter((other) => other !== name)));
  if (said === 'ok') {
    yield* sleep(simulation.clock, manager.process, times.detachUs);
    attached.delete(name);
  }
  busy.delete(name);
}

function* attach(parts: VolumeParts, name: string, pod: Pod, node: NodeState): Task {
  const { manager, times, attached, busy, inUse, write, record } = parts;
  const { clock } = parts.simulation;
  busy.add(name);
  yield* sleep(clock, manager.process, times.attachUs);
  attached.set(name, { node, unwantedUs: null });
  inUse.set(node, new Set([...(inUse.get(node) ?? none), name]));
  record(pod, 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume "${name}"`);
  while (replied(yield write(node, (names) => [...names, name])) === 'timeout')
    yield* sleep(clock, manager.process, attachDetachLoopUs);
  busy.delete(name);
}

function* repeat({ simulation, manager }: VolumeParts, pass: () => void): Task {
  for (;;) {
    pass();
    yield* sleep(simulation.clock, manager.process, attachDetachLoopUs);
  }
}

/**
 * The attach/detach controller, for ReadWriteOnce volumes: each is on one node at most. A pass in 100 ms detaches what no pod
 * of its node wants: a pod that is being deleted on a lost node still wants its volume, until it is gone. One that the
 * node's status has in use is waited for, 6 min from the pass that first found it unwanted, by this process's memory; then
 * it is detached all the same, if force detach is not off (1.30 on) and, by version, only where the node is not Ready. Of a
 * node that is tainted out-of-service it is detached at once. What is wanted elsewhere is attached there once it is attached nowhere.
 *
 * What the model does not have: a driver that fails or whose times vary, volumes that a node has no room for, and
 * VolumeAttachments of a controller manager that ended in the middle of one.
 * @see kubernetes pkg/controller/volume/attachdetach/reconciler, reconcile and attachDesiredVolumes, v1.11 to v1.37
 */
export const createAttachDetach = (
  simulation: Simulation,
  manager: ControllerManager,
  times: VolumeTimes,
): AttachDetach => {
  const { api, behaviour, clock, settings, store } = simulation;
  const client = createRateLimitedClient(clock, api, manager.api, manager.isAlive, settings);
  const attached = new Map<string, Attachment>();
  const busy = new Set<string>();
  const inUse = new Map<NodeState, ReadonlySet<string>>();
  const wanted = new Map<Pod, NodeState>();
  const reported = new Set<Pod>();

  const objectOf = ({ index }: NodeState): NodeObject | null => manager.health[index]?.object ?? null;
  const wantedOn = (name: string): readonly NodeState[] =>
    [...wanted].flatMap(([{ volume }, node]) => (volume?.name === name ? [node] : []));

  const write: VolumeParts['write'] = (node, change) =>
    client.request('write', null, () => {
      if (node.object === null) return 'notFound';
      store.writeNode(node, { volumesAttached: change(node.object.volumesAttached ?? []) });
      return 'ok';
    });
  const parts: VolumeParts = {
    simulation,
    manager,
    times,
    attached,
    busy,
    inUse,
    write,
    record: (pod, reason, message) => recordEvent(simulation, client, pod, reason, source, message),
  };

  /** Whether a volume that nothing wants on its node any more may be taken from it. */
  const mayDetach = (name: string, node: NodeState, unwantedUs: number): boolean => {
    if (inUse.get(node)?.has(name) !== true) return true;
    const object = objectOf(node);
    if (behaviour.outOfService && isOutOfService(object)) return true;
    const isHealthy = object?.ready === 'True';
    if (!settings.forceDetach || (behaviour.sparesMountedVolumes && isHealthy)) return false;
    return clock.now() - unwantedUs > maxWaitForUnmountUs;
  };
  const reportMultiAttach = (name: string, pod: Pod): void => {
    if (reported.has(pod)) return;
    reported.add(pod);
    const text = `Multi-Attach error for volume "${name}" Volume is already exclusively attached to one node and can't be attached to another`;
    parts.record(pod, 'FailedAttachVolume', text);
  };
  const pass = (): void => {
    for (const [name, attachment] of attached) {
      if (busy.has(name)) continue;
      if (wantedOn(name).includes(attachment.node)) {
        attachment.unwantedUs = null;
        continue;
      }
      attachment.unwantedUs ??= clock.now();
      if (mayDetach(name, attachment.node, attachment.unwantedUs))
        start(detach(parts, name, attachment), manager.isAlive);
    }
    for (const [pod, node] of wanted) {
      const name = pod.volume?.name;
      if (name === undefined || busy.has(name)) continue;
      const there = attached.get(name);
      if (there === undefined) start(attach(parts, name, pod, node), manager.isAlive);
      else if (there.node !== node) reportMultiAttach(name, pod);
    }
  };

  const nodeUpdated = ({ node, object }: NodeHealth): void => {
    inUse.set(node, new Set(object?.volumesInUse ?? []));
  };
  return {
    // What an earlier controller manager has attached it finds in the nodes' status; since when it is unwanted it does not.
    begin: () => {
      for (const health of manager.health) {
        nodeUpdated(health);
        for (const name of health.object?.volumesAttached ?? [])
          attached.set(name, { node: health.node, unwantedUs: null });
      }
      start(repeat(parts, pass), manager.isAlive);
    },
    nodeUpdated,
    podUpdated: (pod) => {
      const { node } = pod.seen;
      if (pod.volume === null) return;
      if (node === null || isTerminated(pod)) wanted.delete(pod);
      else wanted.set(pod, node);
    },
  };
};
