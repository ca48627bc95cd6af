import { describe, expect, test } from 'vitest';
import { endpointSlicesApi } from '../../src/cluster/index.ts';

describe('endpoint slices', () => {
  test.each([
    ['v1.20.2', '/apis/discovery.k8s.io/v1beta1'],
    ['v1.21.0', '/apis/discovery.k8s.io/v1'],
    ['v1.37.2', '/apis/discovery.k8s.io/v1'],
  ])('of %s are served at %s', (version, path) => {
    expect(endpointSlicesApi(version)).toBe(path);
  });
});
