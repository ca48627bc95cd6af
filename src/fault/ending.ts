import type { CommandResult } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { sleepUntil } from '../common/wait.ts';
import type { UndoCommand } from '../journal/index.ts';
import { type DeadManSwitch, failureLine, type Hold, type NodeExec } from '../node/index.ts';
import type { EventBody, NodeClocks } from '../timeline/index.ts';
import { coveredBy, type PreparedFault, type Verifier } from './fault.ts';
import type { Growth } from './ramp.ts';

/** One node's part of an undo. */
export type UndoStep = {
  readonly undo: UndoCommand;
  /** `absent` when the node is as it was. */
  readonly verify: Verifier;
};

/** What an undo came to, by what the nodes' verifiers found. */
type UndoEnd = { readonly undone: boolean; readonly evidence: string; readonly failures: readonly string[] };

/** Reads every node back: an exit code proves nothing, and an undo that had nothing to do may well fail. */
const readBack = async (
  steps: readonly UndoStep[],
  results: readonly CommandResult[],
  exec: NodeExec,
  name: (node: string) => string,
): Promise<UndoEnd> => {
  const checks = await Promise.all(
    steps.map(async ({ undo, verify }, index) => {
      const result = results[index];
      const { state, evidence } = await verify(exec, undefined, undefined, result);
      const text = `${name(undo.node)}: ${evidence}`;
      const how = result === undefined ? '' : ` (${failureLine(result)})`;
      return { text, failure: state === 'absent' ? null : `${text}${how}` };
    }),
  );
  const failures = checks.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return { undone: failures.length === 0, evidence: checks.map(({ text }) => text).join('; '), failures };
};

/** Undoes on every node at once and reads each back. No node's trouble keeps another from being undone. */
export const undoAll = async (
  steps: readonly UndoStep[],
  exec: NodeExec,
  name: (node: string) => string,
): Promise<UndoEnd> => readBack(steps, await Promise.all(steps.map(({ undo }) => exec(undo))), exec, name);

/** @param exitCode of a run that ends there: inconclusive; of a cleanup: the environment's */
export const undoFailed = (
  kind: string,
  failures: readonly string[],
  exitCode: typeof exitCodes.inconclusive | typeof exitCodes.environment,
): SkipbeatError =>
  new SkipbeatError('UNDO_FAILED', `${kind} could not be undone: ${failures.join('; ')}.`, {
    exitCode,
    next: skipbeat('cleanup'),
  });

type Ended = Awaited<Hold['ended']>;

/** The end of a fault, whatever brings it about. */
export type Ending = {
  /**
   * Undoes on every node and proves it. Safe twice: what came first counts.
   * @param dueMs when it is due, on the clock of `performance.now()`: what holds the fault in a node ends it there by that
   *   node's own clock. null: at once
   * @throws SkipbeatError UNDO_FAILED (exit 2), with the journal entry left in place
   */
  readonly undo: (dueMs: number | null) => Promise<void>;
  /** What holds the fault in its nodes, in their order; null where nothing does. */
  readonly holds: (holds: readonly (Hold | null)[]) => void;
  /** Whether the fault may have been undone already. */
  readonly hasBegun: () => boolean;
  /** What is to be stopped first: a step that came after the undo would bring back what has just gone. */
  readonly grows: (growth: Growth) => void;
};

export type EndingOptions = {
  readonly fault: string;
  readonly kind: string;
  readonly prepared: PreparedFault;
  readonly steps: readonly UndoStep[];
  readonly switches: readonly DeadManSwitch[];
  readonly entry: { readonly done: () => void };
  readonly exec: NodeExec;
  readonly record: (body: EventBody) => void;
  readonly short: (container: string) => string;
};

/** This machine's monotonic clock in ms, for what is switched here; µs are the last digits that mean anything. */
export const ownClockMs = (): number => Math.round(performance.now() * 1000) / 1000;

