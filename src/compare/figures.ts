import { type FigureKind, figureRegistry, type GrowsWith, type Figure as RegisteredFigure } from '../figures/index.ts';
import { isRequestsFail } from '../plan/index.ts';
import { figureAt, type RunDocument, sinceFault, unitText } from '../verdict/index.ts';

export type { FigureKind } from '../figures/index.ts';

/** A figure that comparisons judge. */
export type Figure = {
  /** As in run.json; `sinceFault.…` is what run.json of several repeats has under that name. */
  readonly path: string;
  readonly kind: FigureKind;
  /** What it grows with although nothing got worse; null: with none of it. */
  readonly growsWith: GrowsWith | null;
  /** Whether less of that never gives more of it. */
  readonly lessGivesLess: boolean;
  /** Of one run; infinite where what it waits for never came; null: not measured, and the figure is not judged. */
  readonly value: (document: RunDocument) => number | null;
  readonly text: (value: number | null) => string;
  /** A tolerance that is a share of the base is no less than that, in the figure's own unit. */
  readonly minTolerance: number;
};

const never = Number.POSITIVE_INFINITY;

const at = (path: string): Figure['value'] => {
  const isOfRequests = path.startsWith('requests.');
  return (document) => {
    // Of no request nothing is known.
    if (isOfRequests && document.requests.offered === 0) return null;
    return figureAt({ ...document, sinceFault: sinceFault(document) }, path) ?? null;
  };
};

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

/** 1 where not all was as before when a recovery ended: nodes, taints, endpoints, pods, requests. null: not observed. */
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
  return unrecoveredSteps(document).some(({ detail }) => isRequestsFail(detail))
    ? never
    : sinceFault(document).lastRefusedMs;
};

/** Whether requests were due in a phase and nothing was answered: these are counted by their errors, and have no latency. */
const isUnanswered = ({ offered, ok, httpError }: RunDocument['requests']['byPhase'][string]): boolean =>
  offered > 0 && ok === 0 && httpError === 0;

/**
 * That of the phase in which it was greatest, of those in which anything was answered; null where that is not known, or was
 * in none. Recoveries are left out: each takes as long as it needs, and `slowSeconds` is of them.
 */
const worstPhase =
  (name: 'p50' | 'p90' | 'p99' | 'mean'): Figure['value'] =>
  ({ requests, steps }) => {
    const recoveries = new Set(steps.flatMap((step) => (step.kind === 'recover' ? [step.name] : [])));
    const all = Object.entries(requests.byPhase).flatMap(([phase, counts]) =>
      recoveries.has(phase) || isUnanswered(counts) ? [] : [counts.latencyMs[name] ?? null],
    );
    return all.reduce<number | null>(
      (worst, one) => (worst === null || one === null ? null : Math.max(worst, one)),
      all.length === 0 ? null : 0,
    );
  };

/** Less than this is none of the harm: an answer a hair beyond what is slow must not count as a run with slow answers. */
const minSlowSeconds = 0.5;

const slowSeconds = ({ requests }: RunDocument): number | null => {
  const { slowSeconds: found = null } = requests;
  return found !== null && found < minSlowSeconds ? 0 : found;
};

/** Figures that are more than the number at their path: of what never came, that it did not, or that nobody knows. */
const derived: Readonly<Record<string, Figure['value']>> = {
  'sinceFault.lastReadyMs': allReady,
  'sinceFault.lastRefusedMs': lastRefused,
  'steps.recover.timedOut': timedOut,
  'requests.slowSeconds': slowSeconds,
  'requests.byPhase.*.latencyMs.p50': worstPhase('p50'),
  'requests.byPhase.*.latencyMs.p90': worstPhase('p90'),
  'requests.byPhase.*.latencyMs.p99': worstPhase('p99'),
  'requests.byPhase.*.latencyMs.mean': worstPhase('mean'),
};

/** Instants are compared by when they came after the fault began: `timing` counts from the start of a run. */
const comparedPath = (path: string): string => path.replace(/^timing\./, 'sinceFault.');

/** Whether a figure is at a path of the registry, `*` standing for any one name. */
const isAt = (figure: string, path: string): boolean => {
  const [steps, own] = [figure.split('.'), path.split('.')];
  return own.length === steps.length && own.every((step, index) => step === '*' || step === steps[index]);
};

const figureValue = ({ path, compared }: RegisteredFigure): Figure['value'] => {
  const own = derived[comparedPath(path)] ?? at(comparedPath(path));
  return (document) => {
    // Of what its watch may have missed nobody knows that it never was.
    if (document.unknown?.some(({ figure }) => isAt(figure, path)) === true) return null;
    // Where something never began, that was later than in every run in which it did.
    return own(document) ?? (compared === 'timing' ? never : null);
  };
};

const textOf =
  ({ unit, compared }: RegisteredFigure): Figure['text'] =>
  (value) =>
    value === never ? (compared === 'timing' ? 'never' : 'not recovered') : unitText[unit](value);

/**
 * Harm to nodes and clients, and what the configuration costs in writes: these are judged, together. Then when things
 * began, which is shown.
 */
export const figures: readonly Figure[] = (['harm', 'cost', 'timing'] as const).flatMap((kind) =>
  figureRegistry
    .filter(({ compared }) => compared === kind)
    .map((figure) => ({
      path: comparedPath(figure.path),
      kind,
      growsWith: figure.growsWith ?? null,
      lessGivesLess: figure.lessGivesLess === true,
      value: figureValue(figure),
      text: textOf(figure),
      minTolerance: figure.minTolerance ?? 0,
    })),
);
