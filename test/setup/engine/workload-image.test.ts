import { describe, expect, test } from 'vitest';
import { isWorkload } from '../../../src/setup/engine/images.ts';
import { judgeWorkloadImage, workloadReference, workloadSource } from '../../../src/setup/engine/workload-image.ts';

const digest = workloadSource.replace(/^.*@/, '');
const pulled = {
  Id: 'sha256:a',
  RepoTags: ['skipbeat/agnhost:2.56'],
  RepoDigests: [`registry.k8s.io/e2e-test-images/agnhost@${digest}`],
};

describe("the workload's image", () => {
  test('is there by its digest and by our name', () => {
    expect(isWorkload(pulled)).toBe(true);
  });

  test.each([
    ['our name on another image', { ...pulled, RepoDigests: [] }],
    ['another digest', { ...pulled, RepoDigests: ['registry.k8s.io/e2e-test-images/agnhost@sha256:0'] }],
    ['no name of ours', { ...pulled, RepoTags: null }],
  ])('is not taken for there with %s', (_, image) => {
    expect(isWorkload(image)).toBe(false);
  });

  test('comes with a node image that is built, and is fetched for one that is pulled', () => {
    const built = { source: 'built', workloadImage: 'registry.k8s.io/e2e-test-images/agnhost:2.57' } as const;
    const published = { source: 'pulled', workloadImage: workloadReference } as const;
    expect(judgeWorkloadImage(built, false, 'npm run setup').state).toBe('ready');
    expect(judgeWorkloadImage(published, true, 'npm run setup').state).toBe('ready');
    expect(judgeWorkloadImage(published, false, 'npm run setup')).toMatchObject({
      state: 'missing',
      problem: `no docker.io/skipbeat/agnhost:2.56, which is ${workloadSource}`,
      fix: 'npm run setup',
      requiredFor: 'kind',
    });
    expect(judgeWorkloadImage(null, true, 'npm run setup').state).toBe('missing');
  });
});
