import { taintRetryUs, taintTries } from '../../engine/constants.ts';
import type { Rng } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { NodeObject, NodeState, Taint } from '../../engine/state.ts';
import { withoutTaint, withTaint } from '../../engine/store.ts';
import { pause, type Wait } from '../../engine/task.ts';
import type { Reply } from '../../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';

export type TaintChange = { readonly effect: Taint['effect']; readonly key: string; readonly adds: boolean };

/** Changes the taints of a node as the API server has it; the task goes on with whether it was done. */
export type TaintPatch = (health: NodeHealth, change: TaintChange) => Wait;

/** A change under way: what its last read found, and what the taints are to be. */
type Patch = TaintChange & {
  readonly node: NodeState;
  readonly resume: (isDone: boolean) => void;
  tries: number;
  read: NodeObject | null;
  taints: readonly Taint[];
};

const none: readonly Taint[] = [];

/**
 * Each change of a node's taints is a read, from the API server's memory at first, and where it changes something a
 * PATCH with the revision that was read: whoever wrote the node meanwhile makes it a conflict, which is tried again.
 * Thousands of nodes need one each, so that it is no task, but goes from one reply to the next.
 * @see kubernetes pkg/controller/controller_utils.go, AddOrUpdateTaintOnNode, RemoveTaintOffNode, PatchNodeTaints
 */
export const createTaintPatch = (
  { clock, heartbeats, store }: Simulation,
  { client, process, isAlive }: ControllerManager,
  rng: Rng,
): TaintPatch => {
  const readNode = (patch: Patch): Reply => {
    heartbeats.catchUp(patch.node);
    patch.read = patch.node.object;
    return 'ok';
  };
  const writeTaints = ({ node, read, taints }: Patch): Reply => {
    heartbeats.catchUp(node);
    if (node.object?.revision !== read?.revision) return 'conflict';
    store.writeNode(node, { taints });
    return 'ok';
  };

  const attempt = (patch: Patch): void =>
    client.request(
      patch.tries === 1 ? 'cached' : 'quorum',
      patch,
      readNode,
    )((reply) => {
      if (isAlive()) onRead(patch, reply);
    });
  const onRead = (patch: Patch, reply: unknown): void => {
    const { effect, key, adds, read } = patch;
    if (reply !== 'ok' || read === null) {
      patch.resume(false);
      return;
    }
    patch.taints = adds ? withTaint(read, effect, key, clock.now()) : withoutTaint(read, effect, key);
    if (patch.taints === read.taints) patch.resume(true);
    else
      client.request(
        'write',
        patch,
        writeTaints,
      )((written) => {
        if (isAlive()) onWritten(patch, written);
      });
  };
  const onWritten = (patch: Patch, reply: unknown): void => {
    if (reply !== 'conflict' || patch.tries === taintTries) {
      patch.resume(reply === 'ok');
      return;
    }
    patch.tries += 1;
    pause(
      clock,
      process,
      taintRetryUs + rng.below(taintRetryUs + 1),
    )(() => {
      if (isAlive()) attempt(patch);
    });
  };

  return ({ node }, { effect, key, adds }) =>
    (resume) =>
      attempt({ node, effect, key, adds, resume, tries: 1, read: null, taints: none });
};
