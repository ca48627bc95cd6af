import type { Plan, Prediction } from '../plan/index.ts';
import type { RunDocument, SettingDifference, Verdict } from './document.ts';
import { expectedText } from './expectations.ts';
import { type SinceFault, sinceFault } from './since-fault.ts';
import { type ChanceEstimate, chanceOf, type FigureSummary, summaryOf } from './statistics.ts';
import { listText } from './text.ts';

/** The same tree with a summary at every leaf. */
type Summed<T> = T extends number | null ? FigureSummary : { readonly [K in keyof T]: Summed<T[K]> };

type Tree = { readonly [key: string]: number | null | Tree };

/** An expectation over all repeats: it holds where it held in each of them. */
export type RepeatedExpectation = {
  readonly figure: string;
  readonly expected: string;
  readonly observed: FigureSummary;
  readonly held: boolean;
  /** Numbers of the repeats in which it did not hold, the figure not being observed there included. */
  readonly notHeldIn: readonly number[];
};

/** `run.json` of a run with several repeats: each figure becomes a summary, `repeats` holds the runs themselves. */
export type RepeatsDocument = Pick<
  RunDocument,
  'schemaVersion' | 'scenario' | 'title' | 'profile' | 'backend' | 'predicted' | 'kubernetesVersion' | 'topology'
> & {
  /** That of the whole; each repeat has its own. */
  readonly seed: number;
  readonly startedAt: string | null;
  readonly durationMs: FigureSummary;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly findings: readonly string[];
  readonly expectations: readonly RepeatedExpectation[];
  readonly settings: {
    readonly attested: boolean;
    readonly read: number;
    readonly differences: readonly SettingDifference[];
  };
  readonly nodes: Summed<RunDocument['nodes']>;
  readonly requests: Summed<RunDocument['requests']>;
  readonly pods: Summed<RunDocument['pods']>;
  /** From each run's own start, as in a single run; `sinceFault` is what compares. */
  readonly timing: Summed<RunDocument['timing']>;
  readonly sinceFault: Summed<SinceFault>;
  readonly writes: Summed<RunDocument['writes']>;
  /** In how many of the repeats with valid evidence it happened, with what that says of its chance. */
  readonly chances: Readonly<Record<ChanceName, ChanceEstimate>>;
  readonly prediction: Prediction;
  readonly conditions?: NonNullable<RunDocument['conditions']>;
  readonly repeatsPlanned: number;
  readonly repeats: readonly RunDocument[];
};

const happened = {
  nodeNotReady: ({ nodes }: RunDocument) => (nodes.notReadyTransitions ?? 0) > 0,
  requestRefused: ({ requests }: RunDocument) => requests.refused > 0,
  requestFailed: ({ requests }: RunDocument) => requests.ok < requests.offered,
  podEvicted: ({ pods }: RunDocument) => (pods.evicted ?? 0) > 0,
  expectationMissed: ({ expectations }: RunDocument) => expectations.some(({ held }) => !held),
} as const;

type ChanceName = keyof typeof happened;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** Leaf by leaf; what one run does not have, as a node or a phase that it never saw, is null there. */
const summed = <T extends object>(trees: readonly T[], seed: number): Summed<T> => {
  const sum = (values: readonly (number | null | Tree)[]): FigureSummary | object => {
    if (!values.some(isTree))
      return summaryOf(
        values.map((value) => (typeof value === 'number' ? value : null)),
        seed,
      );
    const keys = new Set(values.flatMap((value) => (isTree(value) ? Object.keys(value) : [])));
    return Object.fromEntries(
      [...keys].map((key) => [key, sum(values.map((value) => (isTree(value) ? (value[key] ?? null) : null)))]),
    );
  };
  return sum(trees as readonly unknown[] as readonly Tree[]) as Summed<T>;
};

const expectationsOf = (plan: Plan, documents: readonly RunDocument[]): readonly RepeatedExpectation[] =>
  plan.expectations.map((expectation, index) => {
    const results = documents.map(({ expectations }) => expectations[index]);
    return {
      figure: expectation.figure,
      expected: expectedText(expectation),
      observed: summaryOf(
        results.map((result) => result?.observed ?? null),
        plan.seed,
      ),
      held: results.length > 0 && results.every((result) => result?.held === true),
      notHeldIn: results.flatMap((result, at) => (result?.held === true ? [] : [at + 1])),
    };
  });

