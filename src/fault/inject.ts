import { succeeded } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { Journal } from '../journal/index.ts';
import { armGuard, failureLine, type Guard } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import type { EventBody } from '../timeline/index.ts';
import type { FaultSite } from './fault.ts';
import { createFence } from './fence.ts';
import { faultKind } from './kinds.ts';
import { leaderNode } from './leader.ts';
import { type Growth, growFault } from './ramp.ts';
import { undoAll, undoFailed } from './undo.ts';

export type InjectOptions = {
  readonly planned: PlannedFault;
  /** The plan's id of this occurrence. */
  readonly id: string;
  readonly site: FaultSite;
  readonly journal: Journal;
  readonly record: (body: EventBody) => void;
  readonly signal: AbortSignal;
};

/** A fault that is in place, or partly so: `undo` is called in any case. */
export type InjectedFault = {
  /** Reads every node back and records what it says; call it just before the undo. */
  readonly attestEnd: () => Promise<void>;
  /** Whether every look so far found the fault in place on every node. */
  readonly proved: () => boolean;
  /** Undoes on every node and proves it. Safe twice. @throws SkipbeatError UNDO_FAILED, with the journal entry left in place */
  readonly undo: () => Promise<void>;
};

/**
 * Makes one fault on all of its nodes: preparation, journal, dead-man's switches, injection, proof, in this order. When
 * any of it fails, what was done is undone before the error is thrown.
 * @throws SkipbeatError what the kind's preparation throws, GUARD_NOT_ARMED, FAULT_NOT_INJECTED (exit 75)
 */
export const injectFault = async (options: InjectOptions): Promise<InjectedFault> => {
  const { planned, id: fault, site, journal, record, signal } = options;
  const { kind } = planned;
  const { cluster, incarnation, commander } = site;
  const occurrence = planned.occurrences.find((one) => one.id === fault);
  const lengthMs = occurrence === undefined ? 0 : occurrence.endMs - occurrence.startMs;
  const short = (container: string): string => site.nodes.find((one) => one.container === container)?.node ?? container;
  const { prepare, undone: lookOf } = faultKind(kind);
  const { leaderOf } = planned;
  const targets = leaderOf === undefined ? planned.targets : [await leaderNode(leaderOf, site, signal)];
  const fence = createFence();
  // Steps of a ramp come by the site's own way: they stop at the undo, too.
  const fenced = { ...site, commander: fence.commander(commander) };
  const { nodes: prepared, close, ramp } = await prepare({ ...planned, targets }, fenced, signal);
  const nodes = prepared.map((node) => ({ ...node, apply: fence.command(node.apply), undo: fence.undo(node.undo) }));
  const undos = nodes.map(({ undo }) => undo);
  const entry = journal.add({ kind: 'fault', cluster, incarnation, fault, faultKind: kind, undo: undos });
  const steps = nodes.map(({ undo }) => ({ undo, look: lookOf(undo) }));
  const guards: Guard[] = [];
  let proved = true;
  const attest = async (moment: 'start' | 'end'): Promise<void> => {
    await Promise.all(
      nodes.map(async (node) => {
        const { state, evidence } = await node.attest(commander);
        proved &&= state === 'present';
        record({ type: 'fault.attested', fault, node: short(node.node), moment, state, evidence });
      }),
    );
  };

  let growth: Growth | null = null;
  const undoOnce = async (): Promise<void> => {
    record({ type: 'fault.undoing', fault });
    try {
      // A step that came after the undo would bring back what has just gone.
      await growth?.stop();
      let end = await undoAll(steps, commander, short);
      if (!end.undone) {
        // The switches stand in the nodes already and need no new way in.
        await Promise.all(guards.map((guard) => guard.fire()));
        end = await undoAll(steps, commander, short);
      }
      record({ type: 'fault.undone', fault, undone: end.undone, evidence: end.evidence });
      if (!end.undone) throw undoFailed(kind, end.failures);
      await Promise.all(guards.map((guard) => guard.release()));
      entry.done();
    } finally {
      await Promise.all(guards.map((guard) => guard.fire()));
      await close();
    }
  };
  let undoing: Promise<void> | null = null;
  const undo = (): Promise<void> => {
    undoing ??= undoOnce();
    return undoing;
  };

  try {
    const armed = await Promise.allSettled(nodes.map((node) => armGuard(node.undo, signal)));
    for (const one of armed) if (one.status === 'fulfilled') guards.push(one.value);
    const refused = armed.find((one) => one.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    record({ type: 'fault.injecting', fault, kind, targets: nodes.map(({ node }) => short(node)) });
    const applied = await Promise.all(nodes.map((node) => commander(node.apply, signal)));
    signal.throwIfAborted();
    const failed = applied.filter((result) => !succeeded(result));
    if (failed.length > 0) {
      throw new SkipbeatError('FAULT_NOT_INJECTED', `${kind}: ${failed.map(failureLine).join('; ')}.`, {
        exitCode: exitCodes.environment,
        next: 'npm run skipbeat -- doctor',
      });
    }
    record({ type: 'fault.injected', fault });
    await attest('start');
    growth = ramp === undefined ? null : growFault(ramp, lengthMs, signal);
  } catch (thrown) {
    await undo().catch((failed: unknown) => {
      record({ type: 'note', text: `the undo after a failed injection failed too: ${messageOf(failed)}` });
    });
    throw thrown;
  }
  const attestEnd = async (): Promise<void> => {
    const stopped = growth?.broken() ?? null;
    if (stopped !== null) {
      proved = false;
      record({ type: 'note', text: `${fault} did not grow as planned: ${stopped}` });
    }
    await attest('end');
  };
  return { attestEnd, proved: () => proved, undo };
};
