import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';

const text = z.string();
const textOrNull = text.nullable();
const count = z.number();
const countOrNull = count.nullable();

const spentShape = z
  .strictObject({ count, seconds: z.number() })
  .describe('Of a histogram: how many there were since the process started, and their times together.');

/** How many there were, and the times of all together. */
export type Spent = Frozen<z.infer<typeof spentShape>>;

const managerCountsShape = z
  .strictObject({
    startedS: z.number().describe('`process_start_time_seconds`: of another process there is another one.'),
    leads: z
      .boolean()
      .nullable()
      .describe('`leader_election_master_status`; null: the version has no such gauge, or nobody is elected.'),
    passes: spentShape
      .nullable()
      .describe('Passes over all nodes that have ended: `node_collector_update_all_nodes_health_duration_seconds`.'),
    nodeUpdates: spentShape
      .nullable()
      .describe(
        'What the workers of passes took for one node after the other: `node_collector_update_node_health_duration_seconds`.',
      ),
    requests: z
      .array(
        z.strictObject({
          verb: text,
          resource: textOrNull.describe('With its subresource, by the URL; null: the version counts by host alone.'),
          took: spentShape.describe(
            '`rest_client_request_duration_seconds`, the wait for the rate limiter included (client-go rest/request.go, request).',
          ),
          waited: spentShape
            .nullable()
            .describe(
              '`rest_client_rate_limiter_duration_seconds`; null: not registered, as to v1.20 (kubernetes#100311).',
            ),
        }),
      )
      .describe('Of all clients in the process, each of which has a rate limiter of its own.'),
    queues: z
      .record(text, z.strictObject({ depth: count, adds: count, waited: spentShape }))
      .describe('`workqueue_*` of the node lifecycle controller and of taint eviction, by name.'),
    zones: z.record(
      text,
      z.strictObject({
        nodes: countOrNull,
        unhealthy: countOrNull,
        healthyPercent: countOrNull,
        evictions: countOrNull.describe('Nodes tainted NoExecute, or emptied: no pods.'),
      }),
    ),
  })
  .describe('What one kube-controller-manager says of itself.');

export type ManagerCounts = Frozen<z.infer<typeof managerCountsShape>>;

const serverCountsShape = z
  .strictObject({
    startedS: z.number(),
    flows: z
      .array(z.strictObject({ level: text, schema: text, waited: spentShape, rejected: count }))
      .describe('`apiserver_flowcontrol_*` by priority level and flow schema, of those that had a request.'),
    levels: z
      .record(text, z.strictObject({ executing: countOrNull, limit: countOrNull }))
      .describe('Seats that are taken at this moment, of how many.'),
    requests: z
      .array(z.strictObject({ verb: text, resource: text, took: spentShape }))
      .describe('`apiserver_request_duration_seconds` of writes of nodes, leases and pods.'),
  })
  .describe('What one kube-apiserver says of itself.');

export type ServerCounts = Frozen<z.infer<typeof serverCountsShape>>;

export const memberCountsShape = z.strictObject({
  node: text,
  manager: managerCountsShape.nullable(),
  server: serverCountsShape.nullable(),
  why: textOrNull.describe('Why one of them is null.'),
});

/** Of one control-plane node. */
export type MemberCounts = Frozen<z.infer<typeof memberCountsShape>>;

/** The fields of the event `controlPlane.counted`. */
export const controlPlaneCountedFields = {
  moment: z
    .enum(['start', 'first', 'median', 'last', 'undoing'])
    .describe(
      'As the faults of the first faulty phase begin; when of the nodes that they hit the first, the half and all had been seen NotReady; and as the undo begins, where some were and not all.',
    ),
  fromMs: z.number(),
  lost: count.describe('Of those nodes, how many were NotReady when it was asked for.'),
  members: z.array(memberCountsShape),
};
