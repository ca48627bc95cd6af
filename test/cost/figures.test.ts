import { describe, expect, test } from 'vitest';
import { type Sample, samplesOf } from '../../src/common/kubernetes/metrics.ts';
import { costBetween, names, type Reading } from '../../src/cost/figures.ts';
import { processesIn } from '../../src/cost/measure.ts';

const all = new Set<string>(Object.values(names));
const samples = (text: string): readonly Sample[] => samplesOf(text, all);

const apiServer = (leases: number, slow: number, events: number) =>
  samples(`apiserver_request_total{code="200",resource="leases",subresource="",verb="PUT"} ${leases}
apiserver_request_total{code="409",resource="leases",subresource="",verb="PUT"} 5
apiserver_request_total{code="200",resource="nodes",subresource="status",verb="PATCH"} ${leases / 10}
apiserver_request_total{code="200",resource="nodes",subresource="status",verb="PUT"} 4
apiserver_request_total{code="200",resource="pods",verb="WATCH"} ${leases}
apiserver_request_total{code="200",resource="",subresource="/healthz",verb="GET"} ${leases}
apiserver_request_duration_seconds_bucket{resource="leases",subresource="",verb="PUT",le="0.01"} ${leases}
apiserver_request_duration_seconds_bucket{resource="leases",subresource="",verb="PUT",le="0.1"} ${leases + slow}
apiserver_request_duration_seconds_bucket{resource="leases",subresource="",verb="PUT",le="+Inf"} ${leases + slow}
apiserver_watch_events_total{kind="Lease"} ${events}
apiserver_watch_events_total{kind="Node"} 10
`);

const etcd = (revision: number, received: number, database: number) =>
  samples(`etcd_debugging_mvcc_current_revision ${revision}
etcd_network_client_grpc_received_bytes_total ${received}
etcd_mvcc_db_total_size_in_bytes ${database}
`);

const before: Reading = {
  ...{ fromMs: 9900, atMs: 10_000 },
  apiServer: apiServer(100, 0, 50),
  etcd: etcd(1000, 5e5, 4e6),
  seen: { leases: 80, statuses: 1 },
  processes: processesIn(
    'cpu kube-apiserver 10 100 50\ncpu etcd 99 10 10\ncpu kube-scheduler 12 1 1\nHTTP/1.0 200 OK\n',
  ),
};
const after: Reading = {
  ...{ fromMs: 39_900, atMs: 40_000 },
  apiServer: apiServer(300, 2, 450),
  etcd: etcd(1200, 7e5, 3e6),
  seen: { leases: 230, statuses: 16 },
  processes: processesIn('cpu kube-apiserver 10 400 350\ncpu etcd 99 20 20\ncpu kube-scheduler 77 1 1\n'),
};

describe('what a control plane spends', () => {
  const cost = costBetween(before, after);

  test('is the difference of two readings, a minute', () => {
    expect(cost).toMatchObject({
      measuredMs: 30_000,
      leaseRenewalsPerMinute: 300,
      statusPostsPerMinute: 30,
      allLeaseWritesPerMinute: 400,
      watchEventsPerMinute: 800,
      etcdRevisionsPerMinute: 400,
      etcdBytesPerMinute: 400_000,
      etcdDatabaseBytes: 3e6,
      etcdDatabaseGrowthBytesPerMinute: -2e6,
    });
  });

  test('by kind of request, the most frequent first, without watches and pages, with the latency of that time alone', () => {
    expect(cost.requests.map(({ verb, resource, perMinute }) => [verb, resource, perMinute])).toEqual([
      ['PUT', 'leases', 400],
      ['PATCH', 'nodes/status', 40],
    ]);
    // 200 within 10 ms, 2 within 100 ms.
    expect(cost.requests[0]?.p50Ms).toBeCloseTo(5.05, 6);
    expect(cost.requests[0]?.p99Ms).toBeCloseTo(9.999, 6);
    expect(cost.requests[1]?.p50Ms).toBeNull();
  });

  test('of a process that was started again nothing is known; nor of counters that went back or are not there', () => {
    expect(cost.cpuSecondsPerMinute).toEqual({ 'kube-apiserver': 12, etcd: 0.4, 'kube-scheduler': null });
    const gone = costBetween({ ...before, apiServer: apiServer(400, 0, 900), etcd: [] }, after);
    expect(gone).toMatchObject({
      allLeaseWritesPerMinute: null,
      watchEventsPerMinute: null,
      etcdRevisionsPerMinute: null,
      etcdDatabaseBytes: 3e6,
      etcdDatabaseGrowthBytesPerMinute: null,
      requests: [],
    });
  });

  test('an API server or an etcd that was started again has counted nothing that could be held against what was before', () => {
    const processes = processesIn('cpu kube-apiserver 310 4 3\ncpu etcd 399 2 2\n');
    expect(costBetween(before, { ...after, processes })).toMatchObject({
      requests: [],
      leaseRenewalsPerMinute: 300,
      allLeaseWritesPerMinute: null,
      watchEventsPerMinute: null,
      etcdRevisionsPerMinute: null,
      etcdBytesPerMinute: null,
      etcdDatabaseBytes: 3e6,
      cpuSecondsPerMinute: { 'kube-apiserver': null, etcd: null },
    });
  });

  test('of heartbeats that a watch missed nothing is known, of those that another one brought all', () => {
    expect(costBetween(before, after, ['leases'])).toMatchObject({
      leaseRenewalsPerMinute: null,
      statusPostsPerMinute: 30,
      allLeaseWritesPerMinute: 400,
    });
    expect(costBetween(before, after, ['nodes'])).toMatchObject({
      leaseRenewalsPerMinute: 300,
      statusPostsPerMinute: null,
    });
  });

  test('needs two readings, one after the other', () => {
    expect(() => costBetween(after, before)).toThrow('Expected two readings, one after the other, -30000 ms apart.');
  });
});
