import { bucketQuantile, type Sample, sumOf } from '../common/kubernetes/metrics.ts';
import type { HeartbeatWatch, SeenHeartbeats } from './seen.ts';

/** What a control plane has counted up to one moment. */
export type Reading = {
  /** When it began and when all of it was there, on this process's monotonic clock: each part is of some moment in between. */
  readonly fromMs: number;
  readonly atMs: number;
  readonly apiServer: readonly Sample[];
  readonly etcd: readonly Sample[];
  readonly seen: SeenHeartbeats;
  /** CPU time that each process has used, by its component; of another process than before there is another `pid`. */
  readonly processes: readonly { readonly component: string; readonly pid: number; readonly cpuMs: number }[];
};

/** Requests of one kind, answered with success or not; latency as the API server measured it, in ms. */
export type RequestCost = {
  readonly verb: string;
  /** With its subresource: `nodes/status`. */
  readonly resource: string;
  readonly perMinute: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
};

/** What a control plane spends, a minute; null: what it was to be read from was not there, or began anew meanwhile. */
export type CostFigures = {
  readonly measuredMs: number;
  /** Empty where they are not known: some request always comes. */
  readonly requests: readonly RequestCost[];
  /** Of nodes, as watches saw them; null, too, where one missed some. */
  readonly leaseRenewalsPerMinute: number | null;
  readonly statusPostsPerMinute: number | null;
  /** Of all leases, those by which components elect their leaders with them, as the API server counted them. */
  readonly allLeaseWritesPerMinute: number | null;
  readonly watchEventsPerMinute: number | null;
  readonly etcdRevisionsPerMinute: number | null;
  /** Received from its clients. */
  readonly etcdBytesPerMinute: number | null;
  readonly etcdDatabaseBytes: number | null;
  readonly etcdDatabaseGrowthBytesPerMinute: number | null;
  /** CPU time of each component. */
  readonly cpuSecondsPerMinute: Readonly<Record<string, number | null>>;
};

export const names = {
  requests: 'apiserver_request_total',
  latency: 'apiserver_request_duration_seconds_bucket',
  watchEvents: 'apiserver_watch_events_total',
  revision: 'etcd_debugging_mvcc_current_revision',
  received: 'etcd_network_client_grpc_received_bytes_total',
  database: 'etcd_mvcc_db_total_size_in_bytes',
} as const;

const resourceOf = ({ labels }: Sample): string => {
  const { resource = '', subresource = '' } = labels;
  return subresource === '' ? resource : `${resource}/${subresource}`;
};

const kindOf = (sample: Sample): string => `${sample.labels.verb ?? ''} ${resourceOf(sample)}`;

/** They last as long as somebody listens. */
const isLong = ({ labels }: Sample): boolean => labels.verb === 'WATCH' || labels.verb === 'CONNECT';

/** Of each kind of request what was counted more than before. */
const counted = (before: readonly Sample[], after: readonly Sample[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  const add = (samples: readonly Sample[], sign: number): void => {
    for (const sample of samples) {
      if (sample.name !== names.requests || isLong(sample) || (sample.labels.resource ?? '') === '') continue;
      counts.set(kindOf(sample), (counts.get(kindOf(sample)) ?? 0) + sign * sample.value);
    }
  };
  add(after, 1);
  add(before, -1);
  return counts;
};

const bucketsOf = (before: readonly Sample[], after: readonly Sample[]): Map<string, Map<number, number>> => {
  const kinds = new Map<string, Map<number, number>>();
  const add = (samples: readonly Sample[], sign: number): void => {
    for (const sample of samples) {
      if (sample.name !== names.latency) continue;
      const own = kinds.get(kindOf(sample)) ?? new Map<number, number>();
      kinds.set(kindOf(sample), own);
      const bound = sample.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(sample.labels.le);
      own.set(bound, (own.get(bound) ?? 0) + sign * sample.value);
    }
  };
  add(after, 1);
  add(before, -1);
  return kinds;
};

const toMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);

