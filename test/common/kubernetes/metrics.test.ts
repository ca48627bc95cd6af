import { describe, expect, test } from 'vitest';
import { bucketQuantile, samplesOf, sumOf } from '../../../src/common/kubernetes/metrics.ts';

const page = `# HELP apiserver_request_total Counter
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="leases",verb="PUT"} 120
apiserver_request_total{code="409",resource="leases",verb="PUT"} 3
apiserver_request_total{code="200",odd="a \\"b\\", c=\\"d\\"",resource="nodes",verb="PATCH"} 1.5e+01 1700000000000
apiserver_request_total_other{code="200"} 7
etcd_mvcc_db_total_size_in_bytes 4.096e+06
broken{ 1
`;

describe('samples of a metrics page', () => {
  const samples = samplesOf(page, new Set(['apiserver_request_total', 'etcd_mvcc_db_total_size_in_bytes', 'broken']));

  test('are those of the names asked for, with labels, exponents, quotes within and a time behind', () => {
    expect(samples.map(({ value }) => value)).toEqual([120, 3, 15, 4_096_000]);
    expect(samples[2]?.labels).toEqual({ code: '200', odd: 'a \\"b\\", c=\\"d\\"', resource: 'nodes', verb: 'PATCH' });
  });

  test('are summed by their labels; of none there is no sum, not 0', () => {
    expect(sumOf(samples, 'apiserver_request_total', { resource: 'leases' })).toBe(123);
    expect(sumOf(samples, 'apiserver_request_total', { resource: 'pods' })).toBeNull();
    expect(sumOf([], 'etcd_mvcc_db_total_size_in_bytes')).toBeNull();
  });
});

describe('a quantile of buckets', () => {
  const buckets = new Map([
    [0.01, 50],
    [0.1, 90],
    [1, 100],
    [Number.POSITIVE_INFINITY, 100],
  ]);

  test('lies on the line through its bucket', () => {
    expect(bucketQuantile(buckets, 0.5)).toBeCloseTo(0.01, 9);
    expect(bucketQuantile(buckets, 0.7)).toBeCloseTo(0.055, 9);
    expect(bucketQuantile(buckets, 0.99)).toBeCloseTo(0.91, 9);
  });

  test('beyond the last bound is that bound, and of nothing is not known', () => {
    expect(bucketQuantile(new Map([...buckets, [Number.POSITIVE_INFINITY, 200]]), 0.99)).toBe(1);
    expect(bucketQuantile(new Map([[Number.POSITIVE_INFINITY, 0]]), 0.5)).toBeNull();
    expect(bucketQuantile(new Map(), 0.5)).toBeNull();
  });
});