export const createEnding = (options: EndingOptions): Ending => {
  const { fault, kind, prepared, steps, switches, entry, exec, record, short } = options;
  const { nodes, ramp, close } = prepared;
  let growth: Growth | null = null;
  let holding: readonly (Hold | null)[] = [];
  let begun = false;
  let undoing: Promise<void> | null = null;

  const switchOff = async (): Promise<number | null> => {
    if (ramp?.switched !== true) return null;
    try {
      await ramp.to(0, new AbortController().signal);
      return ownClockMs();
    } catch (thrown) {
      // What leads to it is taken away all the same.
      record({ type: 'note', text: `${fault} could not be switched off: ${messageOf(thrown)}` });
      return null;
    }
  };
  const begin = async (dueMs: number | null): Promise<number | null> => {
    if (dueMs !== null) await sleepUntil(dueMs);
    begun = true;
    record({ type: 'fault.undoing', fault });
    if (dueMs === null) for (const hold of holding) hold?.end();
    await growth?.stop();
    return switchOff();
  };
  /** What a node's own hold does at its time; by a command of its own where it has none, or it did not come to its end. */
  const undoOn = async (index: number, { undo }: UndoStep, beginning: Promise<unknown>): Promise<Ended> => {
    const ended = (await holding[index]?.ended) ?? null;
    if (ended !== null && ended.result.ended === 'exited' && ended.clockMs !== null) return ended;
    await beginning;
    return { result: await exec(undo), clockMs: null, askedMs: null };
  };
  /** When it was gone from each node, by the clock there. */
  const clocksOf = (ends: readonly Ended[], switchedMs: number | null): NodeClocks =>
    Object.fromEntries(
      nodes.flatMap((node, index) => {
        const end = ends[index];
        const byNode = (node.endsWhenAsked === true ? end?.askedMs : end?.clockMs) ?? null;
        return coveredBy(node, short).map((name) => [name, node.apply === null ? switchedMs : byNode]);
      }),
    );
  const recordProof = (ends: readonly Ended[]): void => {
    for (const [index, node] of nodes.entries()) {
      const result = ends[index]?.result;
      if (node.readProof === undefined || result === undefined) continue;
      const proof = node.readProof(result, 'end');
      for (const name of coveredBy(node, short))
        record({ type: 'fault.attested', fault, node: name, moment: 'end', ...proof });
    }
  };
  const undoOnce = async (dueMs: number | null): Promise<void> => {
    try {
      const beginning = begin(dueMs);
      const undoing = Promise.all(steps.map((step, index) => undoOn(index, step, beginning)));
      const [switchedMs, ends] = await Promise.all([beginning, undoing]);
      recordProof(ends);
      const results = ends.map(({ result }) => result);
      const first = await readBack(steps, results, exec, short);
      let end = first;
      if (!end.undone) {
        // The switches stand in the nodes already and need no new way in.
        await Promise.all(switches.map((deadManSwitch) => deadManSwitch.fire()));
        end = await undoAll(steps, exec, short);
      }
      // Of an undo that took two attempts nobody knows when it took effect.
      const clockMs = clocksOf(first.undone ? ends : [], first.undone ? switchedMs : null);
      record({ type: 'fault.undone', fault, undone: end.undone, evidence: end.evidence, clockMs });
      if (!end.undone) throw undoFailed(kind, end.failures, exitCodes.inconclusive);
      await Promise.all(switches.map((deadManSwitch) => deadManSwitch.release()));
      entry.done();
    } finally {
      await Promise.all(switches.map((deadManSwitch) => deadManSwitch.fire()));
      await close();
    }
  };
  return {
    undo: (dueMs) => {
      undoing ??= undoOnce(dueMs);
      return undoing;
    },
    holds: (some) => {
      holding = some;
    },
    hasBegun: () => begun,
    grows: (one) => {
      growth = one;
    },
  };
};
