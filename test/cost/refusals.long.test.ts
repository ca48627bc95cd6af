import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { callProgram } from '../support/call-program.ts';

const cost = (...args: readonly string[]) => callProgram(['cost', ...args], { cwd: tmpdir() });

describe('cost', () => {
  test.each([
    [
      ['--for', '1m'],
      'COST_INVALID  --for: expected --hollow beside it, received none.',
      'npm run skipbeat -- cost --hollow 100',
    ],
    [
      ['--kubeadm-config', 'x.yaml'],
      'COST_INVALID  --kubeadm-config: expected --hollow beside it, received none.',
      'npm run skipbeat -- cost --hollow 100',
    ],
    [
      ['--hollow', 'many'],
      'COST_INVALID  --hollow: expected a whole number of nodes, received "many"',
      'npm run skipbeat -- cost --hollow 100 --for 2m --profiles default,fast',
    ],
    [
      ['--hollow', '10', '--kubeadm-config', 'none.yaml'],
      'CONFIG_INVALID  none.yaml: expected a readable file, received nothing there',
      'give a static pod manifest, a kubeadm configuration or a KubeletConfiguration, as the machine has it',
    ],
  ])('%j is refused before anything is made', async (args, message, next) => {
    expect(await cost(...args)).toMatchObject({ exitCode: 64, stdout: '', stderr: `${message}\nTry: ${next}\n` });
  });
});
