import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { predictionShape } from '../plan/shapes.ts';
import { evidenceShape, runDocumentShape, settingsShape, verdictShape } from './document.ts';
import { missingRepeatShape } from './evidence/missing-repeats.ts';
import { sinceFaultShape } from './figures/since-fault.ts';
import { chanceEstimateShape, type FigureSummary, figureSummaryShape } from './figures/statistics.ts';

/** The same tree with a summary at every leaf. */
export type Summed<T> = T extends number | null
  ? FigureSummary
  : { readonly [K in keyof T]: Summed<Exclude<T[K], undefined>> };

const summaryIn = (shape: z.core.$ZodType): z.ZodType => {
  if (shape instanceof z.ZodObject) {
    const fields = Object.entries(shape.shape).map(([name, inner]) => [name, summaryIn(inner)]);
    return z.strictObject(Object.fromEntries(fields));
  }
  if (shape instanceof z.ZodRecord) return z.record(shape.keyType, summaryIn(shape.valueType));
  if (shape instanceof z.ZodExactOptional) return summaryIn(shape.unwrap()).exactOptional();
  if (shape instanceof z.ZodNullable && !(shape.unwrap() instanceof z.ZodNumber)) {
    return z.union([summaryIn(shape.unwrap()), figureSummaryShape]);
  }
  return figureSummaryShape;
};

const summed = <S extends z.ZodType>(shape: S) => summaryIn(shape) as z.ZodType<Summed<z.infer<S>>>;

const repeatedExpectationShape = z
  .strictObject({
    figure: z.string(),
    expected: z.string(),
    observed: figureSummaryShape,
    held: z.boolean(),
    notHeldIn: z
      .array(z.number())
      .describe('Numbers of the repeats in which it did not hold, the figure not being observed there included.'),
  })
  .describe('An expectation over all repeats: it is met where each of them met it.');

export type RepeatedExpectation = Frozen<z.infer<typeof repeatedExpectationShape>>;

const chancesShape = z.strictObject({
  nodeNotReady: chanceEstimateShape,
  requestRefused: chanceEstimateShape,
  requestFailed: chanceEstimateShape,
  podEvicted: chanceEstimateShape,
  expectationMissed: chanceEstimateShape,
});

export type ChanceName = keyof z.infer<typeof chancesShape>;

const { nodes, requests, pods, timing, writes, conditions } = runDocumentShape.shape;

export const repeatsDocumentShape = runDocumentShape
  .pick({
    schemaVersion: true,
    scenario: true,
    title: true,
    profile: true,
    backend: true,
    predicted: true,
    kubernetesVersion: true,
    topology: true,
  })
  .extend({
    seed: z.number().describe('That of the whole; each repeat has its own.'),
    startedAt: z.string().nullable(),
    durationMs: figureSummaryShape,
    verdict: verdictShape,
    reasons: z.array(z.string()),
    findings: z.array(z.string()),
    evidence: evidenceShape
      .describe('Of the whole: sealed where every repeat is. Not in documents that an older skipbeat wrote.')
      .exactOptional(),
    expectations: z.array(repeatedExpectationShape),
    settings: settingsShape,
    nodes: summed(nodes),
    requests: summed(requests),
    pods: summed(pods),
    timing: summed(timing).describe("From each run's own start, as in a single run; `sinceFault` is what compares."),
    sinceFault: summed(sinceFaultShape),
    writes: summed(writes),
    chances: chancesShape.describe(
      'In how many of the repeats with valid evidence that could see it it happened, with what that says of its chance.',
    ),
    prediction: predictionShape,
    conditions,
    repeatsPlanned: z.number(),
    lacking: z
      .array(missingRepeatShape)
      .describe('Planned repeats that are part of no figure, and why. Not in documents that an older skipbeat wrote.')
      .exactOptional(),
    repeats: z.array(runDocumentShape),
  })
  .describe(
    '`run.json` of a run with several repeats: each figure becomes a summary, `repeats` holds the runs themselves.',
  );

export type RepeatsDocument = Frozen<z.infer<typeof repeatsDocumentShape>>;
