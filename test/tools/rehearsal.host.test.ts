import { expect, test } from 'vitest';
import { tool } from './tool.ts';

// The others take a cluster or many minutes: rehearsal.nightly.test.ts.
test('nightly.yml runs for real: a good night passes against the five before, one with a regression fails as that', async () => {
  const argv = ['--job', 'nightly-night', '--job', 'nightly-regression'];
  const { exitCode, stdout, stderr } = await tool('rehearse', {}, argv);
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^nightly-night: as it has to be/m);
  expect(stdout).toMatch(/^nightly-regression: as it has to be/m);
  expect(stdout).toMatch(/^ {2}nightly\/night +failed /m);
}, 1_200_000);

test('a rehearsal that does not exist is refused by name', async () => {
  const { exitCode, stderr } = await tool('rehearse', {}, ['--job', 'nothing']);
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining('received nothing.')]);
});
