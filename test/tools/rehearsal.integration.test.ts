import { expect, test } from 'vitest';
import { tool } from './tool.ts';

// The others take a cluster or many minutes: rehearsal.nightly.test.ts.
test("nightly.yml's first job runs for real, by act, and comes out as it has to", async () => {
  const { exitCode, stdout, stderr } = await tool('rehearse', {}, ['--job', 'nightly-matrix']);
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^nightly-matrix: as it has to be/m);
}, 600_000);

test('a rehearsal that does not exist is refused by name', async () => {
  const { exitCode, stderr } = await tool('rehearse', {}, ['--job', 'nothing']);
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining('received nothing.')]);
});
