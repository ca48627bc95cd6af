import { expect, test } from 'vitest';
import { heartbeatCounts } from '../../src/observe/api-counters.ts';

const sample = (labels: Readonly<Record<string, string>>, value: string): string => {
  const all = {
    code: '200',
    dry_run: '',
    group: '',
    resource: 'leases',
    scope: 'resource',
    subresource: '',
    ...labels,
  };
  const text = Object.entries(all).map(([name, one]) => `${name}="${one}"`);
  return `apiserver_request_total{${text.join(',')}} ${value}`;
};

test('leases are counted by every verb that writes, statuses by PATCH alone', () => {
  const metrics = [
    '# HELP apiserver_request_total [STABLE] Counter of apiserver requests.',
    sample({ verb: 'PUT' }, '120'),
    sample({ verb: 'POST', code: '201' }, '4'),
    sample({ verb: 'PATCH' }, '2'),
    sample({ resource: 'nodes', subresource: 'status', verb: 'PATCH' }, '17'),
    sample({ resource: 'nodes', subresource: 'status', verb: 'PUT' }, '9'),
    sample({ resource: 'nodes', verb: 'PATCH' }, '5'),
  ].join('\n');
  expect(heartbeatCounts(metrics)).toEqual({ leases: 126, statuses: 17 });
});

test('what failed, what only read and what was a dry run wrote nothing', () => {
  const metrics = [
    sample({ verb: 'PUT', code: '409' }, '3'),
    sample({ verb: 'GET' }, '50'),
    sample({ verb: 'WATCH', code: '0' }, '2'),
    sample({ verb: 'PUT', dry_run: 'All' }, '1'),
    'apiserver_request_duration_seconds_count{resource="leases",verb="PUT"} 99',
  ].join('\n');
  expect(heartbeatCounts(metrics)).toEqual({ leases: 0, statuses: 0 });
});

test('large numbers come with an exponent', () => {
  expect(heartbeatCounts(sample({ verb: 'PUT' }, '1.2345678e+07')).leases).toBe(12_345_678);
});
