import { describe, expect, test } from 'vitest';
import { inotifyShortage, judgeInotify } from '../../../src/setup/engine/inotify.ts';

const single = { controlPlanes: 1, workers: 2 };
const alone = { running: { controlPlanes: 0, workers: 0 }, comingUp: null };
const kernels = { instances: 128, watches: 8192, instancesInUse: 0 };

describe('the limits of inotify', () => {
  test("have room for a cluster with the kernel's own", () => {
    expect(judgeInotify(kernels).state).toBe('ready');
    expect(judgeInotify(null).state).toBe('ready');
    expect(inotifyShortage(kernels, single, alone)).toBeNull();
  });

  test('are too low where no cluster could come up', () => {
    expect(judgeInotify({ ...kernels, instances: 54 })).toMatchObject({
      state: 'broken',
      found: 'fs.inotify.max_user_instances is 54, 0 in use by root; fs.inotify.max_user_watches is 8192',
      fix: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
    });
    expect(judgeInotify({ ...kernels, watches: 500 }).state).toBe('broken');
  });

  test('have no room for a third cluster, while those that stand may be used', () => {
    const two = { ...kernels, instancesInUse: 110 };
    expect(judgeInotify(two).state).toBe('ready');
    expect(inotifyShortage(two, single, alone)).toBe(
      'expected 55 free inotify instances of root for a cluster of 1 + 2 nodes, found 18 (fs.inotify.max_user_instances is 128)',
    );
  });

  test('are judged by the nodes that are asked for', () => {
    expect(inotifyShortage(kernels, { controlPlanes: 3, workers: 2 }, alone)).toBeNull();
    expect(inotifyShortage(kernels, { controlPlanes: 3, workers: 4 }, alone)).toBe(
      'expected 137 free inotify instances of root for a cluster of 3 + 4 nodes, found 128 (fs.inotify.max_user_instances is 128)',
    );
    expect(inotifyShortage({ ...kernels, watches: 600 }, { controlPlanes: 3, workers: 2 }, alone)).toBe(
      'expected fs.inotify.max_user_watches to be 1102 or more for a cluster of 3 + 2 nodes, found 600',
    );
  });

  test('count a cluster that comes up beside with all that it will have open, though little of it is seen yet', () => {
    const beside = { ...alone, comingUp: { ...single, text: 'cluster skipbeat-x' } };
    expect(inotifyShortage({ ...kernels, instancesInUse: 3 }, single, beside)).toBeNull();
    expect(inotifyShortage({ ...kernels, instancesInUse: 3 }, { controlPlanes: 1, workers: 4 }, beside)).toBe(
      'expected 83 free inotify instances of root for a cluster of 1 + 4 nodes, found 73 (fs.inotify.max_user_instances is 128; 55 are kept for cluster skipbeat-x)',
    );
    expect(inotifyShortage({ ...kernels, watches: 1000 }, single, beside)).toBe(
      'expected fs.inotify.max_user_watches to be 1124 or more for a cluster of 1 + 2 nodes beside nodes that take 562, found 1000',
    );
  });

  test('count nodes that run where less of them is seen, as by all but root, and what is seen where that is more', () => {
    const running = { controlPlanes: 2, workers: 4 };
    const unseen = { ...kernels, instancesInUse: null };
    expect(inotifyShortage(unseen, single, alone)).toBeNull();
    expect(inotifyShortage(unseen, single, { ...alone, running })).toBe(
      'expected 55 free inotify instances of root for a cluster of 1 + 2 nodes, found 18 (fs.inotify.max_user_instances is 128; nodes of kind that run take 110)',
    );
    expect(inotifyShortage({ ...kernels, instancesInUse: 120 }, single, { ...alone, running })).toBe(
      'expected 55 free inotify instances of root for a cluster of 1 + 2 nodes, found 8 (fs.inotify.max_user_instances is 128)',
    );
    expect(inotifyShortage({ ...kernels, instancesInUse: 140 }, single, alone)).toMatch(/, found 0 \(/);
  });
});
