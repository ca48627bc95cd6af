import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replay } from '../../src/cleanup/replay.ts';
import { type CleanupAct, createReport } from '../../src/cleanup/report.ts';
import type { InspectedCluster } from '../../src/cluster/index.ts';
import { findJournals, openJournal } from '../../src/journal/index.ts';
import { containerExec, type HollowVerb, hollowArgvFile, hollowCommand, hostExec } from '../../src/node/index.ts';

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-cleanup-'));
  folder = join(place, 'hollow');
  mkdirSync(folder);
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
});
afterEach(async () => {
  await run('remove');
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const run = async (verb: HollowVerb): Promise<string> =>
  (await containerExec(hostExec)(hollowCommand(verb, folder, 'group-1'))).stdout.trim();

const begin = async (): Promise<void> => {
  writeFileSync(hollowArgvFile(folder, 'group-1'), ['sleep', '600'].map((word) => `${word}\0`).join(''));
  expect(await run('start')).toMatch(/^\d+ [RS] /);
  openJournal('a-run', null, null).add({
    kind: 'hollow',
    cluster: 'skipbeat-a',
    incarnation: 'a1',
    ends: [hollowCommand('remove', folder, 'group-1')],
    undo: { node: 'skipbeat-a-control-plane', argv: ['false'], timeoutMs: 1000 },
  });
};

const cleaned = async (dryRun: boolean, running: ReadonlyMap<string, InspectedCluster>) => {
  const acts: CleanupAct[] = [];
  const report = createReport(dryRun, (act) => acts.push(act));
  const [journal] = findJournals().journals;
  if (journal === undefined) throw new Error('no journal');
  const remove = () => Promise.resolve(true);
  await replay(journal, { host: hostExec, running, only: null, dryRun, report, remove });
  const lines = acts.map(({ outcome, what, name, detail }) => `${outcome} ${what} ${name}: ${detail}`);
  return { lines, isClean: report.isClean(), left: findJournals().journals.flatMap(({ entries }) => entries).length };
};

test('what keeps hollow nodes is ended though it is stopped, and though their cluster is gone; nothing starts it anew', async () => {
  await begin();
  await run('pause');
  expect(await cleaned(false, new Map())).toEqual({
    lines: [
      'done hollow nodes of skipbeat-a: 1 kwok processes ended',
      'done hollow nodes of skipbeat-a: its cluster is gone, and they with it',
    ],
    isClean: true,
    left: 0,
  });
  expect(await run('state')).toBe('gone');
  await run('start');
  expect(await run('state')).toBe('gone');
});

test('a dry run says so and ends nothing', async () => {
  await begin();
  const { lines, left } = await cleaned(true, new Map());
  expect(lines).toEqual([
    'would hollow nodes of skipbeat-a: processes would be ended',
    'would hollow nodes of skipbeat-a: Node objects would be deleted',
  ]);
  expect(left).toBe(1);
  expect(await run('state')).not.toBe('gone');
});
