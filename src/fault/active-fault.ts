import { succeeded } from '../common/command.ts';
import { messageOf } from '../common/errors.ts';
import { sleepUntil } from '../common/wait.ts';
import { failureLine } from '../node/index.ts';
import type { EventBody } from '../timeline/index.ts';
import { type Ending, ownClockMs } from './ending.ts';
import {
  type Attestation,
  coveredBy,
  type FaultSite,
  type NodeFault,
  notInjected,
  type PreparedFault,
  type ProofMoment,
} from './fault.ts';
import { growFault } from './ramp.ts';

/** A fault that is in place. Whatever becomes of it, the fault's `undo` is called. */
export type ActiveFault = {
  /**
   * Lets it stand for its length, by each node's own clock from the moment at which it was in place there, proves it
   * just before its end, and undoes it. No proof makes the fault longer.
   * @throws SkipbeatError UNDO_FAILED (exit 2); the abort's error when the signal fires: it stands on then
   */
  readonly hold: () => Promise<void>;
  /** Reads every node back, as `hold` does just before the end. */
  readonly attestEnd: () => Promise<void>;
};

type Injecting = {
  readonly fault: string;
  readonly kind: string;
  readonly lengthMs: number;
  readonly prepared: PreparedFault;
  readonly ending: Ending;
  readonly site: Pick<FaultSite, 'exec' | 'hold'>;
  readonly record: (body: EventBody) => void;
  readonly short: (container: string) => string;
  readonly signal: AbortSignal;
};

/** The proof just before the end begins so long before it, and twice its own time more. */
const verifyLeadMs = 1000;
/** It is to be over by then: what is read after the undo proves nothing. */
const verifySpareMs = 500;
const minVerifyMs = 300;

/** When it began to stand, at the earliest, on the clock of `performance.now()`. */
type Applied = number;

/** Makes it on every node at once. Each node gets its undo along with it, and holds the fault for its length by itself. */
const apply = async (injecting: Injecting): Promise<Applied> => {
  const { kind, lengthMs, prepared, site, ending, record, fault, short, signal } = injecting;
  const { nodes, ramp } = prepared;
  signal.throwIfAborted();
  const askedMs = performance.now();
  const holds = nodes.map((node) => (node.apply === null ? null : site.hold(node.apply, node.undo, lengthMs)));
  ending.holds(holds);
  const applied = await Promise.all(holds.map((hold) => hold?.began ?? null));
  signal.throwIfAborted();
  const failed = applied.flatMap((one) => (one === null || succeeded(one.result) ? [] : [failureLine(one.result)]));
  if (failed.length > 0) throw notInjected(kind, failed);
  if (ramp?.switched === true) await ramp.to(1, signal);
  const switchedMs = ownClockMs();
  const clockMs = Object.fromEntries(
    nodes.flatMap((node, index) =>
      coveredBy(node, short).map((name) => [
        name,
        node.apply === null ? switchedMs : (applied[index]?.clockMs ?? null),
      ]),
    ),
  );
  record({ type: 'fault.injected', fault, clockMs });
  for (const [index, node] of nodes.entries()) {
    const result = applied[index]?.result;
    if (node.readProof === undefined || result === undefined) continue;
    const proof = node.readProof(result, 'start');
    for (const name of coveredBy(node, short))
      record({ type: 'fault.attested', fault, node: name, moment: 'start', ...proof });
  }
  return ramp?.switched === true ? switchedMs : askedMs;
};

const verify = ({ attest }: NodeFault, exec: FaultSite['exec'], withinMs: number | undefined): Promise<Attestation> =>
  attest(exec, undefined, withinMs).catch(
    (thrown: unknown): Attestation => ({ state: 'unreadable', evidence: messageOf(thrown) }),
  );

/** Makes a fault that is armed on all of its nodes at once. @throws SkipbeatError FAULT_NOT_INJECTED (exit 75) */
export const injectArmed = async (injecting: Injecting): Promise<ActiveFault> => {
  const { fault, lengthMs, prepared, site, ending, record, short, signal } = injecting;
  const { nodes, ramp } = prepared;
  const attest = async (moment: ProofMoment, withinMs?: number): Promise<void> => {
    await Promise.all(
      nodes.map(async (node) => {
        if (node.readProof !== undefined) return;
        const seen = await verify(node, site.exec, withinMs);
        // Once the undo has begun, a proof that finds no fault shows nothing of the time before.
        const isLate = ending.hasBegun() && seen.state !== 'present';
        const attestation: Attestation = isLate
          ? { state: 'unreadable', evidence: `checked too late, found: ${seen.evidence}` }
          : seen;
        for (const name of coveredBy(node, short))
          record({ type: 'fault.attested', fault, node: name, moment, ...attestation });
      }),
    );
  };
  const beganMs = await apply(injecting);
  const dueMs = beganMs + lengthMs;
  const growth =
    ramp === undefined
      ? null
      : growFault(
          ramp,
          { beganMs, lengthMs },
          (step) => record({ type: 'fault.grown', fault, step, steps: ramp.steps }),
          signal,
        );
  if (growth !== null) ending.grows(growth);
  let verifyMs = lengthMs / 2;
  const verifyStartedMs = performance.now();
  const begun = attest('start', lengthMs / 2).then(() => {
    verifyMs = performance.now() - verifyStartedMs;
  });
  const proveEnd = async (): Promise<void> => {
    await Promise.race([begun, sleepUntil(beganMs + lengthMs / 2, signal)]);
    const leadMs = Math.min(lengthMs / 2, verifyLeadMs + 2 * verifyMs);
    // What is proved before the end is the last step, not one on the way to it.
    await Promise.all([sleepUntil(dueMs - leadMs, signal), growth?.ended]);
    await attest('end', Math.max(minVerifyMs, dueMs - performance.now() - verifySpareMs));
  };
  const end = async (): Promise<void> => {
    await sleepUntil(dueMs, signal);
    await ending.undo(dueMs);
  };
  return {
    hold: async () => {
      await Promise.all([begun, proveEnd(), end()]);
      const stopped = growth?.broken() ?? null;
      if (stopped !== null) record({ type: 'note', text: `${fault} did not grow as planned: ${stopped}` });
    },
    attestEnd: async () => {
      await begun;
      await attest('end');
    },
  };
};
