import type { FigureWindow } from '../figures/index.ts';
import type { Plan, PlannedFault } from '../plan/index.ts';
import { type EventOf, ofType, type TimelineEvent } from '../timeline/index.ts';

/** A phase as it ran, half open: [startMs, endMs); `endMs` null where its end was not seen. */
export type PhaseSpan = { readonly name: string; readonly startMs: number; readonly endMs: number | null };

/** Whether a request that was due then belongs to the phase. */
export const within = (dueMs: number, { startMs, endMs }: PhaseSpan): boolean =>
  dueMs >= startMs && (endMs === null || dueMs < endMs);

/** The instants that every figure hangs on, and the phases between them; ms since the run's start, null where not seen. */
export type MeasurementWindow = FigureWindow & {
  readonly started: EventOf<'run.started'> | null;
  readonly lastEventMs: number | null;
  readonly phases: readonly PhaseSpan[];
};

export const plannedFaults = (plan: Plan): readonly PlannedFault[] =>
  plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));

const isPhase = (kind: string): boolean => kind === 'steady' || kind === 'fault' || kind === 'recover';

const phaseSpans = (events: readonly TimelineEvent[]): PhaseSpan[] => {
  const ends = new Map(ofType(events, 'step.ended').map((event) => [event.name, event.atMs]));
  return ofType(events, 'step.started')
    .filter(({ kind }) => isPhase(kind))
    .map(({ name, atMs }) => ({ name, startMs: atMs, endMs: ends.get(name) ?? null }));
};

/** @param events in the order of their time; any prefix of a run will do */
export const measurementWindow = (plan: Plan, events: readonly TimelineEvent[]): MeasurementWindow => {
  const phases = phaseSpans(events);
  const starts = [...ofType(events, 'load.started').map(({ atMs }) => atMs), ...phases.map(({ startMs }) => startMs)];
  const measuredFromMs = starts.length === 0 ? null : Math.min(...starts);
  const loadEnded = ofType(events, 'load.ended').at(-1);
  const undoing = ofType(events, 'step.started').find(({ kind }) => kind === 'undo');
  const lastEventMs = events.at(-1)?.atMs ?? null;
  const faultStartMs = ofType(events, 'fault.injecting')[0]?.atMs ?? null;
  return {
    started: ofType(events, 'run.started')[0] ?? null,
    ended: ofType(events, 'run.ended')[0] ?? null,
    lastEventMs,
    phases,
    measuredFromMs,
    measuredToMs: loadEnded?.atMs ?? undoing?.atMs ?? lastEventMs,
    faultStartMs,
    countFromMs: plannedFaults(plan).length > 0 ? faultStartMs : measuredFromMs,
    knowsPorts: events.some(({ type }) => type === 'entrance.forgot'),
  };
};
