import { setTimeout as delay } from 'node:timers/promises';
import { type Act, actToUndo, type UndoneAct, undoNow } from '../../agent/index.ts';
import type { ClusterAccess } from '../../cluster/index.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import type { JournalEntry, NodeMachine, SurveyedNode } from '../../guard/index.ts';
import { removeNetworkChaos, runLabelOf } from '../../guard/index.ts';

export type UndoOptions = {
  readonly access: ClusterAccess;
  readonly agentImage: string;
  readonly nodes: readonly SurveyedNode[];
  /** The API server's clock when they were read, ms since 1970. */
  readonly nowMs: number;
  /** How long it is waited, each time, for Chaos Mesh to take back what it did. */
  readonly recoverWithinMs: number;
  /** What a person types to take away an entry that nothing may be run for. */
  readonly forget: string;
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

/** Whether a Node that was made anew is the machine that the entry is about; null: it is not known. */
const isSameMachine = (was: NodeMachine | undefined, is: NodeMachine): boolean | null => {
  if (was === undefined || was.id === null || is.id === null) return null;
  // Clones of one disk may have one id between them.
  return was.id === is.id && (was.uuid === null || is.uuid === null || was.uuid === is.uuid);
};

/** Of an entry its node as it is now; `seen`: why it is not known to be the entry's own machine, null: it is. */
const nodeOf = (
  { act, nodeUid, machine }: JournalEntry,
  nodes: readonly SurveyedNode[],
): { readonly node: SurveyedNode; readonly seen: null } | { readonly seen: string } => {
  const node = nodes.find(({ name }) => name === act.node);
  if (node === undefined) return { seen: 'its Node is gone' };
  if (node.uid === nodeUid) return { node, seen: null };
  const isSame = isSameMachine(machine, node.machine);
  if (isSame === true) return { node, seen: null };
  return {
    seen: isSame === null ? 'its Node was made anew, of which machine is not known' : 'its Node is another machine now',
  };
};

const notHit = ({ name, controlPlane }: SurveyedNode): string =>
  `${name} is of the control plane (${controlPlane}), which no run hits`;

/** When an act that nobody undoes is undone by its node's own timer, at the latest; ms since 1970. */
const dueOf = ({ writtenAt }: JournalEntry, { lengthMs, madeElsewhere }: Act): number =>
  Date.parse(writtenAt) + Math.max(lengthMs, madeElsewhere?.throughMs ?? 0) + aroundMs;

/** Date has whole seconds, and the API servers of one cluster need not agree; somebody may have set their clock back. */
const clockMs = 60_000;

const isToCome = (writtenAt: string, nowMs: number): boolean => Date.parse(writtenAt) > nowMs + clockMs;

const toComeText = (writtenAt: string): string =>
  `by the API server's clock its entry was written at a time to come, ${writtenAt}: when its own timer is due is not known`;

/** What would become of an entry. */
export type Foreseen = { readonly detail: string; readonly stays: boolean };

/** What would be done about an entry, for a person: what `undoEntry` would find, as far as it is known beforehand. Touches nothing. */
export const wouldUndo = async (
  entry: JournalEntry,
  { nodes, nowMs, signal }: Pick<UndoOptions, 'nodes' | 'nowMs' | 'signal'>,
): Promise<Foreseen> => {
  let act: Act;
  try {
    act = await actToUndo(entry.act, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { detail: `${messageOf(thrown)}: its entry would stay`, stays: true };
  }
  const found = nodeOf(entry, nodes);
  if (found.seen !== null) {
    if (isToCome(entry.writtenAt, nowMs)) {
      return { detail: `${found.seen}, and ${toComeText(entry.writtenAt)}: its entry would stay`, stays: true };
    }
    const dueMs = dueOf(entry, act);
    const due = new Date(dueMs).toISOString();
    return nowMs > dueMs
      ? {
          detail: `${found.seen}; its own timer was due at ${due} at the latest: its entry would go, not verified`,
          stays: false,
        }
      : {
          detail: `${found.seen}: its entry would stay until the node's own timer is through, at ${due} at the latest, and would go after that, not verified`,
          stays: true,
        };
  }
  if (found.node.controlPlane !== null) return { detail: `${notHit(found.node)}: its entry would stay`, stays: true };
  return { detail: 'would be undone on its node, and verified there', stays: false };
};

/**
 * Nobody can ask the machine of such an entry: a Node object that is gone does not prove that its machine is, nor that it is
 * as before. What it armed before its fault is due at a time, and until then the entry stays.
 * @throws Error while that time is not over
 */
const byItsOwnTimer = (
  { act: { node }, writtenAt }: JournalEntry,
  dueMs: number,
  { nowMs, forget }: Pick<UndoOptions, 'nowMs' | 'forget'>,
  seen: string,
): string => {
  if (isToCome(writtenAt, nowMs)) {
    throw new Error(
      `${seen}, and ${toComeText(writtenAt)}; look at the machine, and once that is as it should be: ${forget}`,
    );
  }
  const due = new Date(dueMs).toISOString();
  if (nowMs > dueMs) return `${seen}; its own timer was due at ${due} at the latest; not verified`;
  throw new Error(
    `${seen}, and the machine may stand all the same with the fault on it: its own timer is due at ${due} at the latest. The entry of ${node} stays until then; run cleanup again after that`,
  );
};

/**
 * Undoes on its node what one entry is about, and proves it.
 * @param isMakerThrough false: Chaos Mesh made it, and may still put back what the undo takes away
 * @returns what was found, for a person
 * @throws Error, SkipbeatError where it is not proved that the node is as before
 */
const undoOnNode = async (entry: JournalEntry, options: UndoOptions, isMakerThrough = true): Promise<string> => {
  const { access, agentImage, nodes, notify, signal } = options;
  // Of the entry its kind, node and id alone, each of a form that was checked, and nothing that would be run.
  const act = await actToUndo(entry.act, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const next = `look at its node, and once that is as it should be: ${options.forget}`;
    throw new Error(`${messageOf(thrown)}; ${next}`, { cause: thrown });
  });
  const dueMs = dueOf(entry, act);
  const found = nodeOf(entry, nodes);
  if (found.seen !== null) return byItsOwnTimer(entry, dueMs, options, found.seen);
  if (found.node.controlPlane !== null) {
    throw new Error(
      `${notHit(found.node)}: nothing is run there. Its own timer undoes the fault, at ${new Date(dueMs).toISOString()} at the latest; look at the node after that, and once it is as it should be: ${options.forget}`,
    );
  }
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
