import { beforeAll, describe, expect, test } from 'vitest';
import { bugStatus, knownBugs, measuredResults } from '../../src/known-bugs/index.ts';
import { buildOracle } from '../backend/model/support/oracle.ts';
import { type Controllers, controllersOf } from './controllers.ts';
import { lostTaints } from './health-measurements.ts';
import { measurements } from './measurements.ts';
import { probes } from './probes.ts';
import { measuredVersions } from './versions.ts';

/** What stands in src/known-bugs/measured.ts; null where nothing does. */
const recorded = (id: string, version: string): boolean | null =>
  measuredResults.find((one) => one.id === id && one.version === version)?.present ?? null;

const versions = measuredVersions.map((version) => ({ version, text: `v1.${version.minor}.${version.patch}` }));

describe.each(versions)('the real controllers of $text', ({ version, text }) => {
  let controllers: Controllers;
  beforeAll(async () => {
    controllers = controllersOf(await buildOracle(text), version);
  }, 1_600_000);

  test.each(Object.entries(measurements))(
    'and %s: as the table says, as the model and as recorded',
    async (id, measure) => {
      const bug = knownBugs.find((one) => one.id === id);
      if (bug === undefined) throw new Error(`no bug ${id}`);
      const found = await measure(controllers);
      const has = bugStatus(bug, version) === 'has';
      expect({ found, recorded: recorded(id, text) }).toEqual(
        found === null ? { found, recorded: null } : { found: has, recorded: has },
      );
      const predicted = probes[id]?.(version) ?? null;
      if (found !== null && predicted !== null) expect(predicted).toBe(found);
    },
    400_000,
  );

  test('lose taints in some of 80 clusters where they have kubernetes#94183, in none elsewhere', async () => {
    const apart = Array.from({ length: 40 }, (_, index) => 0.05 + index * 0.05);
    const { lost, of } = await lostTaints(controllers, apart);
    process.stdout.write(`${text}: NoExecute never came in ${lost} of ${of} clusters\n`);
    const bug = knownBugs.find(({ id }) => id === 'kubernetes#94183');
    if (bug === undefined) throw new Error('no bug kubernetes#94183');
    expect(lost > 0).toBe(bugStatus(bug, version) === 'has');
  }, 400_000);
});
