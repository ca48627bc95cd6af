import type { TimelineEvent } from '../timeline/index.ts';
import type { StepResult } from './document.ts';
import { mostNotReady, type ReadyChange } from './nodes.ts';
import { ofType } from './outline.ts';

/** Every step that was started, in order; what a cut-off run did not get to say is null. */
export const stepResults = (events: readonly TimelineEvent[], changes: readonly ReadyChange[]): StepResult[] => {
  const ends = new Map(ofType(events, 'step.ended').map((event) => [event.name, event]));
  return ofType(events, 'step.started').map(({ name, kind, atMs }) => {
    const end = ends.get(name);
    return {
      name,
      kind,
      startMs: atMs,
      endMs: end?.atMs ?? null,
      outcome: end?.outcome ?? null,
      detail: end?.detail ?? '',
      maxNotReady: mostNotReady(changes, atMs, end?.atMs ?? Number.POSITIVE_INFINITY),
    };
  });
};
