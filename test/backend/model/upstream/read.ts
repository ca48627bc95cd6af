import { z } from 'zod';

/**
 * A file of cases transcribed from tests of kubernetes/kubernetes. Every object is closed: what a case says and nothing
 * here knows is a failure of that case, never passed over.
 */
const seconds = z.number();
const readySchema = z.enum(['True', 'False', 'Unknown']);

const toleration = z.strictObject({
  key: z.string(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  effect: z.enum(['NoExecute', 'NoSchedule', '']).optional(),
  /** Null: for ever. */
  tolerationSeconds: seconds.nullable().optional(),
});

/** A time of the trace: `"60+"` is after the pass at 60. */
const moment = z.union([seconds, z.string().regex(/^\d+\+$/)]);

const statusEntry = z.strictObject({
  at_s: moment,
  ready: readySchema.nullable().optional(),
  heartbeat_s: seconds.optional(),
  transition_s: seconds.optional(),
  conditions: z
    .array(
      z.strictObject({
        type: z.enum(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']),
        status: readySchema,
      }),
    )
    .optional(),
  leaseRenewed_s: seconds.optional(),
  afterPass: z.int().positive().optional(),
  afterHealthOfPass: z.int().positive().optional(),
});

const node = z.strictObject({
  name: z.string(),
  created_s: seconds,
  region: z.string().optional(),
  zone: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  appearsAfterPass: z.int().positive().optional(),
  trace: z.array(statusEntry),
});

const pod = z.strictObject({
  name: z.string(),
  node: z.string().nullable(),
  ready: z.boolean().optional(),
  tolerations: z.array(toleration).optional(),
  ownedBy: z.enum(['DaemonSet', 'ReplicaSet']).optional(),
  /** So many, `{i}` and `{i mod N}` in the names standing for the number. */
  generate: z.int().positive().optional(),
});

const pass = z.strictObject({
  at_s: seconds,
  do: z.array(z.enum(['health', 'noexecute', 'noschedule', 'evict', 'status'])),
  /** Words about a write that the trace has too. */
  after: z.string().optional(),
  change: z.string().optional(),
});

const event = z.strictObject({
  at_s: seconds,
  node: z.string().optional(),
  noExecuteTaints: z.array(z.string()).optional(),
  pod: z.string().optional(),
  bindTo: z.string().optional(),
  tolerations: z.array(toleration).optional(),
});

const byPod = z.record(z.string(), seconds);

const expectation = z.strictObject({
  at_s: seconds.optional(),
  afterPass: z.int().positive().optional(),
  node: z.string().optional(),
  ready: readySchema.nullable().optional(),
  condition: z.string().optional(),
  status: readySchema.optional(),
  reason: z.string().optional(),
  heartbeat_s: seconds.optional(),
  transition_s: seconds.optional(),
  writes: z.int().optional(),
  zoneStates: z.record(z.string(), z.enum(['Initial', 'Normal', 'PartialDisruption', 'FullDisruption'])).optional(),
  has: z.array(z.string()).optional(),
  taints: z.array(z.string()).optional(),
  podsMarkedNotReady: z.array(z.string()).optional(),
  podStatusUpdates: z.int().optional(),
  evicted: z.array(z.string()).optional(),
  evicts: z.boolean().optional(),
  deleted: byPod.optional(),
  until_s: seconds.optional(),
  deletedWithin_s: byPod.optional(),
  goneWithin_s: byPod.optional(),
  notDeletedBefore_s: byPod.optional(),
  tolerationKept_s: seconds.optional(),
  tolerationByAdmission_s: seconds.optional(),
  excluded: z.boolean().optional(),
  tolerationSeconds: z.array(seconds.nullable()).optional(),
  min_s: z.union([seconds, z.literal('forever')]).optional(),
  lastReport_s: seconds.nullable().optional(),
  delay_s: seconds.optional(),
  expired: z.boolean().optional(),
  absDelayAtMost_s: seconds.optional(),
  answers: z.array(z.enum(['ok', 'timeout', 'conflict'])).optional(),
  succeeds: z.boolean().optional(),
  attempts: z.int().optional(),
  getsAfterConflict: z.int().optional(),
  nodeMissing: z.boolean().optional(),
  updates: z.int().optional(),
  requests: z.array(z.string()).optional(),
  leaseRenewedWithin_s: seconds.optional(),
  statusHeartbeatGapAtLeast_s: seconds.optional(),
  orObservedFor_s: seconds.optional(),
  liveLeaseGETs: z.int().optional(),
  // biome-ignore lint/suspicious/noThenProperty: the file's own word.
  then: z.strictObject({ in_s: seconds, more: z.int() }).optional(),
  pod: z.string().optional(),
  statusReason: z.string().optional(),
});

const flags = z.strictObject({
  nodeMonitorPeriod_s: seconds.optional(),
  nodeMonitorGracePeriod_s: seconds.optional(),
  nodeStartupGracePeriod_s: seconds.optional(),
  nodeEvictionRate_qps: z.number().positive().optional(),
  secondaryNodeEvictionRate_qps: z.number().positive().optional(),
  largeClusterSizeThreshold: z.int().optional(),
  unhealthyZoneThreshold: z.number().optional(),
  podEvictionTimeout_s: seconds.optional(),
  enableTaintManager: z.boolean().optional(),
  nodeStatusUpdateFrequency_s: seconds.optional(),
  nodeStatusReportFrequency_s: seconds.optional(),
  nodeLeaseDurationSeconds: seconds.optional(),
  leaseDurationSeconds: seconds.optional(),
  maxUpdateRetries: z.int().optional(),
  featureGate: z.string().optional(),
  /** Words. */
  clock: z.string().optional(),
  additionalWaitPerDeleteSeconds: seconds.optional(),
  KubeletPodDeletionDelaySeconds: seconds.optional(),
});

const caseSchema = z.strictObject({
  id: z.string(),
  k8s: z.string(),
  validFor: z.string(),
  source: z.strictObject({ repo: z.string(), path: z.string(), test: z.string(), case: z.string() }),
  level: z.enum(['unit', 'function', 'integration', 'e2e']),
  flags,
  nodes: z.array(node).optional(),
  pods: z.array(pod).optional(),
  passes: z.array(pass).optional(),
  events: z.array(event).optional(),
  expect: z.array(expectation).min(1),
  faults: z.array(z.strictObject({ request: z.string(), nth: z.int().positive(), fails: z.boolean() })).optional(),
  note: z.string().optional(),
  notes: z.string().optional(),
});

export type UpstreamCase = z.infer<typeof caseSchema>;
export type Expectation = UpstreamCase['expect'][number];
export type StatusEntry = z.infer<typeof statusEntry>;
export type CaseToleration = z.infer<typeof toleration>;

/** Whether any expectation of a case has one of these fields. */
export const expects =
  (...fields: readonly (keyof Expectation)[]) =>
  ({ expect }: Pick<UpstreamCase, 'expect'>): boolean =>
    expect.some((wanted) => fields.some((field) => wanted[field] !== undefined));

/** One case of a file: as it is to be run, or why it cannot be read. */
export type ReadCase =
  | { readonly id: string; readonly read: UpstreamCase; readonly problems: null }
  | { readonly id: string; readonly read: null; readonly problems: readonly string[] };

const fileSchema = z.strictObject({
  about: z.string().optional(),
  generated: z.string().optional(),
  cases: z.array(z.unknown()).min(1),
});

const idOf = (value: unknown, index: number): string => {
  const found = z.looseObject({ id: z.string() }).safeParse(value);
  return found.success ? found.data.id : `case ${index}`;
};

/**
 * @returns every case of the file, in its order; one that cannot be read whole says where and why
 * @throws where the text is no such file at all, or two cases have one name
 */
export const readCases = (text: string): readonly ReadCase[] => {
  const { cases } = fileSchema.parse(JSON.parse(text));
  const read = cases.map((value, index): ReadCase => {
    const id = idOf(value, index);
    const found = caseSchema.safeParse(value);
    if (found.success) return { id, read: found.data, problems: null };
    return { id, read: null, problems: found.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
  });
  const twice = read.map(({ id }) => id).filter((id, index, all) => all.indexOf(id) !== index);
  if (twice.length > 0) throw new Error(`Two cases have one name: ${twice.join(', ')}`);
  return read;
};
