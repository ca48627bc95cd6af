import { expect, test } from 'vitest';
import { compileProfile, profiles, writesPerNodeMinute } from '../../src/profile/index.ts';
import { writesRows, writesText } from '../../src/sweep/writes.ts';

const guides = ['default', 'tight-grace', 'fast', 'medium', 'slow'];

/** Of 1,000 nodes, of these profiles, from the sources of the versions. */
const expected: readonly (readonly [string, string, readonly number[]])[] = [
  ['to 1.13', 'no leases', [6000, 6000, 15_000, 3000, 1000]],
  ['1.14 to 1.16', 'by flag', [7000, 7000, 7000, 7000, 7000]],
  ['1.14.6, 1.15.3', 'in file', [7000, 12_000, 30_000, 9000, 7000]],
  ['1.16', 'in file', [7000, 12_000, 21_000, 9000, 7000]],
  ['from 1.17', 'by flag', [6200, 6200, 6200, 6200, 6200]],
  ['from 1.17', 'in file (literal)', [6200, 12_000, 21_000, 9000, 7000]],
  ['from 1.17', 'in file, lease 4 S', [6200, 12_000, 30_000, 6000, 2000]],
  ['from 1.17', 'F 5m (equivalent)', [6200, 6200, 15_200, 3200, 1200]],
];

test('heartbeats cost what the sources of each version make them cost', () => {
  const seen = writesRows().map(({ versions, how, perThousandNodes }) => [
    versions,
    how,
    guides.map((name) => perThousandNodes[name]),
  ]);
  expect(seen).toEqual(expected);
});

test.each(['literal', 'equivalent'] as const)('the %s row is what compiled profiles come to', (reading) => {
  const row = writesRows().find(({ how }) => how.includes(reading));
  const compiled = profiles.map((profile) => {
    const { effective } = compileProfile(profile, reading, 'v1.34.4');
    return [profile.name, Math.round(writesPerNodeMinute(effective) * 1000)];
  });
  expect(row?.perThousandNodes).toEqual(Object.fromEntries(compiled));
});

test('the table fits 80 columns', () => {
  expect(
    writesText()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
