import { isTree } from '../common/plain-data.ts';
import type { Plan } from '../plan/index.ts';
import type { RunDocument, Verdict } from './document.ts';
import { hasValidEvidence, sealedEvidence, withEvidence } from './evidence/evidence.ts';
import {
  type CutShort,
  type MissingRepeat,
  missingReasons,
  missingRepeats,
  numbered,
  numberOf,
} from './evidence/missing-repeats.ts';
import { expectedText } from './expectations.ts';
import { sinceFault } from './figures/since-fault.ts';
import { chanceOf, type FigureSummary, summaryOf } from './figures/statistics.ts';
import type { ChanceName, RepeatedExpectation, RepeatsDocument, Summed } from './repeats-document.ts';

type Tree = { readonly [key: string]: number | null | Tree };

/** null, of a count that nobody could take, is not "it did not happen". */
const any = (count: number | null): boolean | null => (count === null ? null : count > 0);

const happened = {
  nodeNotReady: ({ nodes }: RunDocument) => any(nodes.notReadyTransitions),
  requestRefused: ({ requests }: RunDocument) => any(requests.refused),
  requestFailed: ({ requests }: RunDocument) => any(requests.ok === null ? null : requests.offered - requests.ok),
  podEvicted: ({ pods }: RunDocument) => any(pods.evicted),
  expectationMissed: ({ expectations }: RunDocument) => expectations.some(({ held }) => !held),
} as const satisfies Readonly<Record<ChanceName, (document: RunDocument) => boolean | null>>;

/**
 * Leaf by leaf; what one run does not have, as a node or a phase that it never saw, is null there.
 * @param like what the tree is like where there is not one run: its leaves are then of no run
 */
const summed = <T extends object>(trees: readonly T[], like: T): Summed<T> => {
  type Node = number | null | Tree;
  const at = (node: Node, key: string): Node => (isTree(node) ? (node[key] ?? null) : null);
  const sum = (values: readonly Node[], shapes: readonly Node[]): FigureSummary | object => {
    if (!shapes.some(isTree)) return summaryOf(values.map((value) => (typeof value === 'number' ? value : null)));
    const keys = new Set(shapes.flatMap((shape) => (isTree(shape) ? Object.keys(shape) : [])));
    return Object.fromEntries(
      [...keys].map((key) => [
        key,
        sum(
          values.map((value) => at(value, key)),
          shapes.map((shape) => at(shape, key)),
        ),
      ]),
    );
  };
  const values = trees as readonly unknown[] as readonly Tree[];
  return sum(values, values.length === 0 ? [like as unknown as Tree] : values) as Summed<T>;
};

const expectationsOf = (plan: Plan, documents: readonly RunDocument[]): readonly RepeatedExpectation[] =>
  plan.expectations.map((expectation, index) => {
    const results = documents.map(({ expectations }) => expectations[index]);
    return {
      figure: expectation.figure,
      expected: expectedText(expectation),
      observed: summaryOf(results.map((result) => result?.observed ?? null)),
      held: results.length > 0 && results.every((result) => result?.held === true),
      notHeldIn: documents.flatMap((document, at) => (results[at]?.held === true ? [] : [numberOf(document, at)])),
    };
  });

/** Texts that several repeats share are said once, with their numbers. */
const gathered = (
  documents: readonly RunDocument[],
  textsOf: (document: RunDocument) => readonly string[],
): readonly string[] => {
  const repeatsOf = new Map<string, number[]>();
  documents.forEach((document, index) => {
    const number = numberOf(document, index);
    for (const text of new Set(textsOf(document))) repeatsOf.set(text, [...(repeatsOf.get(text) ?? []), number]);
  });
  return [...repeatsOf].map(([text, numbers]) =>
    numbers.length === documents.length && numbers.length > 1
      ? `every repeat: ${text}`
      : `${numbered(numbers)}: ${text}`,
  );
};

/**
 * An expectation that was not met in one repeat with valid evidence is not met, whatever the others say. Else the whole
 * is as sure as its weakest repeat: one without valid evidence, or one that never came, leaves it open.
 */
const verdictOf = (
  plan: Plan,
  documents: readonly RunDocument[],
  incomplete: readonly MissingRepeat[],
  cutShort: readonly CutShort[],
): Pick<RepeatsDocument, 'verdict' | 'reasons'> => {
  const reasonsWith = (verdict: Verdict): readonly string[] =>
    gathered(documents, (one) => (one.verdict === verdict ? one.reasons : []));
  const reasons = [
    ...reasonsWith('fail'),
    ...reasonsWith('inconclusive'),
    ...missingReasons(plan, documents.length, incomplete, cutShort),
  ];
  if (documents.some(({ verdict }) => verdict === 'fail')) return { verdict: 'fail', reasons };
  return { verdict: reasons.length === 0 ? 'pass' : 'inconclusive', reasons };
};

/**
 * Sums up the repeats of a plan, in their order: a pure function, so that `report` gives the same bytes.
 * @param plan with `repeats` > 1
 * @param documents of the repeats that came to their end; each was judged from its own record
 * @param cutShort the others that were begun; there is at least one repeat in all
 * @param missing numbers of those that were on record once and are no longer
 */
export const judgeRepeats = (
  plan: Plan,
  documents: readonly RunDocument[],
  cutShort: readonly CutShort[] = [],
  missing: readonly number[] = [],
): RepeatsDocument => {
  const first = documents[0] ?? cutShort[0]?.document;
  if (first === undefined) throw new Error('a run without a repeat has no document');
  const incomplete = missingRepeats(plan, documents, cutShort, missing);
  const valid = documents.filter(hasValidEvidence);
  const sum = <T extends object>(part: (document: RunDocument) => T): Summed<T> =>
    summed(documents.map(part), part(first));
  const document: RepeatsDocument = {
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
    durationMs: summaryOf(documents.map(({ durationMs }) => durationMs)),
    ...verdictOf(plan, documents, incomplete, cutShort),
    evidence: sealedEvidence,
    findings: gathered(documents, ({ findings }) => findings),
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
      Object.entries(happened).map(([name, did]) => {
        // What was seen without valid evidence was seen all the same; that it was not says nothing.
        const seen = documents.flatMap((one) => {
          const happened = did(one);
          return happened === null || (!happened && !valid.includes(one)) ? [] : [happened];
        });
        return [name, chanceOf(seen.filter(Boolean).length, seen.length)];
      }),
    ) as RepeatsDocument['chances'],
    prediction: plan.prediction,
    ...(first.conditions === undefined ? {} : { conditions: first.conditions }),
    repeatsPlanned: plan.repeats,
    lacking: incomplete,
    repeats: documents,
  };
  return withEvidence(
    document,
    gathered([...documents, ...cutShort.map((one) => one.document)], ({ evidence }) => evidence?.why ?? []),
  );
};
