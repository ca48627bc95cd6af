import { type AskedSettings, type ModelVersion, settingsFor } from '../backend/model/index.ts';
import { table } from '../common/layout.ts';
import { type Profile, profiles } from '../profile/index.ts';
import { numberText } from '../verdict/index.ts';

/** How an update frequency is handed to kubelets, and on which versions that makes a difference. */
type Way = {
  readonly versions: string;
  readonly how: string;
  readonly version: ModelVersion;
  readonly asked: (updateSeconds: number) => AskedSettings;
};

const byFlag = (statusUpdateSeconds: number): AskedSettings => ({ statusUpdateSeconds, statusUpdateBy: 'flag' });
const inFile = (statusUpdateSeconds: number): AskedSettings => ({ statusUpdateSeconds, statusUpdateBy: 'file' });
const withLease = (seconds: number): AskedSettings => ({ ...inFile(seconds), leaseDurationSeconds: 4 * seconds });
const equivalent = (seconds: number): AskedSettings => ({ ...withLease(seconds), statusReportSeconds: 300 });

/** No kubelet wrote leases that a controller read. */
const firstWithLeases = 14;

const ways: readonly Way[] = [
  { versions: 'to 1.13', how: 'no leases', version: { minor: 13, patch: 0 }, asked: byFlag },
  { versions: '1.14 to 1.16', how: 'by flag', version: { minor: 16, patch: 0 }, asked: byFlag },
  { versions: '1.14.6, 1.15.3', how: 'in file', version: { minor: 15, patch: 3 }, asked: inFile },
  { versions: '1.16', how: 'in file', version: { minor: 16, patch: 0 }, asked: inFile },
  { versions: 'from 1.17', how: 'by flag', version: { minor: 34, patch: 4 }, asked: byFlag },
  { versions: 'from 1.17', how: 'in file (literal)', version: { minor: 34, patch: 4 }, asked: inFile },
  { versions: 'from 1.17', how: 'in file, lease 4 S', version: { minor: 34, patch: 4 }, asked: withLease },
  { versions: 'from 1.17', how: 'F 5m (equivalent)', version: { minor: 34, patch: 4 }, asked: equivalent },
];

export type WritesRow = {
  readonly versions: string;
  readonly how: string;
  /** Profile → heartbeat writes a minute of 1,000 nodes, as configured. */
  readonly perThousandNodes: Readonly<Record<string, number>>;
};

const writesOf = ({ version, asked }: Way, { nodeStatusUpdateFrequencyMs }: Profile): number => {
  const said = nodeStatusUpdateFrequencyMs === null ? {} : asked(nodeStatusUpdateFrequencyMs / 1000);
  const { leaseRenewUs, statusReportUs, statusUpdateUs } = settingsFor(version, said);
  const leases = version.minor < firstWithLeases ? 0 : 60_000_000 / leaseRenewUs;
  return Math.round((leases + 60_000_000 / Math.max(statusReportUs, statusUpdateUs)) * 1000);
};

/** What heartbeats cost: a row for every version and way in which an update frequency means something else. */
export const writesRows = (): readonly WritesRow[] =>
  ways.map((way) => ({
    versions: way.versions,
    how: way.how,
    perThousandNodes: Object.fromEntries(profiles.map((profile) => [profile.name, writesOf(way, profile)])),
  }));

/** The same for people; 80 columns. Ends in a line feed. */
export const writesText = (): string => {
  const lines = [
    'predicted by formula: heartbeat writes a minute of 1,000 nodes, as configured',
    '',
    ...table(
      [
        ['Kubernetes', '', ...profiles.map(({ name }) => name)],
        ...writesRows().map(({ versions, how, perThousandNodes }) => [
          versions,
          how,
          ...profiles.map(({ name }) => numberText(perThousandNodes[name] ?? null)),
        ]),
      ],
      2,
      [0, 1],
    ),
    '',
    'nodeStatusUpdateFrequency S (default: unset) by flag or file; equivalent: in the',
    'file with lease 4 S and nodeStatusReportFrequency F. Jitter takes 2 % off, and',
    'changes of a status come on top.',
  ];
  return lines.map((line) => `${line}\n`).join('');
};
