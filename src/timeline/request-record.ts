import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import { requestOutcomes } from './requests.ts';

// Apart from the outcomes: the generator in a pod loads those, and has no package there.

/** A line of requests.ndjson.gz. */
export const requestRecordShape = z
  .strictObject({
    seq: z.number(),
    connection: z.enum(['fresh', 'keep-alive']),
    entrance: z
      .string()
      .describe('The node through which it entered, by its short name. Not in what an older skipbeat wrote.')
      .exactOptional(),
    dueMs: z.number(),
    sentMs: z.number().nullable().describe('null when it was never sent (`dropped`).'),
    endedMs: z.number(),
    outcome: z.enum(requestOutcomes),
    status: z.number().nullable().describe('HTTP status; null where no response came.'),
    code: z
      .string()
      .nullable()
      .describe("errno or our own code ('ECONNREFUSED', 'TIMEOUT_CONNECT'); null for a response."),
  })
  .describe(
    "One offered request; times in ms since the run started, on the run's monotonic clock. Latency is `endedMs - dueMs` (from when it was due, not sent); lateness is `sentMs - dueMs`.",
  );

export type RequestRecord = Frozen<z.infer<typeof requestRecordShape>>;
