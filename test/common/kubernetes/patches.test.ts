import { expect, test } from 'vitest';
import { maxPatchOf, unknownPatchText } from '../../../src/common/kubernetes/patches.ts';

test.each(['v1.34.0', 'v1.34.4', 'v1.27.16', 'v1.20.15', 'v1.35.4', 'v1.37.2', 'v1.34'])('%s is known', (version) => {
  expect(unknownPatchText(version)).toBeNull();
});

test.each([
  ['v1.34.999', 'v1.34'],
  ['v1.34.5', 'v1.34'],
  ['v1.27.17', 'v1.27'],
  ['v1.35.21', 'v1.35'],
  ['v1.37.3', 'v1.37'],
])('%s is not, and is taken for the newest known one', (version, minor) => {
  expect(unknownPatchText(version)).toBe(
    `Kubernetes ${version} is a patch release that skipbeat does not know: it is taken to do what the newest known one of ${minor} does`,
  );
});

test('of minors that get no more patches the last is known', () => {
  expect(['11', '27', '34'].map(maxPatchOf)).toEqual([10, 16, 20]);
});
