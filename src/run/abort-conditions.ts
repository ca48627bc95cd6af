import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { Plan } from '../plan/index.ts';
import type { TimelineListener } from '../timeline/index.ts';
import { watchRun } from '../verdict/index.ts';

/** Abort conditions of one run under way. */
export type AbortConditions = {
  readonly listener: TimelineListener;
  /** Fires with GUARD_TRIPPED (exit 2) once the run can prove nothing any more: it is to undo what it did and end. */
  readonly tripped: AbortSignal;
  /** Leaves no timer. Safe twice. */
  readonly dispose: () => void;
};

const code = 'GUARD_TRIPPED';

/** What ends a run early as inconclusive: an abort condition, and a fault that could not be undone. */
const endings: ReadonlySet<string> = new Set([code, 'UNDO_FAILED']);

/** Whether a run ended early because it could prove nothing any more. */
export const isAbort = (thrown: unknown): boolean =>
  thrown instanceof SkipbeatError && thrown.exitCode === exitCodes.inconclusive && endings.has(thrown.code);

const abortedBy = (plan: Plan, reason: string): SkipbeatError =>
  new SkipbeatError(code, `${plan.scenario}: the run was ended, for it can prove nothing any more: ${reason}.`, {
    exitCode: exitCodes.inconclusive,
    next: `${skipbeat(`run ${plan.scenario}`)}   (once more, on a machine with nothing else to do)`,
  });

/** Ends a run early by the very rules that would judge it inconclusive at its end. */
export const watchAbortConditions = (plan: Plan): AbortConditions => {
  const watch = watchRun(plan);
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ask = (nowMs: number): void => {
    if (controller.signal.aborted) return;
    const reason = watch.reason(nowMs);
    clearTimeout(timer);
    if (reason !== null) {
      controller.abort(abortedBy(plan, reason));
      return;
    }
    const againAtMs = watch.askAgainAtMs(nowMs);
    if (againAtMs !== null) timer = setTimeout(() => ask(againAtMs), againAtMs - nowMs);
  };
  const decides = new Set([
    'node.ready',
    'step.started',
    'step.ended',
    'watch.lost',
    'watch.gap',
    'api.silent',
    'api.answered',
    'fault.injecting',
  ]);
  return {
    listener: {
      onEvent: (event) => {
        watch.event(event);
        if (decides.has(event.type)) ask(event.atMs);
      },
      onRequests: (batch) => {
        watch.requests(batch);
        const [last] = batch.slice(-1);
        if (last !== undefined && batch.some(({ outcome }) => outcome !== 'ok')) ask(last.endedMs);
      },
    },
    tripped: controller.signal,
    dispose: () => clearTimeout(timer),
  };
};
