import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { compiledProfileShape, ownNotReadyShape } from '../profile/shapes.ts';
import type { FaultKind, FaultOptions } from '../scenario/index.ts';
import {
  faultOptionFields,
  hollowNodesShape,
  leaderElectedShape,
  loadShape,
  topologyNameShape,
  workloadShape,
} from '../scenario/shapes.ts';

const ms = z.number();
const text = z.string();

const occurrenceShape = z
  .strictObject({ id: text, startMs: ms, endMs: ms })
  .describe(
    "When a fault stands, from the start of its phase; several where it comes again. `id` is unique in the plan: the fault's own, with a number from the second time on (`kubelet-pause-1.2`).",
  );

export type Occurrence = Frozen<z.infer<typeof occurrenceShape>>;

const ofEveryFault = z.strictObject({
  id: text.describe('Unique in the plan: `kubelet-pause-1`.'),
  targets: z.array(text),
  leaderOf: leaderElectedShape
    .describe('Of the targets, it hits the one whose component of this name leads when it begins.')
    .exactOptional(),
  occurrences: z.array(occurrenceShape),
});

/** A fault of one kind made exact. */
export type PlannedFaultOf<K extends FaultKind> = Frozen<z.infer<typeof ofEveryFault>> & {
  readonly kind: K;
} & FaultOptions[K];

export type PlannedFault = { readonly [K in FaultKind]: PlannedFaultOf<K> }[FaultKind];

const faultShapes = Object.entries(faultOptionFields).map(([kind, options]) =>
  ofEveryFault.extend({ kind: z.literal(kind), ...options }),
);

const plannedFaultShape = z
  .discriminatedUnion('kind', faultShapes as unknown as readonly [(typeof faultShapes)[0]])
  .meta({
    id: 'PlannedFault',
    description:
      'A fault of one kind made exact. Node names are short: `control-plane`, `worker`, `worker2`, as kind numbers them.',
    // In a loop the compiler does not see which options go with which kind.
  }) as unknown as z.ZodType<PlannedFault>;

const plannedPhaseShape = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('steady'), name: text, durationMs: ms }),
    z.strictObject({ kind: z.literal('fault'), name: text, durationMs: ms, inject: z.array(plannedFaultShape) }),
    z.strictObject({ kind: z.literal('recover'), name: text, withinMs: ms }),
  ])
  .describe('`name` is unique in the plan: the kind, with a number from the second of a kind on (`fault`, `fault-2`).');

export type PlannedPhase = Frozen<z.infer<typeof plannedPhaseShape>>;

const expectationShape = z.strictObject({
  figure: text.describe('Dotted path of a figure in run.json.'),
  min: z.number().nullable(),
  max: z.number().nullable(),
  equals: z.number().nullable(),
});

export type Expectation = Frozen<z.infer<typeof expectationShape>>;

const window = z.tuple([ms, ms]).nullable();
const flapShape = z.enum(['impossible', 'possible', 'certain']);

