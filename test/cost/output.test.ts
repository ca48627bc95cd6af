import { describe, expect, test } from 'vitest';
import { readCostOptions } from '../../src/cli/sweep/cost.ts';
import { type CostDocument, costPicture, costText } from '../../src/cost/index.ts';
import { costNotes } from '../../src/cost/notes.ts';
import { costScenario } from '../../src/cost/scenario.ts';
import { profileNames } from '../../src/profile/index.ts';

const cost = (
  profile: string,
  writes: number | null,
  caveats: readonly string[] = [],
  notes: readonly string[] = [],
) => ({
  ...{
    profile,
    folder: profile,
    kubernetesVersion: 'v1.34.4',
    nodes: 53,
    nominalWritesPerMinute: 328.6,
    doubts: caveats,
    notes,
  },
  detectionMs: [39_600, 55_000] as const,
  figures: {
    measuredMs: 120_000,
    requests: [{ verb: 'PUT', resource: 'leases', perMinute: 309.5, p50Ms: 5.05, p99Ms: null }],
    leaseRenewalsPerMinute: 309.5,
    statusPostsPerMinute: 10,
    allLeaseWritesPerMinute: writes,
    watchEventsPerMinute: 1234.5,
    etcdRevisionsPerMinute: 400,
    etcdBytesPerMinute: 204_800,
    etcdDatabaseBytes: 4_194_304,
    etcdDatabaseGrowthBytesPerMinute: null,
    cpuSecondsPerMinute: { 'kube-apiserver': 5.25, etcd: null },
  },
});

const document: CostDocument = {
  ...{ schemaVersion: 1, predicted: false, startedAt: '2026-11-27T09:00:00.000Z', hollow: 50, forMs: 120_000 },
  profiles: [
    cost('default', 375.5, [], costNotes({ nodeStatusReportFrequencyMs: 300_000 }, 120_004.2)),
    cost('a<b', null, ['hollow nodes were late']),
  ],
};

test('requests of an API server that was started anew are not known, and not none', () => {
  const [one] = document.profiles;
  if (one === undefined) throw new Error('no profile');
  const text = costText({ ...document, profiles: [{ ...one, figures: { ...one.figures, requests: [] } }] });
  expect(text).toBe(`measured for 2m on Kubernetes v1.34.4: a minute, 50 hollow nodes among 53

                                                   default
a silent node is NotReady after, s (formula)  39.6 to 55.0
heartbeat writes                                       320
  as configured (formula)                              329
  leases                                               310
  node statuses                                         10
writes of all leases, leaders too                      376
watch events sent                                    1,235
etcd revisions                                         400
etcd received, KiB                                     200
etcd database, KiB at the end                        4,096
  growth, KiB                                    not known
CPU of kube-apiserver, s                               5.3
CPU of etcd, s                                   not known

Requests under default: not known

To be known
  default: node statuses are not as in the long run: they were counted for 2m, and a node posts an unchanged one once in 5m. Nodes that joined together may all have posted in that time, or none; measure with --for 5m or longer
`);
});

test('one table of all profiles, a table of requests for each, and what speaks against them', () => {
  expect(costText(document)).toBe(`measured for 2m on Kubernetes v1.34.4: a minute, 50 hollow nodes among 53

                                                   default           a<b
a silent node is NotReady after, s (formula)  39.6 to 55.0  39.6 to 55.0
heartbeat writes                                       320           320
  as configured (formula)                              329           329
  leases                                               310           310
  node statuses                                         10            10
writes of all leases, leaders too                      376     not known
watch events sent                                    1,235         1,235
etcd revisions                                         400           400
etcd received, KiB                                     200           200
etcd database, KiB at the end                        4,096         4,096
  growth, KiB                                    not known     not known
CPU of kube-apiserver, s                               5.3           5.3
CPU of etcd, s                                   not known     not known

Requests under default, the most frequent
             a minute  p50 ms     p99 ms
PUT  leases       310     5.1  not known

Requests under a<b, the most frequent
             a minute  p50 ms     p99 ms
PUT  leases       310     5.1  not known

To be known
  default: node statuses are not as in the long run: they were counted for 2m, and a node posts an unchanged one once in 5m. Nodes that joined together may all have posted in that time, or none; measure with --for 5m or longer

Inconclusive: this may say more of the machine than of the profile
  a<b: hollow nodes were late
`);
});

