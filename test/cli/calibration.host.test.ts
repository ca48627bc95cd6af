import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProgram } from '../support/call-program.ts';
import { runProgram } from '../support/program.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-calibration-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const skipbeat = (...argv: readonly string[]) => callProgram(argv, { cwd: folder });

test('judges what runs in a folder predicted from what was seen, leaves out what proves nothing, and refuses bad asking', async () => {
  for (const seed of ['1', '2', '3'])
    await skipbeat('run', 'tight-grace', '--backend', 'model', '--seed', seed, '--out', `runs/${seed}`);
  appendFileSync(join(folder, 'runs/3/events.ndjson'), '\n');
  const { exitCode, stdout, stderr } = await runProgram(['calibration', '--json'], { cwd: folder });
  const judged = JSON.parse(stdout);
  expect(exitCode).toBe(0);
  expect(judged).toMatchObject({ schemaVersion: 1, predicted: true, runs: 2 });
  expect(judged.links.map(({ link: milestone }: { link: string }) => milestone)).toContain('notReady');
  expect(stderr).toContain('left out: ');
  expect(stderr).toContain('predicted, nothing was run');
  expect((await skipbeat('calibration', 'runs/1', '--last', '1')).stdout).toContain('judged by 1 run\n');

  // A run that fits well counts once, however often it was copied.
  cpSync(join(folder, 'runs/1'), join(folder, 'runs/1-again'), { recursive: true });
  const copied = await skipbeat('calibration', 'runs', '--json');
  expect(JSON.parse(copied.stdout)).toEqual(judged);
  expect(copied.stderr).toMatch(/counted once: \S+ is \S+ over again/);

  const nothing = await skipbeat('calibration', 'nowhere');
  expect([nothing.exitCode, nothing.stdout]).toEqual([64, '']);
  expect(nothing.stderr).toContain('nowhere: expected folders of runs, found none.');
  const few = await skipbeat('calibration', '--last', '0');
  expect([few.exitCode, few.stdout]).toEqual([64, '']);
  expect(few.stderr).toContain('--last: expected an integer of at least 1, received "0".');
});
