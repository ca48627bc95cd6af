import { actsOf } from '../../agent/index.ts';
import { secondsText } from '../../common/duration.ts';
import { messageOf } from '../../common/errors.ts';
import { sleepUntil } from '../../common/wait.ts';
import { type FaultPhase, goneBefore, nodesText, type Stand, standsOf } from '../../plan/index.ts';
import type { StepEnd } from '../steps.ts';
import { type ArmedAct, armAct } from './act.ts';
import type { OwnClusterRun } from './context.ts';
import { faultEvents } from './evidence.ts';

/** The word to go is handed over so long before the time: it travels, and the timer for the end is armed, in a fraction of it. */
const goLeadMs = 2000;

/** A later fault's agents start so long before its moment. */
const podLeadMs = 15_000;

/** From here on it is recorded that a fault came later than planned. */
const reportLateFromMs = 500;

const milestones = () => ({ armed: Promise.withResolvers<void>(), gone: Promise.withResolvers<void>() });

/** What is armed of one fault, on all of its nodes. */
const armAll = async (
  run: OwnClusterRun,
  { planned, id, startMs, endMs }: Stand,
  arm: typeof armAct,
): Promise<readonly ArmedAct[]> => {
  const { options, signal } = run;
  const acts = await actsOf(planned, {
    id: `${options.tail}-${id.replaceAll('.', '-')}`,
    lengthMs: Math.round(endMs - startMs),
    maxMs: options.maxMs,
    nodeOf: (target) => options.nodeOf.get(target) ?? target,
    apiServers: options.survey.apiServerPlaces,
    injector: options.injector,
    signal,
  });
  const armed = await Promise.allSettled(acts.map((act) => arm(run, act)));
  const refused = armed.find((one) => one.status === 'rejected');
  const done = armed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (refused === undefined) return done;
  await Promise.all(done.map((act) => act.end(null)));
  throw refused.reason;
};

/**
 * Lets the faults of a phase come and go by the clocks of their nodes. The clock of the phase starts when the undo of those
 * that begin with it is armed and proved armed. What the nodes have on record is fetched when they can be asked again.
 *
 * Just before a fault begins it is asked once more whether its nodes may be hit: whoever withdraws one has until then.
 * Whatever happens, every act that was armed is brought to its end. The first failure ends the phase: nothing more is let go.
 * @throws SkipbeatError UNDO_FAILED (exit 2), TARGETS_REFUSED (exit 75), and what arming throws
 */
export const runOwnFaults = async (
  run: OwnClusterRun,
  phase: FaultPhase,
  arm: typeof armAct = armAct,
): Promise<StepEnd> => {
  const { recorder, guards } = run;
  const broken = new AbortController();
  const signal = AbortSignal.any([run.signal, broken.signal]);
  const guarded: OwnClusterRun = { ...run, signal };
  const stands = standsOf(phase);
  const marks = new Map(stands.map((stand) => [stand.id, milestones()]));
  const all = async (some: readonly Stand[], what: 'armed' | 'gone'): Promise<void> => {
    await Promise.all(some.map(({ id }) => marks.get(id)?.[what].promise));
  };
  const first = stands.filter(({ startMs }) => startMs <= podLeadMs);
  const zero = all(first, 'armed').then(() => recorder.nowMs() + goLeadMs);
  /** `performance.now()` of a moment of the run. */
  const onHere = (atMs: number): number => performance.now() + atMs - recorder.nowMs();
  const until = async (atMs: number): Promise<void> => {
    const zeroMs = await zero;
    signal.throwIfAborted();
    await sleepUntil(onHere(zeroMs + atMs), signal);
  };
  let allProved = true;
  let notUndone: { readonly failed: unknown } | null = null;
  const perform = async (stand: Stand): Promise<void> => {
    const { armed, gone } = marks.get(stand.id) ?? milestones();
    const { id, planned, startMs, endMs } = stand;
    let acts: readonly ArmedAct[] = [];
    let overMs: number | null = null;
    try {
      if (!first.includes(stand))
        await Promise.all([all(goneBefore(stands, stand), 'gone'), until(startMs - podLeadMs)]);
      signal.throwIfAborted();
      acts = await armAll(guarded, stand, arm);
      armed.resolve();
      await until(startMs - goLeadMs);
      await guards.confirm(signal);
      const dueMs = (await zero) + startMs;
      const atMs = Math.max(dueMs, recorder.nowMs() + goLeadMs / 2);
      guards.hit(acts.map(({ prepared }) => prepared.act.node));
      // From here on it may stand, whatever becomes of this process.
      overMs = atMs + endMs - startMs;
      await Promise.all(acts.map((act) => act.go(atMs)));
      await sleepUntil(onHere(atMs), signal);
      const targets = acts.map(({ prepared }) => prepared.target);
      recorder.event({ type: 'fault.injecting', fault: id, kind: planned.kind, targets }, atMs);
      if (atMs - dueMs > reportLateFromMs) {
        const text = `${id} began ${secondsText(atMs - dueMs)} later than planned, and stands its whole length all the same`;
        recorder.event({ type: 'note', text });
      }
      await Promise.all(acts.map((act) => act.begin(signal)));
      await sleepUntil(onHere(overMs), signal);
    } catch (thrown) {
      broken.abort(thrown);
      if (overMs !== null && overMs > recorder.nowMs()) {
        const text = `${id} stands to its own end, in ${secondsText(overMs - recorder.nowMs())}: its node undoes it by itself, and may not be reached before`;
        recorder.event({ type: 'note', text });
      }
    } finally {
      armed.resolve();
      try {
        const over = overMs;
        const ends = await Promise.all(acts.map((act) => act.end(over)));
        const events = over === null ? [] : await faultEvents(id, ends);
        for (const { body, atMs } of events) recorder.event(body, atMs);
        const states = events.flatMap(({ body }) => (body.type === 'fault.attested' ? [body.state] : []));
        allProved &&= states.length === 2 * acts.length && states.every((state) => state === 'present');
      } catch (failed) {
        allProved = false;
        notUndone ??= { failed };
        if (broken.signal.reason !== failed) recorder.event({ type: 'note', text: messageOf(failed) });
        broken.abort(failed);
      }
      gone.resolve();
    }
  };
  await Promise.all(stands.map(perform));
  // Whoever interrupted it is to know that a node may not be as it was.
  const left = notUndone as { readonly failed: unknown } | null;
  if (left !== null) throw left.failed;
  run.signal.throwIfAborted();
  if (broken.signal.aborted) throw broken.signal.reason;
  await until(phase.durationMs);
  const names = phase.inject.map(({ kind, targets }) => `${kind} on ${nodesText(targets)}`).join('; ');
  return { outcome: 'done', detail: `${names}, ${allProved ? 'proved' : 'not proved'}` };
};
