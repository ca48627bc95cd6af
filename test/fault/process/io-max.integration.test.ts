import { beforeAll, describe, expect, test } from 'vitest';
import { writesPerSecond } from '../../../src/fault/process/etcd-disk-latency.ts';
import { testKernelIsReady } from '../../../tools/test-tools/test-kernel.ts';
import type { DiskResult } from '../../user-mode-linux/result.ts';
import { labTimeoutMs, runDiskLab } from '../../user-mode-linux/run-lab.ts';

// Engines on cgroup v1 limit writes by another file than those on v2, which this machine's may not be: in user-mode Linux
// there is a v2 in any case. Set-up makes none where the kernel has netem itself.
describe.runIf(await testKernelIsReady())('etcd-disk-latency under cgroup v2', () => {
  let result: DiskResult;
  beforeAll(async () => {
    result = await runDiskLab();
  }, labTimeoutMs + 60_000);

  test.each([500, 1000])(
    'limits by io.max, an etcd tells that its syncs became long, and no limit is left: %d ms',
    (delayMs) => {
      const disk = result.disks.find((one) => one.delayMs === delayMs);
      const { moment, evidence = '' } = disk?.attested.at(-1) ?? {};
      const [, meanMs, beforeMs] =
        /in ([\d.]+) ms on the mean \(asked \d+ ms, before ([\d.]+) ms\)/.exec(evidence) ?? [];
      expect(result.limitFile).toBe('/sys/fs/cgroup/etcd/io.max');
      // The disk by its numbers, which its kernel gives.
      expect(disk?.limit?.replace(/^\d+:\d+ /, 'DISK ')).toBe(
        `DISK rbps=max wbps=max riops=max wiops=${writesPerSecond(delayMs)}`,
      );
      expect(moment).toBe('end');
      // By how much depends on what else this etcd writes meanwhile; without a limit a sync takes no time here.
      expect(Number(beforeMs), evidence).toBeLessThan(50);
      expect(Number(meanMs), evidence).toBeGreaterThan(Math.max(delayMs / 5, 5 * Number(beforeMs)));
      expect(disk?.undone).toBe(true);
      expect(disk?.limitAfter).toBe('');
    },
  );
});
