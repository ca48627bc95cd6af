import { expect, test } from 'vitest';
import { cases } from '../../tools/ci/rehearsal/cases.ts';
import { tool } from './tool.ts';

// What is there runs at night, for it takes a cluster, or a minute and more: rehearsal.nightly.test.ts.
test('a rehearsal that does not exist is refused by name', async () => {
  const { exitCode, stderr } = await tool('rehearse', {}, ['--job', 'nothing']);
  expect([exitCode, stderr]).toEqual([
    64,
    `--job: expected ${cases.map(({ name }) => name).join(', ')}, received nothing.`,
  ]);
});
