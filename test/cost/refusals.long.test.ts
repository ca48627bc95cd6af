import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { callProgram } from '../support/call-program.ts';

const cost = (...args: readonly string[]) => callProgram(['cost', ...args], { cwd: tmpdir() });

describe('cost', () => {
  test.each([
    [['--for', '1m'], 64, 'COST_INVALID  --for: expected --hollow beside it, received none.'],
    [['--kubeadm-config', 'x.yaml'], 64, 'COST_INVALID  --kubeadm-config: expected --hollow beside it, received none.'],
    [['--hollow', 'many'], 64, 'COST_INVALID  --hollow: expected a whole number of nodes, received "many"'],
    [['--hollow', '10', '--kubeadm-config', 'none.yaml'], 64, 'CONFIG_INVALID'],
  ])('%j is refused before anything is made', async (args, exitCode, text) => {
    const refused = await cost(...args);
    expect([refused.exitCode, refused.stdout]).toEqual([exitCode, '']);
    expect(refused.stderr).toContain(text);
  });
});
