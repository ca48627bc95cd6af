import type { HarmKind } from '../../figures/index.ts';
import { flapsByItself, hitsJudge, hitsOnlyControlPlanes, type Plan } from '../../plan/index.ts';
import { type Failure, failures } from '../../timeline/index.ts';
import type { OutcomeCounts, RunDocument } from '../document.ts';
import { plannedFaults } from '../measurement-window.ts';

// All the harm of a run, one by one: what a verdict has to answer for.

/** A run as far as its harm is concerned. */
export type HarmedRun = Pick<RunDocument, 'nodes' | 'requests' | 'pods' | 'unknown'> & {
  readonly plan: Plan;
  /** What nobody set out to measure, as on clusters of somebody else: of that no harm is known, and none is asked for. */
  readonly unmeasured: readonly ('requests' | 'pods')[];
  /** Of the pods that were evicted since the first fault, those that no fault can have cost: see `evictedBesides`. */
  readonly evictedBesides: number;
  /** When it ended, since it began; null where that is not on record. */
  readonly endMs: number | null;
};

/** Harm of one kind in one place. */
export type Harm = {
  readonly kind: HarmKind;
  /**
   * How many requests, losses of a node, or pods; of slow answers how long the slowest took, in ms; of missing replicas
   * replica-seconds. null: that is not known.
   */
  readonly amount: number | null;
  /** Why it is not known; null where it is. */
  readonly why: string | null;
  /** Before the first fault. */
  readonly isEarly: boolean;
  /** No fault of the plan is there to do it: it happened to a node that none hits, in a quiet phase, or before all of them. */
  readonly isBesides: boolean;
  /** Each null where it is of none, or not known. */
  readonly phase: string | null;
  readonly entrance: string | null;
  readonly node: string | null;
};

/** Requests that were due in one phase, entered through one node, and were asked in one way. */
export type Cell = {
  readonly phase: string;
  readonly entrance: string | null;
  readonly counts: OutcomeCounts;
  /** How long the slowest answer took, in ms. */
  readonly maxMs: number | null;
};

/**
 * An answer that takes longer came too late for most clients: twice as long as a request waits for one unless a scenario says
 * otherwise (`load.timeout`, 1 s).
 */
export const slowMs = 2000;

/** Replica-seconds: a replica that was not ready for less than a second is nobody's loss of capacity. */
const minMissing = 1;

const none = { why: null, isEarly: false, isBesides: false, phase: null, entrance: null, node: null } as const;

export const cellsOf = ({ requests: { ways, byPhase, byEntrance = {} } }: HarmedRun): readonly Cell[] => {
  const entrances = Object.keys(byEntrance);
  return ways === undefined
    ? Object.entries(byPhase).map(([phase, counts]) => ({
        phase,
        entrance: entrances.length === 1 ? (entrances[0] ?? null) : null,
        counts,
        maxMs: counts.latencyMs.max,
      }))
    : ways.map((way) => ({ phase: way.phase, entrance: way.entrance, counts: way, maxMs: way.latencyMs.max }));
};

const isBeforeFault = ({ phases }: Plan, phase: string): boolean =>
  phases.findIndex(({ name }) => name === phase) < phases.findIndex(({ kind }) => kind === 'fault');

/** Where requests may have been harmed: from the first fault on, and before it where the settings do harm by themselves. */
export const disturbedCells = (run: HarmedRun): readonly Cell[] =>
  cellsOf(run).filter(({ phase }) => flapsByItself(run.plan) || !isBeforeFault(run.plan, phase));

export const offeredIn = (cells: readonly Cell[]): number => cells.reduce((sum, { counts }) => sum + counts.offered, 0);

/** Why a figure is not known, as the document has it; null where it says nothing of that. */
const whyUnknown = ({ unknown = [] }: HarmedRun, figures: readonly string[]): string | null =>
  unknown.find(({ figure }) => figures.includes(figure))?.why ?? null;

const whyOfCell = (run: HarmedRun, { phase, entrance, counts }: Cell, outcome: Failure): string | null => {
  const isOneOfSome = entrance !== null && Object.keys(run.requests.byEntrance ?? {}).length > 1;
  const paths = [`byPhase.${phase}.${outcome}`, ...(isOneOfSome ? [`byEntrance.${entrance}.${outcome}`] : [])];
  const why = whyUnknown(
    run,
    paths.map((path) => `requests.${path}`),
  );
  if (why !== null || counts[outcome] !== null) return why;
  return counts.offered === 0 ? `no request was due${isOneOfSome ? ` through ${entrance}` : ''}` : 'nobody saw it';
};

/** Those that were due in no phase are in the totals alone. */
const outsidePhases = (run: HarmedRun): readonly Harm[] => {
  const cells = cellsOf(run);
  return failures.flatMap((kind): readonly Harm[] => {
    const inPhases = cells.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), 0);
    const amount = (run.requests[kind] ?? 0) - inPhases;
    return amount > 0 ? [{ ...none, kind, amount }] : [];
  });
};

