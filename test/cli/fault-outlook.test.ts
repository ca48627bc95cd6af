import { expect, test } from 'vitest';
import { faultOutlooks } from '../../src/cli/plan/fault-outlook.ts';

const whyOf = (kind: string, ground: Partial<Parameters<typeof faultOutlooks>[0]>): string | undefined =>
  faultOutlooks({ kernel: '6.1.0', timeNamespaces: true, cgroupVersion: 1, ...ground }).find((one) => one.kind === kind)
    ?.why;

const noSkew =
  "nodes of kind share this machine's kernel and its wall clock, and time namespaces shift CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, never CLOCK_REALTIME, by which heartbeats are stamped. Nearest: clock-jump, which the model alone can have; on a real cluster kubelet-pause for as long as the clock would be set back, for no lease of that node counts as renewed until then";

test('a skewed clock is impossible with time namespaces and without, and the kernel is named', () => {
  const [skew] = faultOutlooks({ kernel: '6.1.0', timeNamespaces: true, cgroupVersion: 1 }).filter(
    ({ state }) => state === 'impossible',
  );
  expect(skew?.kind).toBe('clock-skew');
  expect(skew?.why).toBe(`kernel 6.1.0 has time namespaces, and they do not help: ${noSkew}`);
  expect(whyOf('clock-skew', { timeNamespaces: false })).toBe(
    `kernel 6.1.0 has no time namespaces, which would not help: ${noSkew}`,
  );
});

test.each([
  [1, "by blkio.throttle.write_iops_device (cgroup v1), as tested on real clusters; etcd's data has to lie on a disk"],
  [
    2,
    "by io.max (cgroup v2), as tested with an etcd in user-mode Linux and on no real cluster yet; there syncs took 0.4 to 1.1 of what was asked, and the proof says where they are too short; etcd's data has to lie on a disk",
  ],
  [null, 'cannot be seen: no engine answers'],
])('a slow disk under etcd, by the engine of cgroup version %s', (cgroupVersion, message) => {
  expect(whyOf('etcd-disk-latency', { cgroupVersion })).toBe(message);
});
