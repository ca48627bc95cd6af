import { saysRequestsFail } from '../plan/index.ts';
import { figureAt, millisecondsText, numberText, type RunDocument, secondsText, sinceFault } from '../verdict/index.ts';

/**
 * `harm` is felt by nodes or clients, and none of it may go unknown; `cost` is what a configuration takes while nothing
 * happens; of a `timing` nobody can say which way is better.
 */
export type FigureKind = 'harm' | 'cost' | 'timing';

/** A figure that comparisons look at. */
export type Figure = {
  /** As in run.json; `sinceFault.…` is what run.json of several repeats has under that name. */
  readonly path: string;
  readonly kind: FigureKind;
  /** Of one run; infinite where what it waits for never came; null: not measured, and the figure is not judged. */
  readonly value: (document: RunDocument) => number | null;
  readonly text: (value: number | null) => string;
};

const rounded = (value: number | null): string => numberText(value === null ? null : Math.round(value * 10) / 10);

const never = Number.POSITIVE_INFINITY;

const at = (path: string): Figure['value'] => {
  const ofRequests = path.startsWith('requests.');
  return (document) => {
    // Of no request nothing is known.
    if (ofRequests && document.requests.offered === 0) return null;
    return figureAt({ ...document, sinceFault: sinceFault(document) }, path) ?? null;
  };
};

const figure = (
  kind: FigureKind,
  path: string,
  text: Figure['text'] = rounded,
  value: Figure['value'] = at(path),
): Figure => ({
  path,
  kind,
  value: (document) => {
    // Of what its watch may have missed nobody knows that it never was.
    const own = path.replace(/^sinceFault\./, 'timing.');
    return document.unknown?.some((one) => one.figure === own) === true ? null : value(document);
  },
  text,
});

/** Nodes that were not Ready at the end; null where that is not on record. */
const unrecoveredOf = (document: RunDocument): number | null => {
  if (document.nodes.unrecovered !== undefined) return document.nodes.unrecovered;
  // An older document has no such count. Its last step may say as much, and so may a node that never came back.
  const nodes = Object.values(document.nodes.byNode);
  const gone = nodes.filter((node) => (node.notReadyTransitions ?? 0) > 0 && node.lastReadyMs === null).length;
  if (gone > 0) return gone;
  const last = document.steps.findLast(({ kind }) => ['steady', 'fault', 'recover'].includes(kind));
  return last?.kind === 'recover' && last.outcome === 'done' ? 0 : null;
};

/** When every node was Ready again; 0 where none was ever NotReady, infinite where one still was at the end. */
const allReady = (document: RunDocument): number | null => {
  const { notReadyTransitions, notReadyNodeSeconds } = document.nodes;
  const unrecovered = unrecoveredOf(document);
  if (unrecovered !== null && unrecovered > 0) return never;
  if (notReadyTransitions === 0 && notReadyNodeSeconds === 0) return 0;
  if (unrecovered === null) return null;
  return sinceFault(document).lastReadyMs ?? (notReadyTransitions === 0 ? 0 : null);
};

/** Steps that waited for all to be as before the faults, and did not see it. */
const unrecoveredSteps = ({ steps }: RunDocument) =>
  steps.filter(({ kind, outcome }) => kind === 'recover' && outcome === 'timedOut');

/** 1 where not all was as before when a recovery ended: nodes, taints, endpoints, pods, requests. null: nobody looked. */
const timedOut = (document: RunDocument): number | null => {
  if (unrecoveredSteps(document).length > 0) return 1;
  const recoveries = document.steps.filter(({ kind }) => kind === 'recover');
  const isKnown = recoveries.every(({ outcome }) => outcome === 'done');
  return isKnown && (recoveries.length > 0 || document.faults.length === 0) ? 0 : null;
};

/** When the last request was refused; 0 where none was, infinite where requests still failed at the end. */
const lastRefused = (document: RunDocument): number | null => {
  const { offered, refused } = document.requests;
  if (offered === 0) return null;
  if (refused === 0) return 0;
  return unrecoveredSteps(document).some(({ detail }) => saysRequestsFail(detail))
    ? never
    : sinceFault(document).lastRefusedMs;
};

const orInfinite =
  (word: string): Figure['text'] =>
  (value) =>
    value === never ? word : secondsText(value);

/** When something began: where it never did, later than in every run in which it did. */
const began = (path: string): Figure =>
  figure('timing', path, orInfinite('never'), (document) => at(path)(document) ?? never);

/**
 * Harm to nodes and clients, and what the configuration costs in writes: these are judged, together. Then when things
 * began, which is shown: detection that comes late is good under a short pause and bad under a lasting loss.
 */
export const figures: readonly Figure[] = [
  figure('harm', 'nodes.notReadyTransitions'),
  figure('harm', 'nodes.notReadyTransitionsBeforeFault'),
  figure('harm', 'nodes.notReadyNodeSeconds'),
  figure('harm', 'requests.refused'),
  figure('harm', 'requests.timeout'),
  figure('harm', 'requests.reset'),
  figure('harm', 'requests.httpError'),
  figure('harm', 'requests.unreachable'),
  figure('harm', 'requests.otherError'),
  // What the load could not send was not answered either; beyond a few of them a run is inconclusive.
  figure('harm', 'requests.dropped'),
  figure('harm', 'requests.latencyMs.p99', millisecondsText),
  // Of what is slow for fewer than 1 % of the requests, p99 knows nothing.
  figure('harm', 'requests.latencyMs.max', millisecondsText),
  figure('harm', 'pods.evicted'),
  figure('harm', 'sinceFault.lastReadyMs', orInfinite('not recovered'), allReady),
  figure('harm', 'sinceFault.lastRefusedMs', orInfinite('not recovered'), lastRefused),
  figure('harm', 'steps.recover.timedOut', rounded, timedOut),
  figure('cost', 'writes.leasePerNodeMinute'),
  figure('cost', 'writes.statusPerNodeMinute'),
  began('sinceFault.firstNotReadyMs'),
  began('sinceFault.firstRefusedMs'),
  began('sinceFault.firstEvictionMs'),
];
