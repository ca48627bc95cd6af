import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { notInRunListShape } from '../common/not-in-run.ts';
import { figureShapes } from '../figures/index.ts';
import { hollowNodesShape, plannedRepeatShape, planShape, predictionShape } from '../plan/shapes.ts';
import type { RequestOutcome } from '../timeline/index.ts';
import { clusterClassShape, machineShape, stepKindShape } from '../timeline/shapes.ts';
import { detectionShape } from './detection/shape.ts';
import { conditionalMilestoneShape, countCheckShape, windowCheckShape } from './milestones.ts';

export type {
  ConditionalMilestone,
  ConditionalMilestoneName,
  CountCheck,
  Milestone,
  Window,
  WindowCheck,
} from './milestones.ts';

const expectationResultShape = z.strictObject({
  figure: z.string(),
  expected: z.string().describe('As a person reads it: `≥ 1`, `0`, `1 … 3`.'),
  observed: z.number().nullable().describe('null: the figure was not observed.'),
  held: z.boolean(),
  atLeast: z
    .number()
    .describe('Of a count that is not known, so much of it was seen all the same that the expectation cannot hold.')
    .exactOptional(),
});

export type ExpectationResult = Frozen<z.infer<typeof expectationResultShape>>;

const settingDifferenceShape = z
  .strictObject({
    component: z.string(),
    node: z.string(),
    setting: z.string(),
    expected: z.string().nullable(),
    observed: z.string().nullable(),
    moment: z.literal('end').exactOptional().describe('Found when the load had ended; not there: before it began.'),
  })
  .meta({ id: 'SettingDifference' });

const faultResultShape = z.strictObject({
  id: z.string(),
  kind: z.string(),
  targets: z.array(z.string()),
  startMs: z
    .number()
    .nullable()
    .describe('When the injection began; everything "since the fault" counts from the first of these.'),
  injectedMs: z.number().nullable().describe('When it was completely in place.'),
  endMs: z.number().nullable(),
  attested: z.boolean(),
  evidence: z.array(z.string()),
  undone: z.boolean(),
  askedMs: z
    .number()
    .nullable()
    .describe(
      'For how long it was asked to stand; null where that is not for skipbeat to choose. Not in documents that an older skipbeat wrote.',
    )
    .exactOptional(),
  heldMs: z
    .record(z.string(), z.number().nullable())
    .describe("For how long it stood on each node, by the node's own monotonic clock; null: not measured.")
    .exactOptional(),
  grown: z
    .strictObject({
      step: z.number(),
      steps: z.number(),
    })
    .nullable()
    .describe('The last step that a growing fault came to, of how many; null where it does not grow.')
    .exactOptional(),
});

export type FaultResult = Frozen<z.infer<typeof faultResultShape>>;

const stepResultShape = z.strictObject({
  name: z.string(),
  kind: stepKindShape,
  startMs: z.number(),
  endMs: z.number().nullable(),
  outcome: z.enum(['done', 'timedOut', 'failed', 'interrupted']).nullable(),
  detail: z.string(),
  maxNotReady: z
    .number()
    .nullable()
    .describe(
      'Most nodes NotReady at one moment of the step; null where no node was seen in it, or some may have been missed.',
    ),
});

export type StepResult = Frozen<z.infer<typeof stepResultShape>>;

const unknownFigureShape = z
  .strictObject({
    figure: z
      .string()
      .describe(
        'Dotted, as in this document; `steps.fault.maxNotReady` of a step, `milestones.notReady` of a milestone of `calibration`.',
      ),
    why: z.string().describe('`the watch on pods was blind for 2.0 s from 61.5 s on`'),
    atLeast: z
      .number()
      .describe('Of a count: so much of it was seen all the same. Left out where nothing was.')
      .exactOptional(),
  })
  .describe(
    "A figure that is null because what it rests on saw nothing, or may have missed something, in the figure's own time.",
  );

export type UnknownFigure = Frozen<z.infer<typeof unknownFigureShape>>;

const clockJumpShape = z
  .strictObject({
    fromMs: z.number().describe('Between these two moments of the run.'),
    toMs: z.number(),
    byMs: z.number().describe('Ahead where positive, back where negative.'),
  })
  .describe('The wall clock moved against the monotonic one: it was set, or the machine slept.');

export type ClockJump = Frozen<z.infer<typeof clockJumpShape>>;

const clockFiguresShape = z
  .strictObject({
    readings: z.number(),
    jumps: z.array(clockJumpShape),
  })
  .describe('What is on record of the wall clock.');

export type ClockFigures = Frozen<z.infer<typeof clockFiguresShape>>;

export const evidenceShape = z
  .strictObject({
    sealed: z.boolean(),
    why: z.array(z.string()).describe('What speaks against it; empty where it is sealed.'),
  })
  .meta({
    id: 'Evidence',
    description: 'Whether a record is as its run left it, as far as that can be checked without a secret.',
  });

export type Evidence = Frozen<z.infer<typeof evidenceShape>>;

export const verdictShape = z.enum(['pass', 'fail', 'inconclusive']);

export type Verdict = z.infer<typeof verdictShape>;

const flags = z.record(z.string(), z.string());

