import type { Plan, PlannedFault } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';

export type EventOf<T extends TimelineEvent['type']> = Extract<TimelineEvent, { type: T }>;

/** The events of one type, in order. */
export const ofType = <T extends TimelineEvent['type']>(events: readonly TimelineEvent[], type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

/** A phase as it ran, half open: [startMs, endMs); `endMs` null where its end was not seen. */
export type PhaseSpan = { readonly name: string; readonly startMs: number; readonly endMs: number | null };

/** Whether a request that was due then belongs to the phase. */
export const within = (dueMs: number, { startMs, endMs }: PhaseSpan): boolean =>
  dueMs >= startMs && (endMs === null || dueMs < endMs);

/** The instants that every figure hangs on; ms since the run's start, null where not seen. */
export type MeasurementWindow = {
  readonly started: EventOf<'run.started'> | null;
  readonly ended: EventOf<'run.ended'> | null;
  readonly lastEventMs: number | null;
  readonly phases: readonly PhaseSpan[];
  /** Start of the load or of the first phase, whichever came first. Bring-up lies before it and is never counted. */
  readonly measuredFromMs: number | null;
  /** End of the load, else start of the undo step, from which on the place is taken down; else the last event. */
  readonly measuredToMs: number | null;
  /** When the first fault began to be injected: the conservative start, for its effect cannot be earlier. */
  readonly faultStartMs: number | null;
  /**
   * From when on the figures of the disturbance count: `faultStartMs`, or `measuredFromMs` where the plan has no fault.
   * null: that moment never came, so there is nothing to count.
   */
  readonly countFromMs: number | null;
  /** Whether the load knew the source ports of its connections: a simulated one has none, an older skipbeat did not record them. */
  readonly knowsPorts: boolean;
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

/** From the start of measuring up to the first fault, or up to the end where that never came; null: there is no such time, or no fault. */
export const undisturbedTime = ({
  measuredFromMs,
  faultStartMs,
  countFromMs,
  measuredToMs,
}: MeasurementWindow): { readonly fromMs: number; readonly toMs: number } | null => {
  const toMs = faultStartMs ?? (countFromMs === null ? measuredToMs : null);
  return measuredFromMs === null || toMs === null ? null : { fromMs: measuredFromMs, toMs };
};
