import { formatDuration } from '../common/duration.ts';
import { table } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import type { CostFigures } from './figures.ts';
import type { CostDocument, ProfileCost } from './measure.ts';

const number = (value: number | null, digits = 0): string =>
  value === null
    ? 'not known'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const kib = (bytes: number | null): string => number(bytes === null ? null : bytes / 1024);

/** Writes of heartbeats, of both kinds; null where one of them is not known. */
export const heartbeatWrites = ({ leaseRenewalsPerMinute, statusPostsPerMinute }: CostFigures): number | null =>
  leaseRenewalsPerMinute === null || statusPostsPerMinute === null
    ? null
    : leaseRenewalsPerMinute + statusPostsPerMinute;

const seconds = ([fromMs, toMs]: ProfileCost['detectionMs']): string =>
  `${number(fromMs / 1000, 1)} to ${number(toMs / 1000, 1)}`;

type Row = readonly [string, (cost: ProfileCost) => string];

const rowsOf = (profiles: readonly ProfileCost[]): readonly Row[] => [
  ['a silent node is NotReady after, s (formula)', ({ detectionMs }) => seconds(detectionMs)],
  ['heartbeat writes', ({ figures }) => number(heartbeatWrites(figures))],
  ['  as configured (formula)', ({ nominalWritesPerMinute }) => number(nominalWritesPerMinute)],
  ['  leases', ({ figures }) => number(figures.leaseRenewalsPerMinute)],
  ['  node statuses', ({ figures }) => number(figures.statusPostsPerMinute)],
  ['writes of all leases, leaders too', ({ figures }) => number(figures.allLeaseWritesPerMinute)],
  ['watch events sent', ({ figures }) => number(figures.watchEventsPerMinute)],
  ['etcd revisions', ({ figures }) => number(figures.etcdRevisionsPerMinute)],
  ['etcd received, KiB', ({ figures }) => kib(figures.etcdBytesPerMinute)],
  ['etcd database, KiB at the end', ({ figures }) => kib(figures.etcdDatabaseBytes)],
  ['  growth, KiB', ({ figures }) => kib(figures.etcdDatabaseGrowthBytesPerMinute)],
  ...[...new Set(profiles.flatMap(({ figures }) => Object.keys(figures.cpuSecondsPerMinute)))].map(
    (component): Row => [
      `CPU of ${component}, s`,
      ({ figures }) => number(figures.cpuSecondsPerMinute[component] ?? null, 1),
    ],
  ),
];

/** Kinds of requests that a person reads of; all of them are in cost.json. */
const shownRequests = 8;

const requestTable = (requests: CostFigures['requests']): readonly string[] =>
  table(
    [
      ['', '', 'a minute', 'p50 ms', 'p99 ms'],
      ...requests
        .slice(0, shownRequests)
        .map(({ verb, resource, perMinute, p50Ms, p99Ms }) => [
          verb,
          resource,
          number(perMinute),
          number(p50Ms, 1),
          number(p99Ms, 1),
        ]),
    ],
    2,
    [0, 1],
  );

const requestLines = ({ profile, figures: { requests } }: ProfileCost): readonly string[] =>
  requests.length === 0
    ? ['', `Requests under ${profile}: not known`]
    : ['', `Requests under ${profile}, the most frequent`, ...requestTable(requests)];

/** The measurement for people. Ends in a line feed. */
export const costText = ({ hollow, forMs, profiles }: CostDocument): string => {
  const [first] = profiles;
  const caveats = profiles.flatMap(({ profile, doubts: own }) => own.map((reason) => `  ${profile}: ${reason}`));
  const notes = profiles.flatMap(({ profile, notes: own = [] }) => own.map((note) => `  ${profile}: ${note}`));
  const lines = [
    `measured for ${formatDuration(forMs)} on Kubernetes ${first?.kubernetesVersion ?? ''}: a minute, ${counted(hollow, 'hollow node')} among ${first?.nodes ?? hollow}`,
    '',
    ...table(
      [
        ['', ...profiles.map(({ profile }) => profile)],
        ...rowsOf(profiles).map(([label, of]) => [label, ...profiles.map(of)]),
      ],
      2,
      [0],
    ),
    ...profiles.flatMap(requestLines),
    ...(notes.length === 0 ? [] : ['', 'To be known', ...notes]),
    ...(caveats.length === 0
      ? []
      : ['', 'Inconclusive: this may say more of the machine than of the profile', ...caveats]),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
};