const conditionsShape = z
  .strictObject({
    load: planShape.shape.load,
    workload: planShape.shape.workload,
    phases: planShape.shape.phases.describe('As planned.'),
    settings: z
      .strictObject({
        'kube-controller-manager': flags,
        'kube-apiserver': flags,
        kubelet: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      })
      .describe("Every flag and field that was passed; what is not here stood at the version's own default."),
    notInRun: notInRunListShape
      .describe('What was given and no run has. Left out where there is nothing.')
      .exactOptional(),
    machine: machineShape.nullable().describe('null where nothing was run, or the record does not say.'),
    cluster: clusterClassShape.describe('Left out of a prediction, and where the record does not say.').exactOptional(),
    injector: z.literal('chaos-mesh').describe('What made the faults, where skipbeat itself did not.').exactOptional(),
  })
  .meta({
    id: 'Conditions',
    description:
      'What was done, to what and on what: where two runs differ in it, their figures do not compare by themselves.',
  });

export type Conditions = Frozen<z.infer<typeof conditionsShape>>;

const repeatResultShape = plannedRepeatShape
  .extend({
    leaseAgeAtFaultMs: z
      .number()
      .nullable()
      .describe(
        "Age of that node's lease when the first fault began; null where there is no fault, or no renewal was seen.",
      ),
  })
  .meta({
    id: 'RepeatResult',
    description: 'Which repeat a run was, and where in the heartbeat its fault really fell.',
  });

export type RepeatResult = Frozen<z.infer<typeof repeatResultShape>>;

/** Of all settings that were to be read back; `read`: before the load began. */
export const settingsShape = z.strictObject({
  attested: z.boolean(),
  read: z.number(),
  differences: z.array(settingDifferenceShape),
});

export const runDocumentShape = z
  .strictObject({
    schemaVersion: z.literal(1),
    scenario: z.string(),
    title: z.string(),
    profile: z.strictObject({
      name: z.string(),
      reading: z.enum(['literal', 'equivalent']),
    }),
    backend: z
      .enum(['kind', 'model', 'cluster'])
      .nullable()
      .describe('null, like `startedAt`: the record was cut off before its first event.'),
    predicted: z.boolean(),
    kubernetesVersion: z.string(),
    topology: z.strictObject({
      name: z.string(),
      controlPlanes: z.number().describe('Nodes; 0 where the control plane is managed by others.'),
      workers: z.number(),
      zones: z.number().describe('Left out where there is one.').exactOptional(),
      podsPerNode: z
        .number()
        .describe('On each node beside the workload. Left out where there are none.')
        .exactOptional(),
      age: z
        .literal('old')
        .describe('Simulated as after weeks; left out where it was made for the run.')
        .exactOptional(),
      hollow: hollowNodesShape.describe('Left out where there are none.').exactOptional(),
    }),
    seed: z.number(),
    startedAt: z.string().nullable(),
    verdict: verdictShape,
    reasons: z.array(z.string()).describe('Why the verdict is not `pass`; empty where it is.'),
    evidenceValid: z
      .boolean()
      .describe(
        'Where the verdict does not say it: true of an inconclusive run whose evidence is valid, for an expectation is open, or none speaks of a harm that was seen; false of a failed one that ended too early. What was seen of valid evidence counts in repeats and comparisons.',
      )
      .exactOptional(),
    findings: z
      .array(z.string())
      .describe('What a reader should know although it decides nothing: a flap before the fault, a gap in a watch.'),
    evidence: evidenceShape.describe('Not in documents that an older skipbeat wrote.').exactOptional(),
    expectations: z.array(expectationResultShape),
    unknown: z
      .array(unknownFigureShape)
      .describe(
        'Where null is not "never happened". Empty where all was seen. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    settings: settingsShape,
    faults: z.array(faultResultShape),
    steps: z.array(stepResultShape),
    ...figureShapes,
    prediction: predictionShape
      .extend({ conditional: z.array(conditionalMilestoneShape).exactOptional() })
      .describe(
        '`conditional`: each milestone per node and pod, predicted from what was seen before it; in real runs with a fault.',
      ),
    calibration: z
      .array(windowCheckShape)
      .describe(
        'The milestones from the last lease to the last refusal, observed against `prediction`; empty where the run has no fault.',
      ),
    requestsLost: countCheckShape
      .nullable()
      .describe(
        'Requests without an answer, of those due since the first fault and sent, observed against `prediction`; null where the run has no fault. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    detection: detectionShape
      .describe(
        'In real runs since whose fault the controller called nodes Unknown. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    clock: clockFiguresShape
      .nullable()
      .describe(
        'null where the wall clock was not read, as in a prediction. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    conditions: conditionsShape.describe('Not in documents that an older skipbeat wrote.').exactOptional(),
    repeat: repeatResultShape.describe('Only in one repeat of several.').exactOptional(),
  })
  .meta({
    id: 'RunDocument',
    description:
      "`run.json`. Names are fixed: added to, never renamed. Times in `timing` and `steps` count from the run's start.",
  });

export type RunDocument = Frozen<z.infer<typeof runDocumentShape>>;

export type { DetectedNode, Detection, DetectionCounters } from './detection/shape.ts';

export type OutcomeCounts = Pick<RunDocument['requests'], 'offered' | RequestOutcome>;

export type Quantiles = RunDocument['requests']['latencyMs'];

/** Of some of the requests: how they ended and how long they took. */
export type AskedCounts = RunDocument['requests']['byPhase'][string];

export type CountedWrites = NonNullable<RunDocument['writes']['apiServer']>;
