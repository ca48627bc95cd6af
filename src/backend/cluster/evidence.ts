import { type AgentStep, type NodeClock, type PreparedAct, verifyCodes } from '../../agent/index.ts';
import type { EventBody } from '../../timeline/index.ts';

/** What came of one act on its node. */
export type ActEnd = {
  readonly prepared: PreparedAct;
  /** All that is on record of it, by its agent, the timer of its node, and a later undo. */
  readonly steps: readonly AgentStep[];
  /** The node's clock beside the run's; null: it was never asked. */
  readonly clock: NodeClock | null;
};

/** An event, and when it was on the run's clock. */
export type Stamped = { readonly body: EventBody; readonly atMs: number };

/** The first step of a name; null: there is none. */
const stepOf = (steps: readonly AgentStep[], name: string): AgentStep | null =>
  steps.find(({ step }) => step === name) ?? null;

/** Whether the node says that the fault was made. */
const isApplied = ({ steps }: ActEnd): boolean => stepOf(steps, 'applied')?.code === 0;

/** Whoever undid it first on the node: its agent, its timer, or a later undo. */
const undoOf = ({ steps }: ActEnd): AgentStep | null =>
  steps.find(({ step, code }) => (step === 'undo' || step === 'timer') && code === 0) ?? null;

/** What the node says last of its undo: how it was verified, or that nothing was ever done there. */
const endingOf = ({ steps }: Pick<ActEnd, 'steps'>): AgentStep | null => {
  const undone = steps.findLast(({ step }) => step === 'undone');
  if (undone !== undefined) return undone;
  return stepOf(steps, 'applied') === null ? (stepOf(steps, 'idle') ?? stepOf(steps, 'refused')) : null;
};

/** Whether the node says that it is as before. */
const isUndone = (end: Pick<ActEnd, 'steps'>): boolean => {
  const ending = endingOf(end);
  return ending !== null && (ending.step !== 'undone' || ending.code === verifyCodes.gone);
};

/** Whether the node says that it is as before, and has nothing left of the act. */
export const isAsBefore = (end: Pick<ActEnd, 'steps'>): boolean =>
  isUndone(end) && stepOf(end.steps, 'cleared') !== null;

const onRun = ({ clock }: ActEnd, nodeMs: number): number | null => (clock === null ? null : nodeMs + clock.offsetMs);

const max = (ends: readonly (number | null)[]): number | null => {
  const known = ends.filter((one) => one !== null);
  return known.length === ends.length && known.length > 0 ? Math.max(...known) : null;
};

/** Who undid it, in words, where it was not its agent at its time. */
const undoneBy = (end: ActEnd): string => {
  const by = undoOf(end);
  if (by?.step === 'timer') return ", undone by the node's own timer";
  return stepOf(end.steps, 'found') === null ? '' : ', undone by a pod of its own';
};

const proofs = async (fault: string, end: ActEnd): Promise<readonly Stamped[]> => {
  const { prepared, steps } = end;
  const made: Stamped[] = [];
  for (const moment of ['start', 'end'] as const) {
    const step = stepOf(steps, moment);
    const atMs = step === null ? null : onRun(end, step.clockMs);
    if (step === null || atMs === null) continue;
    const proof = await prepared.attest(step);
    made.push({ body: { type: 'fault.attested', fault, node: prepared.target, moment, ...proof }, atMs });
  }
  return made;
};

/**
 * What the nodes of one fault have on record of it, as events of the run. A step without a record makes no event: a proof that
 * is not there is none. Pure.
 * @returns in no order: they are sorted by their time
 */
export const faultEvents = async (fault: string, ends: readonly ActEnd[]): Promise<readonly Stamped[]> => {
  const clocks = (of: (end: ActEnd) => number | null): Record<string, number | null> =>
    Object.fromEntries(ends.map((end) => [end.prepared.target, of(end)]));
  const appliedMs = (end: ActEnd): number | null =>
    isApplied(end) ? (stepOf(end.steps, 'applied')?.clockMs ?? null) : null;
  const goneMs = (end: ActEnd): number | null => {
    const by = undoOf(end);
    return by === null ? null : end.prepared.endsWhenAsked ? by.beganMs : by.clockMs;
  };
  const atMs = (of: (end: ActEnd) => number | null): number | null =>
    max(
      ends.map((end) => {
        const nodeMs = of(end);
        return nodeMs === null ? null : onRun(end, nodeMs);
      }),
    );
  const injectedMs = atMs(appliedMs);
  const undoingMs = atMs((end) => undoOf(end)?.beganMs ?? null);
  const undoneMs = atMs((end) => endingOf(end)?.clockMs ?? null);
  const evidence = await Promise.all(
    ends.map(async (end) => {
      const last = endingOf(end);
      if (last === null) return `${end.prepared.target}: nothing is on record of its undo`;
      if (last.step !== 'undone') return `${end.prepared.target}: nothing was done there, for ${last.out}`;
      const seen = (await end.prepared.attestUndone(last, undoOf(end))).evidence;
      return `${end.prepared.target}: ${seen}${undoneBy(end)}`;
    }),
  );
  const undone: Stamped[] =
    undoneMs === null
      ? []
      : [
          {
            body: {
              type: 'fault.undone',
              fault,
              undone: ends.every(isUndone),
              evidence: evidence.join('; '),
              clockMs: clocks(goneMs),
            },
            atMs: undoneMs,
          },
        ];
  const isInjected = injectedMs !== null;
  return [
    ...(isInjected
      ? [{ body: { type: 'fault.injected', fault, clockMs: clocks(appliedMs) } as const, atMs: injectedMs }]
      : []),
    ...(isInjected ? (await Promise.all(ends.map((end) => proofs(fault, end)))).flat() : []),
    ...(undoingMs === null ? [] : [{ body: { type: 'fault.undoing', fault } as const, atMs: undoingMs }]),
    ...undone,
  ];
};
