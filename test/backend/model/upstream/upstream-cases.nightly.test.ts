import { expect, test } from 'vitest';
import { version } from '../support/clusters.ts';
import { casesFile, casesOf } from './outcome.ts';
import { playCases } from './play.ts';
import { validVersions } from './versions.ts';

// Each takes minutes to compile where it is not there yet. 1.37 has the circuit breaker for leases.
const versions = [version(34, 4), version(31, 0), version(28, 15), version(36, 1), version(37, 2)];

for (const on of versions) playCases(on);

test('cases that none of these controllers can play are those of 1.17 to 1.19', () => {
  const left = casesOf(casesFile()).flatMap(({ id, read }) =>
    read !== null && validVersions(read, versions).length === 0 ? [id] : [],
  );
  process.stdout.write(`Cases valid on none of the versions whose controllers are compiled: ${left.join(', ')}\n`);
  if (process.env.UPSTREAM_CASES !== undefined) return;
  expect(left).toEqual(['01', '02', '04', '05', '07', '09', '10', '11'].map((number) => `legacy-${number}`));
});
