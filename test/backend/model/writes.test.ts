import { expect, test } from 'vitest';
import {
  type AskedSettings,
  type ModelVersion,
  settingsFor,
  simulateConfig,
} from '../../../src/backend/model/index.ts';
import { cluster, steady, version } from './support/clusters.ts';

const nominal = (of: ModelVersion, asked: AskedSettings): number => {
  const { leaseRenewUs, statusReportUs, statusUpdateUs } = settingsFor(of, asked);
  const leases = of.minor < 14 ? 0 : 60e6 / leaseRenewUs;
  return Math.round((leases + 60e6 / Math.max(statusReportUs, statusUpdateUs)) * 1000);
};

/** S by profile; `default` leaves it unset. */
const updates = { default: undefined, fast: 4, medium: 20, slow: 60 } as const;

const rows: readonly (readonly [string, ModelVersion, AskedSettings, readonly [number, number, number, number]])[] = [
  ['no leases, 1.13', version(13), { statusUpdateBy: 'flag' }, [6000, 15_000, 3000, 1000]],
  ['S by flag, 1.14', version(14), { statusUpdateBy: 'flag' }, [7000, 7000, 7000, 7000]],
  ['S by flag, 1.15', version(15), { statusUpdateBy: 'flag' }, [7000, 7000, 7000, 7000]],
  ['S by flag, 1.16', version(16), { statusUpdateBy: 'flag' }, [7000, 7000, 7000, 7000]],
  ['S in file, 1.14.6', version(14, 6), { statusUpdateBy: 'file' }, [7000, 30_000, 9000, 7000]],
  ['S in file, 1.15.3', version(15, 3), { statusUpdateBy: 'file' }, [7000, 30_000, 9000, 7000]],
  ['S in file, 1.16', version(16), { statusUpdateBy: 'file' }, [7000, 21_000, 9000, 7000]],
  ['S in file, 1.17', version(17), { statusUpdateBy: 'file' }, [6200, 21_000, 9000, 7000]],
  ['S in file, 1.37', version(37), { statusUpdateBy: 'file' }, [6200, 21_000, 9000, 7000]],
  ['S by flag, 1.34', version(34), { statusUpdateBy: 'flag' }, [6200, 6200, 6200, 6200]],
];

test.each(rows)('%s: writes a minute of 1,000 nodes by configuration', (_, of, asked, expected) => {
  const seen = Object.values(updates).map((seconds) =>
    nominal(of, seconds === undefined ? asked : { ...asked, statusUpdateSeconds: seconds }),
  );
  expect(seen).toEqual(expected);
});

test('with the lease at 4 S, written into the file: 12,000, 30,000, 6,000 and 2,000', () => {
  const seen = [10, 4, 20, 60].map((seconds) =>
    nominal(version(34), { statusUpdateSeconds: seconds, leaseDurationSeconds: 4 * seconds }),
  );
  expect(seen).toEqual([12_000, 30_000, 6000, 2000]);
});

test('before 1.14.6 and 1.15.3 an S in the file leaves leases at 10 s', () => {
  for (const release of [version(14, 5), version(15, 2)]) {
    expect(nominal(release, { statusUpdateSeconds: 4, statusUpdateBy: 'file' })).toBe(21_000);
  }
});

/**
 * What a simulation writes: jitter lengthens intervals by 2 % on the mean, a round trip adds some ms, and an unchanged
 * status is posted at the first tick after F. The nominal figure is never exceeded by more than one write a node.
 */
test.each([
  ['1.13', version(13), {}, 6000],
  ['1.20.0, no jitter at all', version(20), {}, 6000 + 1000 * (60 / 300)],
  ['1.34', version(34), {}, 6000 / 1.02 + 1000 * (60 / 305.1)],
  ['1.34, fast in file', version(34), { statusUpdateSeconds: 4 }, (6000 + 15_000) / 1.02],
  [
    '1.34, slow with its lease',
    version(34),
    { statusUpdateSeconds: 60, leaseDurationSeconds: 240, graceSeconds: 300 },
    2000 / 1.02,
  ],
] as const)('%s: an hour of 20 nodes writes at that pace', (_, of, asked, perThousandMinute) => {
  const { leaseWrites, statusWrites } = simulateConfig(cluster(of, asked, { workers: 19, phases: [steady(3600)] }));
  const perNodeMinute = (leaseWrites + statusWrites) / 20 / 60;
  // 0.4 %: the round trip of 3 ms in 10 s (4 ms where a read comes first), and one write more or less in 20 · 360.
  expect(Math.abs(perNodeMinute / (perThousandMinute / 1000) - 1)).toBeLessThan(0.004);
});
