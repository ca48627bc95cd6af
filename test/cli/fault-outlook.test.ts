import { expect, test } from 'vitest';
import { faultOutlooks } from '../../src/cli/plan/fault-outlook.ts';

const whyOf = (kind: string, ground: Partial<Parameters<typeof faultOutlooks>[0]>): string | undefined =>
  faultOutlooks({ kernel: '6.1.0', timeNamespaces: true, cgroupVersion: 1, ...ground }).find((one) => one.kind === kind)
    ?.why;

test('a skewed clock is impossible with time namespaces and without, and the kernel is named', () => {
  const [skew] = faultOutlooks({ kernel: '6.1.0', timeNamespaces: true, cgroupVersion: 1 }).filter(
    ({ state }) => state === 'impossible',
  );
  expect(skew?.kind).toBe('clock-skew');
  expect(skew?.why).toMatch(/^kernel 6\.1\.0 has time namespaces, and they do not help: .*never CLOCK_REALTIME/);
  expect(whyOf('clock-skew', { timeNamespaces: false })).toMatch(
    /^kernel 6\.1\.0 has no time namespaces, which would not/,
  );
});

test.each([
  [1, /^by blkio\.throttle\.write_iops_device \(cgroup v1\)/],
  [2, /^by io\.max \(cgroup v2\)/],
  [null, /^cannot be seen: no engine answers$/],
])('a slow disk under etcd, by the engine of cgroup version %s', (cgroupVersion, message) => {
  expect(whyOf('etcd-disk-latency', { cgroupVersion })).toMatch(message);
});
