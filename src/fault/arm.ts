import { succeeded } from '../common/command.ts';
import { messageOf } from '../common/errors.ts';
import type { Journal } from '../journal/index.ts';
import { armDeadManSwitch, type DeadManSwitch, failureLine, type NodeCommand } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import type { EventBody } from '../timeline/index.ts';
import { type ActiveFault, injectArmed } from './active-fault.ts';
import { createEnding } from './ending.ts';
import { coveredBy, type FaultSite, notInjected } from './fault.ts';
import { createFence } from './fence.ts';
import { faultKind } from './kinds.ts';
import { leaderNode } from './leader.ts';

export type ArmOptions = {
  readonly planned: PlannedFault;
  /** The plan's id of this occurrence. */
  readonly id: string;
  readonly site: FaultSite;
  readonly journal: Journal;
  readonly record: (body: EventBody) => void;
  readonly signal: AbortSignal;
};

/** A fault that can be made at once, and whose undo is certain; nothing is slower or lost by it yet. */
export type ArmedFault = {
  /** Makes it on all of its nodes. @throws SkipbeatError FAULT_NOT_INJECTED (exit 75), after an undo */
  readonly inject: () => Promise<ActiveFault>;
  /** Undoes what there is of it. Safe twice, and after the injection. @throws SkipbeatError UNDO_FAILED (exit 2) */
  readonly undo: () => Promise<void>;
  /** Whether every proof so far found the fault in place. */
  readonly proved: () => boolean;
};

/**
 * Prepares one fault on all of its nodes: its kind's own preparation, the journal, the dead-man's switches, and whatever
 * has to be laid before it can begin, in this order. When any of it fails, what was done is undone before the error is
 * thrown.
 * @throws SkipbeatError what the kind's preparation throws, GUARD_NOT_ARMED, FAULT_NOT_INJECTED (exit 75)
 */
export const armFault = async (options: ArmOptions): Promise<ArmedFault> => {
  const { planned, id: fault, site, journal, signal } = options;
  const { kind, leaderOf } = planned;
  const { cluster, incarnation, exec } = site;
  const short = (container: string): string => site.nodes.find((one) => one.container === container)?.node ?? container;
  let proved = true;
  const record = (body: EventBody): void => {
    if (body.type === 'fault.attested') proved &&= body.state === 'present';
    options.record(body);
  };
  const { prepare, verifyUndone } = faultKind(kind);
  const targets = leaderOf === undefined ? planned.targets : [await leaderNode(leaderOf, site, signal)];
  const fence = createFence();
  // Steps of a ramp come by the site's own way: they stop at the undo, too.
  const fenced = { ...site, exec: fence.exec(exec) };
  const made = await prepare({ ...planned, targets }, fenced, signal);
  // What holds the fault in a node runs the undo after the injection, and needs no fence between the two; all others do.
  const nodes = made.nodes.map(({ apply, ready, ...node }) => ({
    ...node,
    apply: apply === null ? null : fence.command(apply),
    ...(ready === undefined ? {} : { ready: fence.command(ready) }),
  }));
  const prepared = { ...made, nodes };
  const undos = nodes.map(({ undo }) => fence.undo(undo));
  const writtenDown = async (): Promise<ReturnType<Journal['add']>> => {
    try {
      return journal.add({ kind: 'fault', cluster, incarnation, fault, faultKind: kind, undo: undos });
    } catch (thrown) {
      // A fault whose undo is not written down is not made, and what its kind prepared ends here.
      await made.close();
      throw thrown;
    }
  };
  const entry = await writtenDown();
  const steps = undos.map((undo) => ({ undo, verify: verifyUndone(undo) }));
  const switches: DeadManSwitch[] = [];
  const ending = createEnding({ fault, kind, prepared, steps, switches, entry, exec, record, short });
  const undoAfter = async (thrown: unknown): Promise<never> => {
    await ending.undo(null).catch((failed: unknown) => {
      record({ type: 'note', text: `the undo after a failed injection failed too: ${messageOf(failed)}` });
    });
    throw thrown;
  };
  const injecting = (): void =>
    record({ type: 'fault.injecting', fault, kind, targets: nodes.flatMap((node) => coveredBy(node, short)) });
  const lay = async (commands: readonly NodeCommand[]): Promise<void> => {
    const laid = await Promise.all(commands.map((command) => exec(command, signal)));
    signal.throwIfAborted();
    const failed = laid.filter((result) => !succeeded(result));
    if (failed.length > 0) throw notInjected(kind, failed.map(failureLine));
  };

  const ready = nodes.flatMap((node) => (node.ready === undefined ? [] : [node.ready]));
  try {
    const armed = await Promise.allSettled(undos.map((undo) => armDeadManSwitch(undo, signal)));
    for (const one of armed) if (one.status === 'fulfilled') switches.push(one.value);
    const refused = armed.find((one) => one.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    if (ready.length > 0) {
      // Connections that stand are broken off by it: from here on the nodes are not left alone.
      injecting();
      await lay(ready);
    }
  } catch (thrown) {
    return undoAfter(thrown);
  }
  const occurrence = planned.occurrences.find((one) => one.id === fault);
  const lengthMs = occurrence === undefined ? 0 : occurrence.endMs - occurrence.startMs;
  return {
    inject: () => {
      if (ready.length === 0) injecting();
      return injectArmed({ fault, kind, lengthMs, prepared, site, ending, record, short, signal }).catch(undoAfter);
    },
    undo: () => ending.undo(null),
    proved: () => proved,
  };
};
