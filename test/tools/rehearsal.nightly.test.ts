import { expect, test } from 'vitest';
import { cases } from '../../tools/ci/rehearsal/cases.ts';
import { tool } from './tool.ts';

test.each(cases.map(({ name }) => name))('the rehearsal of %s comes out as it has to', async (name) => {
  const { exitCode, stdout, stderr } = await tool('rehearse', {}, ['--job', name]);
  expect(`${stdout}\n${exitCode === 0 ? '' : stderr}`).toContain(`${name}: as it has to be`);
  expect(exitCode).toBe(0);
});
