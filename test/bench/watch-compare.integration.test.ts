import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-watch-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const program = new URL('../../bench/watch/compare.ts', import.meta.url).pathname;

const at = (time: string): string => `2026-11-28T08:${time}.000Z`;

const write = (file: string, lines: readonly object[]): void =>
  writeFileSync(join(folder, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** A fault that was made from one time to another. */
const made = (name: string, from: string, to: string, expected: readonly object[]) => [
  { type: 'fault.began', name, at: at(from) },
  { type: 'fault.ended', name, at: at(to), expected },
];

const silent = (node: string, time: string) => ({ type: 'node.notReady', node, cause: 'silence', at: at(time) });

test('a node to which nothing was done is blamed, beside another one that was hit, and where a fault was too short', async () => {
  write('faults.ndjson', [
    ...made('pause', '00:00', '01:00', [{ finding: 'silence', node: 'a' }]),
    ...made('short', '05:00', '05:05', [{ finding: 'nothing' }]),
    ...made('alone', '10:00', '11:00', [{ finding: 'silence', node: 'b' }]),
    { type: 'memory', at: at('11:00'), rssKb: 102_400 },
  ]);
  mkdirSync(join(folder, 'watch'));
  write('watch/events.ndjson', [
    ...[silent('a', '00:50'), silent('b', '00:55'), silent('c', '05:03'), silent('b', '10:50')],
    { type: 'leader.changed', at: at('10:52') },
  ]);
  const document = { blind: { times: [] }, nearMisses: { overMs: null }, longestSilences: [], unseenTransitions: 0 };
  writeFileSync(join(folder, 'watch/watch.json'), JSON.stringify(document));
  const { stdout } = await execa(process.execPath, [program, folder]);
  expect(stdout.split('\n')).toEqual([
    '✗ 08:00:00  pause (60 s): silence of a',
    '      BLAMED: b silent',
    '✗ 08:05:00  short (5 s): nothing',
    '      BLAMED: c silent',
    '✓ 08:10:00  alone (60 s): silence of b',
    '      also: another leader',
    '',
    '1 as was written down, 2 not; 0 findings in no fault:',
    '',
    'memory of the watch, every 15 s: 100 to 100 MB, 100 MB at the end; unseen changes of Ready: 0',
  ]);
});
