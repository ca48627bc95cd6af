import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';

/** What a lost node waited for, one after the other: their sum is how late its NotReady was. */
export const detectionParts = ['grace', 'passes', 'rateLimiter', 'priorityLevel', 'requests', 'controller'] as const;

export type DetectionPart = (typeof detectionParts)[number];

const spreadShape = z
  .strictObject({ p1: z.number(), p50: z.number(), p99: z.number() })
  .describe("Of the model's runs of the very plan, ms.");

const predictedShape = spreadShape
  .nullable()
  .describe('null: the model has no such part. Left out where the model was not asked.')
  .exactOptional();

const partShape = z
  .strictObject({
    ms: z.number().nullable(),
    how: z
      .enum(['seen', 'counted', 'inferred'])
      .nullable()
      .describe(
        '`seen`: by events of the run and its settings. `counted`: by counters of the control plane. `inferred`: a time that was seen, shared out as counters of all its work are, or told from when others were lost. null: it is not known.',
      ),
    why: z.string().nullable().describe('Why it is not known; null where it is.'),
    predicted: predictedShape,
  })
  .meta({ id: 'DetectionPart' });

export type Part = Frozen<z.infer<typeof partShape>>;

const partsShape = z.strictObject({
  grace: partShape.describe(
    'From the latest stand of a fault that hits it until nodeMonitorGracePeriod after the last sign of life.',
  ),
  passes: partShape.describe(
    'From then until the pass began that found it: passes come nodeMonitorPeriod apart, one has to see the last sign of life, another that the grace is over. A pass is taken to begin with the first node that is lost in it, which may itself have waited there for the rate limiter; the model knows when it began.',
  ),
  rateLimiter: partShape.describe(
    "In that pass, for the controller's own client: --kube-api-qps and --kube-api-burst. With what nodes before it waited.",
  ),
  priorityLevel: partShape.describe('In it, in queues of the API server (priority and fairness).'),
  requests: partShape.describe('In it, for answers, without the two before.'),
  controller: partShape.describe('In it, for all that is no request.'),
});

const detectedNodeShape = z
  .strictObject({
    which: z.enum(['first', 'median', 'last']),
    node: z.string(),
    lateMs: z.number().describe('Its NotReady, since the latest stand of a fault that hits it.'),
    withinPassMs: z.number().nullable().describe('The last four parts together.'),
    parts: partsShape,
    predictedLateMs: predictedShape,
    taint: z
      .strictObject({
        afterMs: z.number().nullable().describe('Its NoSchedule taint, since its NotReady; null: none was seen.'),
        workQueue: partShape.describe(
          'In the work queue node_lifecycle_controller: the mean of all items from the fault to this loss, one of which led to the taint.',
        ),
      })
      .describe('No part of the detection: what it set off.'),
  })
  .meta({ id: 'DetectedNode' });

export type DetectedNode = Frozen<z.infer<typeof detectedNodeShape>>;

const meanMs = z.number().nullable().describe('Mean; null where there was none.');

const countersShape = z
  .strictObject({
    fromMs: z.number(),
    toMs: z.number(),
    node: z.string().describe('Whose controller manager led all the while.'),
    passes: z
      .strictObject({ count: z.number(), seconds: z.number() })
      .nullable()
      .describe('That ended, and their length together; null: the version does not count them.'),
    requests: z.array(
      z.strictObject({
        verb: z.string(),
        resource: z.string().nullable(),
        count: z.number(),
        tookMs: meanMs.describe('Until its answer, the wait for the rate limiter included.'),
        waitedMs: meanMs.describe('For the rate limiter.'),
      }),
    ),
    queues: z.record(z.string(), z.strictObject({ items: z.number(), waitedMs: meanMs, depth: z.number() })),
    zones: z.record(
      z.string(),
      z.strictObject({
        nodes: z.number().nullable(),
        unhealthy: z.number().nullable(),
        healthyPercent: z.number().nullable(),
        evictions: z.number().nullable().describe('Since the fault; of all others what stood at the end.'),
      }),
    ),
    flows: z
      .array(
        z.strictObject({
          level: z.string(),
          schema: z.string(),
          count: z.number(),
          waitedMs: meanMs,
          rejected: z.number(),
        }),
      )
      .nullable()
      .describe('Requests by priority level and flow schema, all API servers together; null: not known.'),
    levels: z.record(
      z.string(),
      z.strictObject({
        executing: z.number().nullable().describe('Seats taken at the end.'),
        limit: z.number().nullable(),
      }),
    ),
    served: z
      .array(z.strictObject({ verb: z.string(), resource: z.string(), count: z.number(), tookMs: meanMs }))
      .nullable()
      .describe('Writes of nodes, leases and pods as API servers counted them; null: not known.'),
    why: z.string().nullable().describe("Why the API servers' part is null."),
  })
  .meta({
    id: 'DetectionCounters',
    description: 'What the control plane counted between the fault and the last reading.',
  });

export type DetectionCounters = Frozen<z.infer<typeof countersShape>>;

export const detectionShape = z
  .strictObject({
    lost: z
      .number()
      .nullable()
      .describe(
        'Nodes that the controller called Unknown since the first fault, until one of a later phase; null: the watch on nodes missed something, so that neither how many nor which is known.',
      ),
    requestsPerSecond: z.number().describe("--kube-api-qps: a budget of each of the controller manager's clients."),
    burst: z.number(),
    nodes: z
      .array(detectedNodeShape)
      .describe('The first, the median and the last that was lost; one of one; none where that is not known.'),
    counters: countersShape.nullable(),
    why: z.string().nullable().describe('Why there are no counters; null where there are.'),
    pace: z
      .strictObject({ perSecond: z.number().nullable() })
      .describe('Losses a second between the first and the last; null where these fell together, or are not known.'),
  })
  .meta({ id: 'Detection', description: 'How late nodes were called NotReady, and what each of three waited for.' });

export const modelledDetectionShape = z
  .array(
    z.strictObject({
      which: z.enum(['first', 'median', 'last']),
      late: spreadShape,
      parts: z.record(z.enum(detectionParts), spreadShape.nullable()),
    }),
  )
  .describe(
    'How late the first, the median and the last node was called NotReady, and what it waited for; of all runs that lost any.',
  );

export type ModelledDetection = Frozen<z.infer<typeof modelledDetectionShape>>;

export type Detection = Frozen<z.infer<typeof detectionShape>>;
