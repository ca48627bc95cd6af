import { describe, expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import {
  buildableVersions,
  compareVersions,
  imageSources,
  parseKubernetes,
  publishedImages,
  publishedReference,
  requireAvailable,
} from '../../src/setup/versions.ts';

const thrownBy = (step: () => unknown): SkipbeatError => {
  try {
    step();
  } catch (error) {
    if (error instanceof SkipbeatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('a Kubernetes version as it is asked for', () => {
  test.each([
    ['v1.34', { kind: 'minor', minor: 'v1.34' }],
    ['1.34', { kind: 'minor', minor: 'v1.34' }],
    ['v1.34.4', { kind: 'exact', minor: 'v1.34', version: 'v1.34.4' }],
    ['1.31.0', { kind: 'exact', minor: 'v1.31', version: 'v1.31.0' }],
  ])('reads %s', (text, expected) => {
    expect(parseKubernetes(text)).toEqual(expected);
  });

  test.each(['', 'latest', 'v1', '1.34.4.1', 'v1.34-rc.1', 'v1.34; rm -rf /', ' v1.34'])(
    'refuses "%s" as usage',
    (text) => {
      const error = thrownBy(() => parseKubernetes(text));
      expect(error.code).toBe('KUBERNETES_VERSION_INVALID');
      expect(error.exitCode).toBe(64);
      expect(error.message).toBe(
        `--kubernetes: expected a version such as v1.34 or v1.34.4, received "${text}". ` +
          'v1.37.0, v1.34.0, v1.33.4, v1.32.8, v1.31.12 can be pulled; v1.37.2, v1.36.3, v1.34.4, v1.31.0, v1.20.2 can be built here.',
      );
    },
  );
});

describe('where an image of a version comes from', () => {
  test.each([
    ['v1.34', 'v1.34.0', 'v1.34.4'],
    ['v1.34.0', 'v1.34.0', null],
    ['v1.34.4', null, 'v1.34.4'],
    ['v1.33', 'v1.33.4', null],
    ['v1.36', null, 'v1.36.3'],
    ['v1.31', 'v1.31.12', 'v1.31.0'],
    ['v1.37', 'v1.37.0', 'v1.37.2'],
    ['v1.20', null, 'v1.20.2'],
    ['v1.20.15', null, null],
    ['v1.99', null, null],
  ])('%s: published %s, buildable %s', (text, published, buildable) => {
    const sources = imageSources(parseKubernetes(text));
    expect(sources.published?.version ?? null).toBe(published);
    expect(sources.buildable).toBe(buildable);
  });

  test('refuses a version that nobody has, listing those that can be had', () => {
    const error = thrownBy(() => requireAvailable(parseKubernetes('v1.34.99')));
    expect(error.exitCode).toBe(64);
    expect(error.message).toBe(
      'No node image is known for Kubernetes v1.34.99: v1.37.0, v1.34.0, v1.33.4, v1.32.8, v1.31.12 can be pulled; ' +
        'v1.37.2, v1.36.3, v1.34.4, v1.31.0, v1.20.2 can be built here.',
    );
  });
});

describe('the tables of versions', () => {
  test('pins every published image by a whole SHA-256, each once', () => {
    for (const image of publishedImages) {
      expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(image.version).toMatch(new RegExp(`^${image.minor.replace('.', '\\.')}\\.\\d+$`));
      expect(publishedReference(image)).toBe(`kindest/node:${image.version}@${image.digest}`);
    }
    expect(new Set(publishedImages.map((image) => image.digest)).size).toBe(publishedImages.length);
  });

  test('names a patch of its own minor for every version that can be built', () => {
    for (const [minor, version] of Object.entries(buildableVersions))
      expect(version.startsWith(`${minor}.`)).toBe(true);
  });

  test('orders versions by number, not by text', () => {
    expect(['v1.9.0', 'v1.31.12', 'v1.31.4', 'v1.34.0'].sort(compareVersions)).toEqual([
      'v1.9.0',
      'v1.31.4',
      'v1.31.12',
      'v1.34.0',
    ]);
  });
});
