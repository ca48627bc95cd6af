import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { type AgentStep, injectWithinMs, notifyThrough, type PreparedAct } from '../../agent/index.ts';
import { messageOf } from '../../common/errors.ts';
import {
  awaitInjected,
  createNetworkChaos,
  networkChaosOf,
  removeNetworkChaos,
  runLabelOf,
} from '../../guard/index.ts';
import type { OwnClusterRun } from './context.ts';

/** The agent ends the fault by itself; Chaos Mesh is notified so much later, ms. */
const afterEndMs = 1000;

/** The kubelet of a node that was cut off has to be reached again. */
const notifyWithinMs = 10_000;

/** A fault that Chaos Mesh makes in the place of an agent, which proves it and ends it. */
export type ChaosMeshWork = {
  /**
   * Asks for it, and resolves once Chaos Mesh says that it stands.
   * @throws SkipbeatError CHAOS_MESH_REFUSED, CHAOS_MESH_NOT_INJECTED, HOLD_LOST (exit 75); the signal's reason
   */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  /** Takes it back once the agent has ended it, and tells the agent. Never rejects. Safe twice. */
  readonly takeBack: () => Promise<void>;
  /**
   * That its object is gone. Where it was not when the agent ended, it is asked for once more: of a pod that is gone Chaos Mesh has nothing to do.
   * @throws SkipbeatError CHAOS_MESH_NOT_RECOVERED (exit 75); the client's error
   */
  readonly assertGone: () => Promise<void>;
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
  // It may be there from the moment on at which it is asked for, whatever was answered.
  let mayBeThere = false;
  let injected: { readonly text: string; readonly seenMs: number } | null = null;
  let end: string | null = null;
  let taking: Promise<void> | null = null;
  const note = (text: string): void => recorder.event({ type: 'note', text: `Chaos Mesh on ${target}: ${text}` });

  const remove = async (): Promise<void> => {
    end = await removeNetworkChaos(access, act.id, always);
    note(`taken back: ${end}`);
  };
  const take = async (): Promise<void> => {
    if (!mayBeThere) return;
    if (injected !== null) await delay(Math.max(0, injected.seenMs + act.lengthMs + afterEndMs - recorder.nowMs()));
    await remove().catch((thrown: unknown) => note(messageOf(thrown)));
    // Where it is not gone yet, Chaos Mesh may still act: the agent waits until it is through by itself.
    if (end === null) return;
    await notifyThrough(access, pod, act.id, { timeoutMs: notifyWithinMs, signal: always }).catch((thrown: unknown) =>
      note(`the agent was not notified that it is through, and waits for it by itself: ${messageOf(thrown)}`),
    );
  };
  return {
    begin: async (signal) => {
      await hold.confirm(signal);
      mayBeThere = true;
      await createNetworkChaos(access, object, signal);
      const text = await awaitInjected(access, act.id, injectWithinMs, signal);
      injected = { text, seenMs: recorder.nowMs() };
      note(text);
    },
    takeBack: () => {
      taking ??= take();
      return taking;
    },
    assertGone: async () => {
      if (mayBeThere && end === null) await remove();
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
