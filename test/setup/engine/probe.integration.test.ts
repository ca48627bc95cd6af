import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hostExec } from '../../../src/node/host-exec.ts';
import { exitProgram, readProbe } from '../../../src/setup/engine/probe.ts';

describe('the program of the probe image', () => {
  test('runs on this processor and exits with 0', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skipbeat-probe-test-'));
    try {
      const file = join(folder, 'probe');
      await writeFile(file, exitProgram(process.arch));
      await chmod(file, 0o755);
      const result = await hostExec({ argv: [file], timeoutMs: 5000 });
      expect([result.ended, result.exitCode, result.stdout]).toEqual(['exited', 0, '']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is not made for a processor that kind has no nodes for', () => {
    expect(() => exitProgram('mips')).toThrow("kind's nodes run on x64 and arm64; this machine is mips.");
  });
});

describe('what a privileged container says', () => {
  test.each([
    [0, '', 'ran'],
    [126, 'OCI runtime create failed: unable to apply caps: operation not permitted: unknown.', 'capabilities'],
    [125, 'docker: Error response from daemon: privileged mode is disabled.', 'failed'],
    [null, '', 'failed'],
  ] as const)('exit %s, "%s": %s', (exitCode, stderr, outcome) => {
    expect(readProbe(exitCode, stderr)).toBe(outcome);
  });
});
