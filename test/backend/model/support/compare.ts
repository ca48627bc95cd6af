import type { SimulationOptions } from './quiet-simulation.ts';
import { replay } from './replay.ts';
import type { Trace, TraceEvent } from './traces.ts';

/** What of an object an event is about: what changes one after the other, and so has an order. */
const subject = ({ kind, name, what }: TraceEvent): string => {
  if (kind === 'taint' || kind === 'untaint') return `${name} ${what.split(' ')[0]}`;
  return `${name} ${kind}`;
};

const bySubject = (events: readonly TraceEvent[]): ReadonlyMap<string, readonly TraceEvent[]> =>
  Map.groupBy(
    [...events].sort((a, b) => a.atUs - b.atUs),
    subject,
  );

const said = (event: TraceEvent | undefined): string =>
  event === undefined ? 'nothing' : `${event.kind} ${event.what} at ${event.atUs / 1e6}`.replace('  ', ' ');

/**
 * Compares what the model did with what the controllers did, event by event: for each node and pod the same
 * ones, in the same order, each within the tolerance; order between objects then follows from the times. At the very
 * end one may have had no more time for what the other did.
 * @returns a line for each difference, the first of each node's or pod's conditions, taints …
 */
export const differences = (
  model: readonly TraceEvent[],
  controllers: readonly TraceEvent[],
  { toleranceUs, endUs }: { readonly toleranceUs: number; readonly endUs: number },
): readonly string[] => {
  const [ours, theirs] = [bySubject(model), bySubject(controllers)];
  const found: string[] = [];
  for (const about of new Set([...ours.keys(), ...theirs.keys()])) {
    const [mine, real] = [ours.get(about) ?? [], theirs.get(about) ?? []];
    for (let index = 0; index < Math.max(mine.length, real.length); index += 1) {
      const [one, other] = [mine[index], real[index]];
      const onlyOne = one ?? other;
      if ((one === undefined || other === undefined) && (onlyOne?.atUs ?? 0) > endUs - 2 * toleranceUs) break;
      const same =
        one?.kind === other?.kind &&
        one?.what === other?.what &&
        Math.abs((one?.atUs ?? 0) - (other?.atUs ?? 0)) <= toleranceUs;
      if (same) continue;
      found.push(`${about} #${index}: model ${said(one)}, controllers ${said(other)}`);
      break;
    }
  }
  return found;
};

/**
 * Whether another leads while a node has a taint of each effect to lose, or one to get and one to lose: then the first
 * pass and the worker for NoSchedule taints change the node at once, and who comes second tries again 200 ms later.
 */
export const meetsRace = (events: readonly TraceEvent[], restarts: Trace['restarts']): boolean =>
  restarts.some(({ startsUs }) => {
    const held = new Map<string, Set<string>>();
    for (const { atUs, kind, name, what } of events) {
      if (atUs > startsUs || kind === 'pass' || kind === 'pod' || kind === 'delete') continue;
      const has = held.get(name) ?? new Set<string>();
      held.set(name, has);
      const said = kind === 'condition' ? 'NotReady' : what;
      if (kind === 'untaint' || (kind === 'condition' && what === 'True')) has.delete(said);
      else has.add(said);
    }
    return [...held.values()].some((has) => {
      const effects = [...has].map((what) => what.split(' ')[0]);
      return effects.includes('NoExecute') && effects.includes('NoSchedule') !== has.has('NotReady');
    });
  });

/** Which pod of a node is deleted before another is chance: what is done to them, in the order in which it was done. */
export const inOrderOfTime = (events: readonly TraceEvent[]): readonly TraceEvent[] => {
  const done = new Map<string, number>();
  return [...events]
    .sort((a, b) => a.atUs - b.atUs)
    .map((event) => {
      const node = /^(.*)-pod-\d+$/.exec(event.name)?.[1];
      if (node === undefined) return event;
      const of = `${node} ${event.kind} ${event.what}`;
      const rank = done.get(of) ?? 0;
      done.set(of, rank + 1);
      return { ...event, name: `${node}-pod-${rank}` };
    });
};

/**
 * Whether a pass sees what comes while it begins is decided by microseconds that nobody has in common. So what kubelets
 * write within `guardUs` of a pass's beginning is put off until after it, for both.
 */
export const awayFromPasses = (of: SimulationOptions, trace: Trace, guardUs: number): Trace => {
  let clear = trace;
  for (let round = 0; round < 20; round += 1) {
    const passesUs = replay(of, clear).flatMap(({ kind, atUs }) => (kind === 'pass' ? [atUs] : []));
    const close = (atUs: number): boolean => passesUs.some((passUs) => Math.abs(passUs - atUs) < guardUs);
    if (!clear.events.some(({ atUs }) => close(atUs))) return clear;
    const events = clear.events.map((step) => (close(step.atUs) ? { ...step, atUs: step.atUs + guardUs } : step));
    clear = { ...clear, events: events.sort((a, b) => a.atUs - b.atUs) };
  }
  throw new Error('No way was found to keep what kubelets write away from the passes.');
};
