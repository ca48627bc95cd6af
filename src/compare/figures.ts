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
  /** Of harm: whether any of it is one. */
  readonly anyIsHarm: boolean;
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

/** What is known of the answers of each phase. */
type OfAnswers = 'p50' | 'p90' | 'p99' | 'mean';

/** Recoveries of a run, by the names of their phases. */
export const recoveriesOf = ({ steps }: RunDocument): readonly string[] =>
  steps.flatMap(({ kind, name }) => (kind === 'recover' ? [name] : []));

/** Phases with a length of their own: each recovery takes as long as it needs, and `slowSeconds` is of them. */
const plannedPhases = (document: RunDocument): readonly string[] => {
  const recoveries = recoveriesOf(document);
  return Object.keys(document.requests.byPhase).filter((phase) => !recoveries.includes(phase));
};

/** That of one phase; 0 where nothing was answered in it, null where it is not known. */
const inPhase =
  (phase: string, name: OfAnswers): Figure['value'] =>
  ({ requests }) => {
    const counts = requests.byPhase[phase];
    if (counts === undefined) return null;
    return isUnanswered(counts) ? 0 : (counts.latencyMs[name] ?? null);
  };

/**
 * That of the phase in which it was greatest, of those in which anything was answered; null where that is not known, or was
 * in none: of sides whose phases are others.
 */
const worstPhase =
  (name: OfAnswers): Figure['value'] =>
  (document) => {
    const { requests } = document;
    const all = plannedPhases(document).flatMap((phase) => {
      const counts = requests.byPhase[phase];
      return counts === undefined || isUnanswered(counts) ? [] : [counts.latencyMs[name] ?? null];
    });
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
export const isAt = (figure: string, path: string): boolean => {
  const [steps, own] = [figure.split('.'), path.split('.')];
  return own.length === steps.length && own.every((step, index) => step === '*' || step === steps[index]);
};

const figureValue = (
  { path, compared }: Pick<RegisteredFigure, 'path' | 'compared'>,
  own: Figure['value'] = derived[comparedPath(path)] ?? at(comparedPath(path)),
): Figure['value'] => {
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
      anyIsHarm: figure.compared === 'harm' && figure.anyIsHarm !== false,
    })),
);

const ofPhase = /^requests\.byPhase\.\*\.latencyMs\.(p50|p90|p99|mean)$/;

/**
 * The figures that these runs are compared by: where all have the same phases, the answers of each phase by itself, for a slow
 * phase must not hide what another came to.
 */
export const figuresOf = (runs: readonly RunDocument[]): readonly Figure[] => {
  const [first, ...others] = runs.map(plannedPhases);
  const names = first ?? [];
  const isAlike = others.every((one) => one.length === names.length && one.every((name) => names.includes(name)));
  if (!isAlike) return figures;
  return figures.flatMap((figure) => {
    const [, name] = ofPhase.exec(figure.path) ?? [];
    if (name === undefined) return [figure];
    return names.map((phase) => {
      const path = figure.path.replace('*', phase);
      return {
        ...figure,
        path,
        value: figureValue({ path, compared: figure.kind }, inPhase(phase, name as OfAnswers)),
      };
    });
  });
};

/** The figure of that path, of one phase or of all. */
export const figureNamed = (path: string): Figure | null => figures.find((figure) => isAt(path, figure.path)) ?? null;
