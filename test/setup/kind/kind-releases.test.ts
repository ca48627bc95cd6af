import { describe, expect, test } from 'vitest';
import { kindFor, kindReleases, kindReleasesText } from '../../../src/setup/kind/kind-releases.ts';
import { buildableVersions, publishedImages } from '../../../src/setup/versions.ts';

describe('which kind goes with which Kubernetes', () => {
  test.each([
    ['v1.20', 'v0.30.0'],
    ['v1.20.2', 'v0.30.0'],
    ['v1.34', 'v0.30.0'],
    ['v1.36.3', 'v0.30.0'],
    ['v1.37', 'v0.33.0'],
    ['v1.37.2', 'v0.33.0'],
    ['v1.99', 'v0.33.0'],
  ])('%s is made by kind %s', (minor, release) => {
    expect(kindFor(minor).version).toBe(release);
  });

  test('is said in words', () => {
    expect(kindReleasesText()).toBe('kind v0.30.0 goes with Kubernetes to v1.36, kind v0.33.0 with v1.37');
  });

  test('has a release for every version that can be had', () => {
    const newest = Math.max(...kindReleases.map((release) => release.newestMinor));
    const minors = [...Object.keys(buildableVersions), ...publishedImages.map((image) => image.minor)];
    for (const minor of minors) expect(Number(minor.split('.')[1])).toBeLessThanOrEqual(newest);
  });

  test('pins what is downloaded by whole SHA-256 sums', () => {
    for (const sum of kindReleases.flatMap((release) => Object.values(release.checksums))) {
      expect(sum).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
