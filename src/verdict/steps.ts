import { maxNotReady, type ReadyChange } from '../figures/index.ts';
import { ofType, type TimelineEvent } from '../timeline/index.ts';
import type { StepResult } from './document.ts';
import { secondsText } from './text.ts';

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
      maxNotReady: maxNotReady(changes, atMs, end?.atMs ?? Number.POSITIVE_INFINITY),
    };
  });
};

/** A step that did not end as it should, in words. */
export const stepText = ({ name, outcome, detail, startMs, endMs }: StepResult): string => {
  if (outcome === 'timedOut') {
    return detail === ''
      ? `${name} timed out after ${secondsText((endMs ?? startMs) - startMs)}`
      : `${name}: ${detail}`;
  }
  return `${name} ${outcome === 'failed' ? 'failed' : 'was interrupted'}${detail === '' ? '' : `: ${detail}`}`;
};
