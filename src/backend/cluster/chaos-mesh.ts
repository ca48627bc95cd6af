import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { type AgentStep, injectWithinMs, notifyThrough, type PreparedAct } from '../../agent/index.ts';
import { messageOf, SkipbeatError } from '../../common/errors.ts';
import {
  awaitInjected,
  createNetworkChaos,
  networkChaosOf,
  recoverWithinMs,
  removeNetworkChaos,
  runLabelOf,
  wasGone,
} from '../../guard/index.ts';
import type { OwnClusterRun } from './context.ts';

/** The agent ends the fault by itself; Chaos Mesh is notified so much later, ms. */
const afterEndMs = 1000;

/** One whose answer never came may still be on its way. */
const triesOfUnknown = 4;
const againMs = 1000;

/** The kubelet of a node that was cut off has to be reached again. */
const notifyWithinMs = 10_000;

/** A fault that Chaos Mesh makes in the place of an agent, which proves it and ends it. */
export type ChaosMeshWork = {
  /**
   * Asks for it, and resolves once Chaos Mesh says that it stands.
   * @throws SkipbeatError CHAOS_MESH_REFUSED, CHAOS_MESH_NOT_INJECTED, HOLD_LOST (exit 75); the signal's reason
   */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  /** Takes it back once the agent has ended it, and notifies the agent where that was to go. Never rejects. Safe twice. */
  readonly takeBack: (isGoing: boolean) => Promise<void>;
  /**
   * That its object is gone. Where it was not when the agent ended, it is asked for once more: of a pod that is gone Chaos Mesh has nothing to do.
   * @throws SkipbeatError CHAOS_MESH_NOT_RECOVERED (exit 75); the client's error
   */
  readonly assertGone: () => Promise<void>;
  /** Whether its object may be there, so that Chaos Mesh may do something more on the node. */
  readonly mayAct: () => Promise<boolean>;
  /** The act, with what Chaos Mesh says of itself as a part of each proof. */
  readonly proven: () => PreparedAct;
};

/** @param surveyed what the node said of its device and its API servers @throws Error where that is no survey */
export const chaosMeshWork = (
  { options, hold, recorder }: OwnClusterRun,
  prepared: PreparedAct,
  pod: V1Pod,
  surveyed: AgentStep | undefined,
): ChaosMeshWork | null => {
  if (prepared.networkChaos === null) return null;
  const { access } = options;
  const { act, target } = prepared;
  const object = networkChaosOf(prepared.networkChaos(surveyed?.out ?? ''), {
    ...{ id: act.id, run: runLabelOf(options.run), pod: pod.metadata?.name ?? '' },
    durationMs: act.lengthMs + injectWithinMs,
  });
  const always = new AbortController().signal;
  // Until it is answered it may come to be there at any time.
  let writing: Promise<'written' | 'refused' | 'unknown'> | null = null;
  let injected: { readonly text: string; readonly seenMs: number } | null = null;
  let end: string | null = null;
  let taking: Promise<void> | null = null;
  const note = (text: string): void => recorder.event({ type: 'note', text: `Chaos Mesh on ${target}: ${text}` });

  const remove = async (): Promise<void> => {
    let tries = (await writing) === 'unknown' ? triesOfUnknown : 1;
    let seen = await removeNetworkChaos(access, act.id, recoverWithinMs, always);
    for (; seen === wasGone && tries > 1; tries -= 1) {
      await delay(againMs);
      seen = await removeNetworkChaos(access, act.id, recoverWithinMs, always);
    }
    end = seen;
    note(`taken back: ${end}`);
  };
  const mayAct = async (): Promise<boolean> => end === null && writing !== null && (await writing) !== 'refused';
  const take = async (isGoing: boolean): Promise<void> => {
    if (injected !== null) await delay(Math.max(0, injected.seenMs + act.lengthMs + afterEndMs - recorder.nowMs()));
    if (await mayAct()) await remove().catch((thrown: unknown) => note(messageOf(thrown)));
    // Where it is not gone yet, Chaos Mesh may still act: the agent waits until it is through by itself.
    if (!isGoing || (await mayAct())) return;
    await notifyThrough(access, pod, act.id, { timeoutMs: notifyWithinMs, signal: always }).catch((thrown: unknown) =>
      note(`the agent was not notified that it is through, and waits for it by itself: ${messageOf(thrown)}`),
    );
  };
  return {
    begin: async (signal) => {
      await hold.confirm(signal);
      signal.throwIfAborted();
      // Not by the signal: whoever is interrupted has to know what became of it.
      const made = createNetworkChaos(access, object, always);
      writing = made.then(
        () => 'written' as const,
        (thrown: unknown) =>
          thrown instanceof SkipbeatError && thrown.code !== 'API_UNREACHABLE' ? 'refused' : 'unknown',
      );
      await made;
      const text = await awaitInjected(access, act.id, injectWithinMs, signal);
      injected = { text, seenMs: recorder.nowMs() };
      note(text);
    },
    takeBack: (isGoing) => {
      taking ??= take(isGoing);
      return taking;
    },
    mayAct,
    assertGone: async () => {
      if (await mayAct()) await remove();
    },
    proven: () => ({
      ...prepared,
      attest: async (step) => {
        const { state, evidence } = await prepared.attest(step);
        if (injected !== null) return { state, evidence: `${evidence}; Chaos Mesh: ${injected.text}` };
        const said = 'Chaos Mesh did not say that it is injected';
        return { state: state === 'present' ? 'absent' : state, evidence: `${evidence}; ${said}` };
      },
      attestUndone: async (step, undo) => {
        const { state, evidence } = await prepared.attestUndone(step, undo);
        return { state, evidence: end === null ? evidence : `${evidence}; Chaos Mesh: ${end}` };
      },
    }),
  };
};
