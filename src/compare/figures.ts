import { figureAt, millisecondsText, numberText, type RunDocument, secondsText, sinceFault } from '../verdict/index.ts';

/** A figure that comparisons look at. */
export type Figure = {
  /** As in run.json; `sinceFault.…` is what run.json of several repeats has under that name. */
  readonly path: string;
  /** null: which way is better depends on what is wanted, so nothing is called better or worse. */
  readonly better: 'lower' | null;
  /** What a run counts as in which the figure is null; null: it was not measured, and the figure is not judged. */
  readonly absent: number | null;
  readonly text: (value: number | null) => string;
};

const rounded = (value: number | null): string => numberText(value === null ? null : Math.round(value * 10) / 10);

const count = (path: string): Figure => ({ path, better: 'lower', absent: null, text: rounded });

/** When something was over: where it never began, it was over at once. */
const over = (path: string): Figure => ({ path, better: 'lower', absent: 0, text: secondsText });

/** When something began: where it never did, later than in every run in which it did. */
const began = (path: string): Figure => ({
  path,
  better: null,
  absent: Number.POSITIVE_INFINITY,
  text: (value) => (value === Number.POSITIVE_INFINITY ? 'never' : secondsText(value)),
});

/**
 * Harm to nodes and clients, and what the configuration costs in writes: these are judged, together. Then when things
 * began, which is shown: detection that comes late is good under a short pause and bad under a lasting loss.
 */
export const figures: readonly Figure[] = [
  count('nodes.notReadyTransitions'),
  count('nodes.notReadyTransitionsBeforeFault'),
  count('nodes.notReadyNodeSeconds'),
  count('requests.refused'),
  count('requests.timeout'),
  count('requests.reset'),
  count('requests.httpError'),
  count('requests.unreachable'),
  { ...count('requests.latencyMs.p99'), text: millisecondsText },
  count('pods.evicted'),
  over('sinceFault.lastReadyMs'),
  over('sinceFault.lastRefusedMs'),
  count('writes.leasePerNodeMinute'),
  count('writes.statusPerNodeMinute'),
  began('sinceFault.firstNotReadyMs'),
  began('sinceFault.firstRefusedMs'),
  began('sinceFault.firstEvictionMs'),
];

/** A figure of one run; null where it was not measured: of what its watch may have missed nobody knows that it never began. */
export const figureValue = ({ path, absent }: Figure, document: RunDocument): number | null => {
  const own = path.replace(/^sinceFault\./, 'timing.');
  if (document.unknown?.some(({ figure }) => figure === own) === true) return null;
  return figureAt({ ...document, sinceFault: sinceFault(document) }, path) ?? absent;
};