test('statuses that were counted for as long as it takes each node to post one need no note', () => {
  for (const nodeStatusReportFrequencyMs of [10_000, 120_000])
    expect(costNotes({ nodeStatusReportFrequencyMs }, 119_996)).toEqual([]);
});

test('without notes and doubts nothing follows the requests, as in a document of an older skipbeat, which has no notes', () => {
  const { notes: _, ...older } = cost('default', 375.5);
  for (const one of [older, cost('default', 375.5)]) {
    const lines = costText({ ...document, profiles: [one] }).split('\n');
    expect(lines.slice(lines.indexOf('Requests under default, the most frequent'))).toEqual([
      'Requests under default, the most frequent',
      '             a minute  p50 ms     p99 ms',
      'PUT  leases       310     5.1  not known',
      '',
    ]);
  }
});

test('the picture has a ring and a dot for each profile, and escapes names', () => {
  const svg = costPicture(document);
  expect(svg.match(/<circle[^>]*fill="none"/g)).toHaveLength(2);
  expect(svg.match(/<circle[^>]*fill="#36c"/g)).toHaveLength(2);
  expect(svg.match(/>a[^<]*<\/text>/g)).toEqual(['>a&lt;b</text>']);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test.each(['leaseRenewalsPerMinute', 'statusPostsPerMinute'] as const)(
  'heartbeats of which a watch missed some are not known in sum, and no dot of the picture: %s',
  (name) => {
    const [one] = document.profiles;
    if (one === undefined) throw new Error('no profile');
    const missed = { ...document, profiles: [{ ...one, figures: { ...one.figures, [name]: null } }] };
    const rows = costText(missed).split('\n');
    expect(
      rows.filter((row) => /^(heartbeat writes| {2}leases| {2}node statuses)/.test(row)).map((row) => row.slice(-9)),
    ).toEqual([
      'not known',
      name === 'leaseRenewalsPerMinute' ? 'not known' : '      310',
      name === 'statusPostsPerMinute' ? 'not known' : '       10',
    ]);
    const svg = costPicture(missed);
    expect(svg.match(/<circle[^>]*fill="none"/g)).toHaveLength(1);
    expect(svg.match(/<circle[^>]*fill="#36c"/g)).toBeNull();
    expect(svg).toContain('>default (not known)</text>');
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
  },
);

describe('options', () => {
  const asked = { hollow: '50', for: '2m' };

  test('are read; without a name it is the default, and with files none beside them', () => {
    expect(readCostOptions(asked, false)).toEqual({ hollow: 50, forMs: 120_000, profiles: ['default'] });
    expect(readCostOptions(asked, true).profiles).toEqual([]);
    expect(readCostOptions({ ...asked, profiles: 'all' }, true).profiles).toHaveLength(profileNames.length);
    expect(readCostOptions({ ...asked, profiles: 'fast, fast,slow' }, false).profiles).toEqual(['fast', 'slow']);
  });

  test.each([
    [{ hollow: '1.5' }, '--hollow: expected a whole number of nodes, received "1.5"'],
    [{ hollow: '-1' }, '--hollow: expected a whole number of nodes, received "-1"'],
    [{ for: '29s' }, '--for: expected 30s to 1h, received "29s"'],
    [{ for: '2h' }, '--for: expected 30s to 1h, received "2h"'],
    [{ for: '2' }, '--for: expected 30s to 1h, received "2"'],
    [{ profiles: ' ,' }, '--profiles: expected all or names between commas, received " ,"'],
    [{ profiles: 'quick' }, `--profiles: expected all, ${profileNames.join(', ')}, received "quick"`],
  ])('%j is refused', (change, message) => {
    const read = () => readCostOptions({ ...asked, ...change }, false);
    expect(read).toThrow(expect.objectContaining({ code: 'COST_INVALID', exitCode: 64, message }));
  });

  test.each([0, 5001, 20_000])('%d hollow nodes are refused by the scenario', (hollow) => {
    const make = () => costScenario({ name: 'default' }, { hollow, forMs: 60_000, kubernetes: 'v1.34' });
    expect(make).toThrow(
      expect.objectContaining({
        code: 'SCENARIO_INVALID',
        message: `--hollow: cluster.hollow.nodes: expected an integer from 1 to 5000, received ${hollow} (number)`,
      }),
    );
  });
});