export const predictionShape = z
  .strictObject({
    notReadyAfterMs: window,
    evictionAfterMs: window,
    flap: flapShape.describe(
      "Whether the planned disturbance makes a targeted node NotReady, by whoever's word; `certain`: or finds it so.",
    ),
    noFormula: z
      .array(text)
      .describe(
        'Ids of faults of which no closed formula says whether they make a node NotReady; `flap` is `possible` then for want of knowledge, and simulations tell how often. Left out where formulas cover all that counts.',
      )
      .exactOptional(),
    bySimulation: z
      .strictObject({ runs: z.number(), notReady: z.number() })
      .describe(
        'Beside `noFormula`, in the run.json of a real run: in how many of so many runs of the model a node went NotReady. Left out where the model was not asked.',
      )
      .exactOptional(),
    notReadyByKubelet: ownNotReadyShape
      .nullable()
      .describe(
        "NotReady that a kubelet reports itself after it stood still, beside the controller's (`notReadyAfterMs`); null where none can. Left out in plans that were written before it was.",
      )
      .exactOptional(),
    flapByController: flapShape
      .describe(
        'Beside `notReadyByKubelet`: whether the controller does, for want of heartbeats. Left out where `flap` is that.',
      )
      .exactOptional(),
    // What follows from that; left out in plans that were written before these were.
    lastNotReadyAfterMs: window
      .describe('The last of the silenced nodes that the controller gives up.')
      .exactOptional(),
    taintedAfterMs: window.describe('First NoExecute taint.').exactOptional(),
    endpointLostAfterMs: window
      .describe('The Service has one ready endpoint less: the first of a lost node is gone.')
      .exactOptional(),
    endpointsEmptyAfterMs: window.exactOptional(),
    refusedAfterMs: window.exactOptional(),
    replacedAfterMs: window.describe('The first pod that is made after the first eviction, Ready.').exactOptional(),
    requestsLost: window
      .describe(
        'Requests without an answer, of those due since the first fault: a count, not a time. null where no formula knows how long clients are without an endpoint.',
      )
      .exactOptional(),
    allReadyAfterUndoMs: window
      .describe('From the moment at which the fault begins to be undone, until every node that it hit is Ready again.')
      .exactOptional(),
    lastRefusedAfterUndoMs: window.describe('From that same moment.').exactOptional(),
  })
  .meta({
    id: 'Prediction',
    description:
      'Windows from closed formulas, in ms after the first fault starts; null where the plan has nothing that makes them, or no formula knows when. Of a profile whose nodes flap by themselves (`profile.warnings`) they hold in runs in which no node is lost but by the fault.',
  });

export type Prediction = Frozen<z.infer<typeof predictionShape>>;

export const plannedRepeatShape = z
  .strictObject({
    number: z.number().describe('From 1.'),
    of: z.number(),
    heartbeatOf: text
      .nullable()
      .describe(
        'The node whose heartbeat counts: the first target of the first fault; null where the plan has no fault.',
      ),
    afterRenewalMs: ms
      .nullable()
      .describe(
        "The load begins so long after that node's lease was renewed, before v1.14 its status posted; the first fault is later by the phases before it.",
      ),
  })
  .meta({
    id: 'PlannedRepeat',
    description: 'Which repeat of a plan this is, and where in the heartbeat it sets its load off.',
  });

export type PlannedRepeat = Frozen<z.infer<typeof plannedRepeatShape>>;

export const planShape = z
  .strictObject({
    schemaVersion: z.literal(1),
    scenario: text,
    title: text,
    seed: z.number(),
    repeats: z.number(),
    repeat: plannedRepeatShape.describe('Only in the plan of one repeat of several.').exactOptional(),
    kubernetesVersion: text.describe('Exact: `v1.34.4`.'),
    profile: compiledProfileShape,
    topology: z.strictObject({
      name: topologyNameShape,
      controlPlanes: z.number(),
      workers: z.number(),
      apiServerPort: z
        .number()
        .nullable()
        .describe("Port of the API server on this machine's loopback; null = any free one."),
      zones: z.number().describe('Left out where there is one; nodes are dealt out to them in turn.').exactOptional(),
      podsPerNode: z
        .number()
        .describe('On each node beside the workload. Left out where there are none.')
        .exactOptional(),
      age: z
        .literal('old')
        .describe(
          'Simulated as after weeks, every phase of its heartbeats independent; left out where it is made for the run.',
        )
        .exactOptional(),
      hollow: hollowNodesShape.describe('Left out where there are none.').exactOptional(),
    }),
    workload: workloadShape,
    load: loadShape,
    phases: z.array(plannedPhaseShape),
    expectations: z.array(expectationShape),
    prediction: predictionShape,
    warnings: z.array(text).describe('One sentence each on the plan as a whole; the profile has its own.'),
  })
  .describe('A scenario made exact: everything a backend needs and nothing it must decide.');

export type Plan = Frozen<z.infer<typeof planShape>>;
