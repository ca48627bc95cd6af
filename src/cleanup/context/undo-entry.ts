import { setTimeout as delay } from 'node:timers/promises';
import { actToUndo, type UndoneAct, undoNow } from '../../agent/index.ts';
import type { ClusterAccess } from '../../cluster/index.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import type { JournalEntry, SurveyedNode } from '../../guard/index.ts';
import { removeNetworkChaos, runLabelOf } from '../../guard/index.ts';

export type UndoOptions = {
  readonly access: ClusterAccess;
  readonly agentImage: string;
  readonly nodes: readonly SurveyedNode[];
  /** How long it is waited, each time, for Chaos Mesh to take back what it did. */
  readonly recoverWithinMs: number;
  /** Says what is waited for. */
  readonly notify: (line: string) => void;
  readonly signal: AbortSignal;
};

/** An agent waits for its word and starts its pod within this, before its fault begins; its end takes some seconds. */
const aroundMs = 240_000;
const againMs = 5000;

const isTimeUp = (thrown: unknown): thrown is SkipbeatError =>
  thrown instanceof SkipbeatError && thrown.code === 'WAIT_TIMED_OUT';

/** Whether a kubelet may stand still: it has not said a word of a pod that was to start or to go. */
const isKubeletAway = (thrown: unknown): boolean =>
  isTimeUp(thrown) ||
  (thrown instanceof SkipbeatError && thrown.code === 'AGENT_NOT_STARTED' && isTimeUp(thrown.cause));

const textOf = ({ byTimer, stood }: UndoneAct): string => {
  if (stood) return 'undone now, and verified on its node';
  return `${byTimer ? "its node's own timer had undone it" : 'it stood no more'}, verified on its node`;
};

/**
 * Undoes on its node what one entry is about, and proves it.
 * @param isMakerThrough false: Chaos Mesh made it, and may still put back what the undo takes away
 * @returns what was found, for a person
 * @throws Error, SkipbeatError where it is not proved that the node is as before
 */
const undoOnNode = async (entry: JournalEntry, options: UndoOptions, isMakerThrough = true): Promise<string> => {
  const { access, agentImage, nodes, notify, signal } = options;
  const node = nodes.find(({ name }) => name === entry.act.node);
  if (node === undefined) return 'its node is gone, and it with it';
  if (node.uid !== entry.nodeUid) return 'its node was made anew: the machine that it was on is gone, and it with it';
  if (node.controlPlane !== null) {
    throw new Error(
      `${node.name} is of the control plane (${node.controlPlane}), which no run hits: nothing is run there`,
    );
  }
  // Of the entry its kind, node and id alone, each of a form that was checked, and nothing that would be run.
  const act = await actToUndo(entry.act, signal);
  const untilMs = performance.now() + entry.act.lengthMs + aroundMs;
  for (;;) {
    try {
      const pod = { run: runLabelOf(entry.run), image: agentImage };
      return textOf(await undoNow(access, act, pod, signal, isMakerThrough));
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isKubeletAway(thrown) || performance.now() > untilMs) throw thrown;
      const restS = Math.ceil((untilMs - performance.now()) / 1000);
      notify(
        `${act.node} starts no pod; its own timer undoes the fault: asked again for ${restS} s at most (${messageOf(thrown).split('\n')[0]})`,
      );
      await delay(againMs, undefined, { signal });
    }
  }
};

/**
 * Undoes what one entry of a dead run's journal is about, on its node, and proves it. While the fault keeps the kubelet
 * from starting a pod, it waits for the node's own timer, at most until the fault's time is up. Where Chaos Mesh made the fault, its object
 * goes first; a daemon on a node that is cut off may take it back only after the node has undone the fault.
 * @returns what was found, for a person
 * @throws Error, SkipbeatError where it is not proved that the node is as before, or that Chaos Mesh has taken back its object
 */
export const undoEntry = async (entry: JournalEntry, options: UndoOptions): Promise<string> => {
  if (entry.act.injector === undefined) return undoOnNode(entry, options);
  const { access, recoverWithinMs, signal } = options;
  const remove = () => removeNetworkChaos(access, entry.act.id, recoverWithinMs, signal);
  const stays = await remove().then(
    () => null,
    (thrown: unknown) => messageOf(thrown),
  );
  signal.throwIfAborted();
  const found = await undoOnNode(entry, options, stays === null);
  if (stays === null) return `${found}; its NetworkChaos is gone`;
  options.notify(`${stays} It is asked for again, now that the node is as before`);
  await remove();
  return `${await undoOnNode(entry, options)}; its NetworkChaos is gone`;
};
