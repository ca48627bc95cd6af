import { describe, expect, test } from 'vitest';
import { judgeDisk, readSurvey, writesPerSecond } from '../../../src/fault/process/etcd-disk-latency.ts';

const file = '/sys/fs/cgroup/kubelet.slice/etcd.scope/io.max';
const survey = (...lines: readonly string[]): string => [...lines, ''].join('\n');

test('so few writes a second that a sync takes as long as asked, and never none', () => {
  expect([100, 200, 500, 1000, 2000].map(writesPerSecond)).toEqual([33, 20, 9, 4, 2]);
  expect(writesPerSecond(60_000)).toBe(1);
});

describe('where the disk can be made slow', () => {
  test('its number, the file and what a sync takes without the fault are known', () => {
    expect(readSurvey('n', survey('254:0', file, '', '100 1.5', '104 1.508'))).toEqual({
      ...{ disk: '254:0', file },
      beforeMs: expect.closeTo(2),
    });
    expect(readSurvey('n', survey('254:0', file, '', '100 1.5', '100 1.5')).beforeMs).toBeNull();
    const reads = '254:0 rbps=1000 wbps=max riops=max wiops=max';
    expect(readSurvey('n', survey('254:0', file, reads, '1 1', '2 2')).disk).toBe('254:0');
  });

  test.each([
    ['no disk', ['none its data is on tmpfs, which is no disk of its own', file, '', '1 1', '2 2'], /data is on tmpfs/],
    ['a limit of others', ['254:0', file, '254:0 50', '1 1', '2 2'], /expected no limit .* found "254:0 50"/],
    ['no metrics', ['254:0', file, ''], /expected etcd's wal_fsync_duration/],
  ])('%s: refused with exit 75, before anything is touched', (_, lines, message) => {
    const read = (): unknown => readSurvey('node', survey(...lines));
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'ETCD_DISK_NOT_LIMITED', exitCode: 75 }));
  });
});

describe("a slow disk is proved by etcd's own measurement", () => {
  const seen = {
    ...{ delayMs: 200, beforeMs: 2, limit: '20' },
    from: { count: 100, seconds: 1.5 },
    to: { count: 110, seconds: 3.9 },
  };

  test('of as long as asked', () => {
    expect(judgeDisk(seen)).toEqual({
      state: 'present',
      evidence:
        '20 writes a second; etcd synced its log 10 times in 240.0 ms on the mean (asked 200 ms, before 2.0 ms)',
    });
  });

  test.each([
    ['the limit is gone', { limit: '' }, 'absent'],
    ['syncs take no longer', { to: { count: 110, seconds: 1.52 } }, 'absent'],
    ['they took as long before', { beforeMs: 180 }, 'absent'],
    ['no sync has ended', { to: seen.from }, 'unreadable'],
    ['they take many times as long', { to: { count: 102, seconds: 9.5 } }, 'unreadable'],
    ['etcd was not read', { to: { count: Number.NaN, seconds: Number.NaN } }, 'unreadable'],
  ])('not where %s', (_, change, state) => {
    expect(judgeDisk({ ...seen, ...change }).state).toBe(state);
  });
});