/** Successful writes of any lease, by whatever verb changes one. */
const leaseWritesIn = (samples: readonly Sample[]): number | null => {
  const own = samples.filter(
    (sample) =>
      sample.name === names.requests &&
      resourceOf(sample) === 'leases' &&
      ['PUT', 'PATCH', 'APPLY', 'POST'].includes(sample.labels.verb ?? '') &&
      sample.labels.code?.startsWith('2') === true,
  );
  return own.length === 0 ? null : own.reduce((sum, { value }) => sum + value, 0);
};

/** Counters of a process that is another one at the second reading say nothing: its successor began at 0. */
const ofSameProcesses = (before: Reading, after: Reading): readonly [Reading, Reading] => {
  const isSame = (component: string): boolean =>
    before.processes.some(
      (one) =>
        one.component === component &&
        after.processes.some((other) => other.component === component && other.pid === one.pid),
    );
  const kept = (reading: Reading): Reading => ({
    ...reading,
    apiServer: isSame('kube-apiserver') ? reading.apiServer : [],
    etcd: isSame('etcd') ? reading.etcd : [],
  });
  return [kept(before), kept(after)];
};

/**
 * What was spent between two readings of one control plane.
 * @param unseen watches that did not bring all heartbeats between the two, and nothing else
 * @throws RangeError where the second is not later
 */
export const costBetween = (first: Reading, second: Reading, unseen: readonly HeartbeatWatch[] = []): CostFigures => {
  const [before, after] = ofSameProcesses(first, second);
  const measuredMs = after.atMs - before.atMs;
  if (!(measuredMs > 0)) throw new RangeError(`Expected two readings, one after the other, ${measuredMs} ms apart.`);
  const perMinute = (from: number | null, to: number | null): number | null =>
    from === null || to === null || to < from ? null : ((to - from) * 60_000) / measuredMs;
  const rate = (read: (reading: Reading) => number | null): number | null => perMinute(read(before), read(after));
  const counts = counted(before.apiServer, after.apiServer);
  const buckets = bucketsOf(before.apiServer, after.apiServer);
  const requests = [...counts]
    .filter(([, count]) => count > 0)
    .map(([kind, count]): RequestCost => {
      const [verb = '', resource = ''] = kind.split(' ');
      const own = buckets.get(kind) ?? new Map<number, number>();
      return {
        verb,
        resource,
        perMinute: (count * 60_000) / measuredMs,
        p50Ms: toMs(bucketQuantile(own, 0.5)),
        p99Ms: toMs(bucketQuantile(own, 0.99)),
      };
    })
    .toSorted((a, b) => b.perMinute - a.perMinute || (a.verb + a.resource < b.verb + b.resource ? -1 : 1));
  const database = (reading: Reading): number | null => sumOf(reading.etcd, names.database);
  // A file is as large as it is, whoever writes it.
  const [databaseBefore, databaseAfter] = [database(first), database(second)];
  return {
    measuredMs,
    requests,
    leaseRenewalsPerMinute: unseen.includes('leases') ? null : rate(({ seen }) => seen.leases),
    statusPostsPerMinute: unseen.includes('nodes') ? null : rate(({ seen }) => seen.statuses),
    allLeaseWritesPerMinute: rate(({ apiServer }) => leaseWritesIn(apiServer)),
    watchEventsPerMinute: rate(({ apiServer }) => sumOf(apiServer, names.watchEvents)),
    etcdRevisionsPerMinute: rate(({ etcd }) => sumOf(etcd, names.revision)),
    etcdBytesPerMinute: rate(({ etcd }) => sumOf(etcd, names.received)),
    etcdDatabaseBytes: databaseAfter,
    // It shrinks, too, where somebody defragments it.
    etcdDatabaseGrowthBytesPerMinute:
      databaseBefore === null || databaseAfter === null
        ? null
        : ((databaseAfter - databaseBefore) * 60_000) / measuredMs,
    cpuSecondsPerMinute: Object.fromEntries(
      after.processes.map(({ component, pid, cpuMs }) => {
        const earlier = before.processes.find((one) => one.component === component && one.pid === pid);
        const perMinuteMs = earlier === undefined ? null : perMinute(earlier.cpuMs, cpuMs);
        return [component, perMinuteMs === null ? null : perMinuteMs / 1000];
      }),
    ),
  };
};
