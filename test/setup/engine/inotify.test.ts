import { describe, expect, test } from 'vitest';
import { inotifyShortage, judgeInotify } from '../../../src/setup/engine/inotify.ts';

const single = { controlPlanes: 1, workers: 2 };
const kernels = { instances: 128, watches: 8192, instancesInUse: 0 };

describe('the limits of inotify', () => {
  test("have room for a cluster with the kernel's own", () => {
    expect(judgeInotify(kernels).state).toBe('ready');
    expect(judgeInotify(null).state).toBe('ready');
    expect(inotifyShortage(kernels, single)).toBeNull();
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
    expect(inotifyShortage(two, single)).toBe(
      'expected 55 free inotify instances of root for a cluster of 1 + 2 nodes, found 18 (fs.inotify.max_user_instances is 128)',
    );
  });

  test('are judged by the nodes that are asked for', () => {
    expect(inotifyShortage(kernels, { controlPlanes: 3, workers: 2 })).toBeNull();
    expect(inotifyShortage(kernels, { controlPlanes: 3, workers: 4 })).toBe(
      'expected 137 free inotify instances of root for a cluster of 3 + 4 nodes, found 128 (fs.inotify.max_user_instances is 128)',
    );
    expect(inotifyShortage({ ...kernels, watches: 600 }, { controlPlanes: 3, workers: 2 })).toBe(
      'expected fs.inotify.max_user_watches to be 1102 or more for a cluster of 3 + 2 nodes, found 600',
    );
  });

  test('count nothing as used that only root may see', () => {
    expect(inotifyShortage({ ...kernels, instancesInUse: null }, single)).toBeNull();
  });
});
