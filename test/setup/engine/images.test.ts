import { describe, expect, test } from 'vitest';
import { chooseNodeImage, readInspected, readNodeImages } from '../../../src/setup/engine/images.ts';
import { parseKubernetes, publishedImages } from '../../../src/setup/versions.ts';

const built = (version: string, id: string) => ({
  Id: id,
  RepoTags: [`skipbeat/node:${version}`],
  RepoDigests: [],
  Config: {
    Labels: {
      'io.skipbeat.kubernetes': version,
      'io.skipbeat.agnhost': 'registry.k8s.io/e2e-test-images/agnhost:2.56',
      'io.skipbeat.recipe': 'abc',
    },
  },
});

const digest = publishedImages.find((image) => image.minor === 'v1.34')?.digest ?? '';
const pulled = { Id: 'sha256:p', RepoTags: [], RepoDigests: [`kindest/node@${digest}`], Config: { Labels: null } };

const haproxy = 'docker.io/kindest/haproxy:v20230606-42a2262b';

describe('the node images an engine holds', () => {
  test('reads a built one from its labels', () => {
    expect(readNodeImages([built('v1.34.4', 'sha256:b')], [])).toEqual([
      {
        reference: 'skipbeat/node:v1.34.4',
        imageId: 'sha256:b',
        kubernetesVersion: 'v1.34.4',
        source: 'built',
        workloadImage: 'registry.k8s.io/e2e-test-images/agnhost:2.56',
        recipe: 'abc',
        loadBalancerImage: null,
      },
    ]);
  });

  test('knows a pulled one by its digest, though it has no tag', () => {
    const [image] = readNodeImages([pulled], ['docker.io/envoyproxy/envoy:v1.36.2', haproxy]);
    expect(image).toMatchObject({
      reference: `kindest/node:v1.34.0@${digest}`,
      kubernetesVersion: 'v1.34.0',
      source: 'pulled',
      recipe: null,
      loadBalancerImage: haproxy,
    });
  });

  test('reads what is there of all that was asked for, each once', () => {
    // Asked by its id and by its name; what is not there is printed on stderr.
    expect(readInspected(JSON.stringify([pulled, pulled]))).toEqual([pulled]);
    expect(readInspected('[]\n')).toEqual([]);
    expect(readInspected('')).toEqual([]);
  });

  test('takes a tag at its word where the digest is unknown', () => {
    const own = { Id: 'sha256:o', RepoTags: ['other:1', 'kindest/node:v1.35.1'] };
    expect(readNodeImages([own], [])).toMatchObject([
      { reference: 'kindest/node:v1.35.1', kubernetesVersion: 'v1.35.1' },
    ]);
  });

  test("does not take an image of ours under another name, or kind's without a version", () => {
    const renamed = { ...built('v1.34.4', 'sha256:r'), RepoTags: ['skipbeat/node:mine'] };
    const latest = { Id: 'sha256:l', RepoTags: ['kindest/node:latest'], Config: null };
    expect(readNodeImages([renamed, latest], [])).toEqual([]);
  });

  test('takes a built one by its name, whatever its labels say, and by each of its names', () => {
    const twice = { ...built('v1.31.0', 'sha256:t'), RepoTags: ['skipbeat/node:v1.31.0', 'skipbeat/node:v1.34.4'] };
    const named = readNodeImages([twice], []).map(({ reference, kubernetesVersion }) => [reference, kubernetesVersion]);
    expect(named).toEqual([
      ['skipbeat/node:v1.34.4', 'v1.34.4'],
      ['skipbeat/node:v1.31.0', 'v1.31.0'],
    ]);
  });

  test('gives each the load balancer of the kind that goes with its version', () => {
    const images = readNodeImages([built('v1.37.2', 'sha256:7'), built('v1.36.3', 'sha256:6')], [haproxy]);
    expect(images.map((image) => image.loadBalancerImage)).toEqual([null, haproxy]);
  });

  test('answers a minor with the newest patch and an exact version with that alone', () => {
    const images = readNodeImages([pulled, built('v1.31.0', 'sha256:1'), built('v1.34.4', 'sha256:4')], []);
    const chosen = (text: string) => chooseNodeImage(images, parseKubernetes(text))?.kubernetesVersion ?? null;
    expect(chosen('v1.34')).toBe('v1.34.4');
    expect(chosen('v1.34.0')).toBe('v1.34.0');
    expect(chosen('v1.34.1')).toBeNull();
    expect(chosen('v1.3')).toBeNull();
    expect(chosen('v1.31')).toBe('v1.31.0');
  });

  test('prefers the pulled one of two of the same version', () => {
    const images = readNodeImages([built('v1.34.0', 'sha256:b'), pulled], []);
    expect(chooseNodeImage(images, parseKubernetes('v1.34'))?.source).toBe('pulled');
  });
});