const ofRequests = (run: HarmedRun): readonly Harm[] => {
  if (run.requests.offered === 0 || run.unmeasured.includes('requests')) return [];
  const disturbed = disturbedCells(run);
  return cellsOf(run).flatMap((cell) => {
    const { phase, entrance, counts, maxMs } = cell;
    const isEarly = isBeforeFault(run.plan, phase);
    // What fails in a quiet phase no fault is there to do, whether it comes before the first or after the last.
    const isQuiet = run.plan.phases.some(({ name, kind }) => name === phase && kind === 'steady');
    const at = { ...none, phase, entrance, isEarly, isBesides: isQuiet };
    // How many may fail before the first fault, an abort condition says.
    const isCounted = disturbed.some((one) => one.phase === phase);
    const failed = (isCounted ? failures : []).flatMap((kind): readonly Harm[] => {
      const amount = counts[kind];
      const why = whyOfCell(run, cell, kind);
      // What was seen may be no more than a part.
      return [
        ...(amount === null || amount === 0 ? [] : [{ ...at, kind, amount }]),
        ...(why === null ? [] : [{ ...at, kind, amount: null, why }]),
      ];
    });
    return maxMs !== null && maxMs > slowMs ? [...failed, { ...at, kind: 'slow', amount: maxMs }] : failed;
  });
};

/** So much of something, where there was any. A field that an older skipbeat did not write is none. */
const some = (
  run: HarmedRun,
  harm: Pick<Harm, 'kind'> & Partial<Harm>,
  figure: string,
  amount: number | null | undefined,
): readonly Harm[] => {
  if (amount === 0 || amount === undefined) return [];
  const why = amount === null ? (whyUnknown(run, [figure]) ?? 'nobody saw it') : null;
  return [{ ...none, ...harm, amount, why }];
};

/** Whether faults are there to lose a node: one hits it, or all of them what judges every node. */
export const aimsAt = (plan: Plan): ((node: string) => boolean) => {
  const faults = plannedFaults(plan);
  const isAll = faults.length > 0 && faults.every(hitsJudge);
  const targets = new Set(faults.flatMap((fault) => fault.targets));
  return (node) => isAll || targets.has(node);
};

/** One watch sees all nodes: where what is counted of one is known, so is it of the others. */
const ofNodes = (run: HarmedRun): readonly Harm[] => {
  const { notReadyTransitions: all, notReadyTransitionsBeforeFault: before, byNode } = run.nodes;
  // Under other settings an abort condition asks whether a node was lost early.
  const early = before === null && !flapsByItself(run.plan) ? 0 : before;
  const isAimed = aimsAt(run.plan);
  const each = Object.entries(byNode).flatMap(([node, { notReadyTransitions, notReadyByKubelet }]) => {
    const own = notReadyByKubelet ?? 0;
    const of = { node, isBesides: !isAimed(node) };
    return [
      ...some(run, { kind: 'lostByKubelet', ...of }, '', own),
      ...some(run, { kind: 'lost', ...of }, '', (notReadyTransitions ?? 0) - own),
    ];
  });
  const rest = all === null ? null : Math.max(0, all - each.reduce((sum, { amount }) => sum + (amount ?? 0), 0));
  return [
    ...(all === null ? [] : each),
    ...some(run, { kind: 'lost' }, 'nodes.notReadyTransitions', rest),
    ...some(run, { kind: 'lost', isEarly: true, isBesides: true }, 'nodes.notReadyTransitionsBeforeFault', early),
  ];
};

const isFew = (missing: number | null | undefined): boolean => typeof missing === 'number' && missing < minMissing;

/**
 * That nobody saw whether pods were evicted or stuck is such harm only where there was cause for it: a node that was, or may
 * have been, lost. Replicas may be missing wherever a fault hits more than control planes, too.
 */
const ofPods = (run: HarmedRun, lost: readonly Harm[]): readonly Harm[] => {
  const { evicted, evictedBeforeFault, stuckTerminating, unavailableSeconds } = run.pods;
  const seen = (amount: number | null | undefined, isEarly: boolean) => {
    const hasCause = !run.unmeasured.includes('pods') && lost.some((harm) => harm.isEarly === isEarly);
    return amount === null && !hasCause ? 0 : amount;
  };
  const hitsNodes = plannedFaults(run.plan).some(({ kind }) => !hitsOnlyControlPlanes(kind));
  const missing = hitsNodes && !run.unmeasured.includes('pods') ? unavailableSeconds : seen(unavailableSeconds, false);
  const since = seen(evicted, false);
  const besides = Math.min(run.evictedBesides, since ?? 0);
  const early = { kind: 'evicted', isEarly: true, isBesides: true } as const;
  return [
    ...some(run, { kind: 'evicted' }, 'pods.evicted', since === null || since === undefined ? since : since - besides),
    ...some(run, { kind: 'evicted', isBesides: true }, 'pods.evicted', besides),
    ...some(run, early, 'pods.evictedBeforeFault', seen(evictedBeforeFault, true)),
    ...some(run, { kind: 'stuck' }, 'pods.stuckTerminating', seen(stuckTerminating, false)),
    ...some(run, { kind: 'missing' }, 'pods.unavailableSeconds', isFew(missing) ? 0 : missing),
  ];
};

/** Every harm of a run, and everything that may be one because nobody saw it. */
export const harmsOf = (run: HarmedRun): readonly Harm[] => {
  const lost = ofNodes(run);
  return [...ofRequests(run), ...outsidePhases(run), ...lost, ...ofPods(run, lost)];
};

export const isFailed = ({ kind }: Harm): boolean => failures.some((one) => one === kind);