const numbered = (numbers: readonly number[]): string =>
  `repeat${numbers.length === 1 ? '' : 's'} ${listText(numbers.map(String))}`;

/** Texts that several repeats share are said once, with their numbers. */
const gathered = (texts: readonly (readonly string[])[]): readonly string[] => {
  const repeatsOf = new Map<string, number[]>();
  texts.forEach((own, index) => {
    for (const text of new Set(own)) repeatsOf.set(text, [...(repeatsOf.get(text) ?? []), index + 1]);
  });
  return [...repeatsOf].map(([text, numbers]) =>
    numbers.length === texts.length && numbers.length > 1 ? `every repeat: ${text}` : `${numbered(numbers)}: ${text}`,
  );
};

/**
 * An expectation that did not hold in one repeat with valid evidence is not held, whatever the others say. Else the whole
 * is as sure as its weakest repeat: one without valid evidence, or one that never came, leaves it open.
 */
const verdictOf = (
  plan: Plan,
  documents: readonly RunDocument[],
  cutShort: readonly CutShort[],
): Pick<RepeatsDocument, 'verdict' | 'reasons'> => {
  const with_ = (verdict: Verdict) => documents.map((one) => (one.verdict === verdict ? one.reasons : []));
  const lacking = plan.repeats - documents.length;
  const reasons = [
    ...gathered(with_('fail')),
    ...gathered(with_('inconclusive')),
    ...cutShort.flatMap(({ number, document }) =>
      document.reasons.map((reason) => `repeat ${number} was cut short: ${reason}`),
    ),
    ...(lacking === 0 ? [] : [`${documents.length} of ${plan.repeats} repeats came to their end`]),
  ];
  if (documents.some(({ verdict }) => verdict === 'fail')) return { verdict: 'fail', reasons };
  return { verdict: reasons.length === 0 ? 'pass' : 'inconclusive', reasons };
};

/** A repeat that did not come to its end: it is named, and no part of a figure. */
export type CutShort = { readonly number: number; readonly document: RunDocument };

/**
 * Sums up the repeats of a plan, in their order: a pure function, so that `report` gives the same bytes.
 * @param plan with `repeats` > 1
 * @param documents of the repeats that came to their end; each was judged from its own record
 * @param cutShort the others that were begun; there is at least one repeat in all
 */
export const judgeRepeats = (
  plan: Plan,
  documents: readonly RunDocument[],
  cutShort: readonly CutShort[] = [],
): RepeatsDocument => {
  const first = documents[0] ?? cutShort[0]?.document;
  if (first === undefined) throw new Error('a run without a repeat has no document');
  const valid = documents.filter(({ verdict }) => verdict !== 'inconclusive');
  const sum = <T extends object>(part: (document: RunDocument) => T): Summed<T> =>
    summed(documents.map(part), plan.seed);
  return {
    schemaVersion: 1,
    scenario: plan.scenario,
    title: plan.title,
    profile: first.profile,
    backend: first.backend,
    predicted: first.predicted,
    kubernetesVersion: plan.kubernetesVersion,
    topology: first.topology,
    seed: plan.seed,
    startedAt: first.startedAt,
    durationMs: summaryOf(
      documents.map(({ durationMs }) => durationMs),
      plan.seed,
    ),
    ...verdictOf(plan, documents, cutShort),
    findings: gathered(documents.map(({ findings }) => findings)),
    expectations: expectationsOf(plan, documents),
    settings: {
      attested: documents.every(({ settings }) => settings.attested),
      read: documents.reduce((all, { settings }) => all + settings.read, 0),
      differences: documents.flatMap(({ settings }) => settings.differences),
    },
    nodes: sum(({ nodes }) => nodes),
    requests: sum(({ requests }) => requests),
    pods: sum(({ pods }) => pods),
    timing: sum(({ timing }) => timing),
    sinceFault: sum(sinceFault),
    writes: sum(({ writes }) => writes),
    chances: Object.fromEntries(
      Object.entries(happened).map(([name, did]) => [name, chanceOf(valid.filter(did).length, valid.length)]),
    ) as RepeatsDocument['chances'],
    prediction: plan.prediction,
    ...(first.conditions === undefined ? {} : { conditions: first.conditions }),
    repeatsPlanned: plan.repeats,
    repeats: documents,
  };
};
